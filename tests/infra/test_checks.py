"""The template's critics: cdk-nag, cfn-lint, and the rule that what is deployed has a construct and an event."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.app import ROOT, App, build, synthesize
from serin.errors import InvalidSettings
from tests.infra.conftest import Template


def test_no_finding_is_left_without_a_reason(two: Template) -> None:
    """Every finding of cdk-nag was acknowledged where its reason stands."""
    report = json.loads((two.path.parent / "validation-report.json").read_text())
    assert report["pluginReports"] == []


def test_a_new_finding_stops_the_synthesis_with_a_sentence(tmp_path: Path) -> None:
    """A bucket that nobody vouched for is an error that names the rule and the place."""
    from aws_cdk import Stack
    from aws_cdk import aws_s3 as s3

    app = App(outdir=str(tmp_path))
    s3.Bucket(Stack(app, "Careless"), "Open")
    with pytest.raises(InvalidSettings, match=r"AwsSolutions-S10 at Careless/Open/\w+: "):
        synthesize(app)


def test_what_the_critics_have_not_seen_is_the_same_template(
    template: Template, default: dict[str, Any], tmp_path: Path
) -> None:
    """The local cloud runs it without them."""
    unseen = build(tmp_path, {"serin": default}, nag=False) / template.path.name
    assert json.loads(unseen.read_text()) == template.body


@pytest.mark.parametrize("name", ["template", "two"])
def test_cfn_lint_is_content(name: str, request: pytest.FixtureRequest) -> None:
    """CloudFormation's own schemas accept the template, warnings included."""
    template: Template = request.getfixturevalue(name)
    program = Path(sys.executable).with_name("cfn-lint")
    command = [str(program), "--config-file", str(ROOT / ".cfnlintrc"), "--template", str(template.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_each_handler_is_deployed_and_has_an_event(two: Template) -> None:
    """`ls functions/*.py` is what is deployed, and each of them can be tried with a file in events/."""
    written = {path.stem for path in (ROOT / "functions").glob("*.py")}
    deployed = {function["Handler"].removesuffix(".handler") for function in two.properties("Lambda::Function")}
    assert written == deployed
    events = {path: json.loads(path.read_text()) for path in (ROOT / "events").glob("*.json")}
    tried = {"inference" for event in events.values() if "httpMethod" in event}  # the API calls nothing else
    tried |= {handler for handler in written for path in events if path.stem.startswith(handler)}
    assert tried == written
