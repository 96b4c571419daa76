"""Does each command do its work on AWS, say it to people and to programs, and end with the right code?"""

import json
from pathlib import Path

import boto3
import pytest
from click.testing import Result

from infra.cli.main import app
from serin.aws.clients import Clients
from serin.aws.dynamodb import Table
from serin.aws.lambda_ import Functions
from serin.aws.release_table import ReleaseTable
from serin.aws.ssm import Directory
from serin.aws.version_table import VersionTable
from serin.rollout.ports import Operator
from serin.rollout.publish import ensure_release
from serin.rollout.release import Alias
from tests.unit.cli.conftest import Serin
from tests.unit.registry import folders


def _said(result: Result, code: int = 0) -> dict[str, object]:
    assert result.exit_code == code, result.stderr
    document = json.loads(result.stdout if code == 0 else result.stderr)
    assert isinstance(document, dict)
    return document


def _release() -> None:
    clients = Clients()
    endpoint = Directory(clients.client("ssm"), "dev").get("churn")
    table = Table(clients.client("dynamodb"), endpoint.table)
    operator = Operator("me", Functions(clients.client("lambda")), ReleaseTable(table))
    release = ensure_release(operator, endpoint, VersionTable(table).get("churn", 1))
    assert ensure_release(operator, endpoint, VersionTable(table).get("churn", 1)) == release
    live = operator.functions.alias("f", "live")
    operator.functions.move_alias("f", "live", Alias(str(release.number), live.revision))


def test_every_command_has_help(serin: Serin) -> None:
    """The help of the whole names each command; each names the options it has."""
    whole = serin("--help").stdout
    for command in app.registered_commands:
        assert str(command.name) in whole
        assert "--json" in serin(command.name, "--help", env={"COLUMNS": "200", "TERM": "dumb"}).stdout


def test_register_numbers_content_and_repeats_the_number(serin: Serin, tmp_path: Path) -> None:
    """One JSON document on stdout, with `created` false the second time; the only endpoint is the default model."""
    folder = folders.write_folder(tmp_path / "m")
    first = _said(serin("register", folder, "--json"))
    assert (first["model"], first["version"], first["created"]) == ("churn", 1, True)
    again = _said(serin("register", folder, "--model", "churn", "--json"))
    assert (again["version"], again["created"]) == (1, False)
    assert "churn@1 was registered before" in serin("register", folder).stdout


def test_models_show_and_status_tell_what_is_there(serin: Serin, tmp_path: Path) -> None:
    """Before and after a release of the version is live."""
    serin("register", folders.write_folder(tmp_path / "m"))
    assert _said(serin("status", "--json"))["endpoints"][0]["version"] is None  # type: ignore[index]
    assert "no model yet" in serin("status").stdout
    _release()
    assert _said(serin("models", "--json"))["models"][0]["live_version"] == 1  # type: ignore[index]
    assert _said(serin("status", "churn", "--json"))["endpoints"][0]["release"] == 2  # type: ignore[index]
    assert _said(serin("show", "churn", "--json"))["versions"][0]["live"] is True  # type: ignore[index]
    version = _said(serin("show", "churn@1", "--json"))
    assert version["manifest_document"]["features"][0]["name"] == "distance"  # type: ignore[index]
    for words in (("models",), ("show", "churn"), ("show", "churn@1"), ("status",)):
        assert "churn" in serin(*words).stdout
    page = serin("show", "churn@1").stdout
    assert all(part in page for part in ("signature", "distance float", "commit", "evidence"))


def test_a_release_keeps_the_environment_of_the_function(serin: Serin, tmp_path: Path) -> None:
    """UpdateFunctionConfiguration replaces it, so what was there is merged."""
    serin("register", folders.write_folder(tmp_path / "m"))
    _release()
    found = boto3.client("lambda").get_function_configuration(FunctionName="f", Qualifier="2")
    assert found["Environment"]["Variables"].keys() >= {"SERIN_MODEL", "SERIN_MODEL_VERSION", "SERIN_GOLDEN_SHA256"}


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (("deploy", "churn"), 2, "BadRequest"),
        (("deploy", "churn@9"), 5, "NotFound"),
        (("show", "nobody"), 5, "NotFound"),
        (("rollback", "churn"), 5, "NotFound"),
        (("status", "--local"), 5, "NotFound"),
        (("register", "/nowhere"), 3, "InvalidModel"),
        (("models", "--profile", "nobody"), 4, "InvalidSettings"),
    ],
)
def test_an_error_has_its_own_exit_code_and_one_document(
    serin: Serin, words: tuple[str, ...], code: int, kind: str
) -> None:
    """On stderr, with nothing on stdout; for people it is one sentence."""
    result = serin(*words, "--json")
    document = _said(result, code)
    assert (document["type"], document["exit_code"], result.stdout) == (kind, code, "")
    assert str(document["error"])[:20] in serin(*words).stderr


def test_local_with_nothing_running_says_how_to_start_it(serin: Serin) -> None:
    """The next step is in the sentence."""
    assert "serin up" in serin("models", "--local").stderr


def test_a_defect_is_one_sentence_and_a_log(serin: Serin, tmp_path: Path) -> None:
    """No traceback on the terminal; it is in a file that the sentence names."""
    boto3.client("lambda").delete_alias(FunctionName="f", Name="live")
    boto3.client("lambda").create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    result = serin("status")
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    (log,) = (tmp_path / "home" / "logs").glob("*.log")
    assert "Traceback" in log.read_text()


def test_predict_reads_stdin_and_reports_what_it_can_not_read(serin: Serin, tmp_path: Path) -> None:
    """Broken JSON, an unknown feature, and an endpoint that does not answer."""
    serin("register", folders.write_folder(tmp_path / "m"))
    assert _said(serin("predict", "churn", "--json", input="{"), 2)["type"] == "InvalidInput"
    assert _said(serin("predict", "churn", "--json", input='{"distance": 1}'), 8)["type"] == "NotReady"
    _release()
    assert "unknown feature" in serin("predict", "churn", input='{"distance": 1, "delay": 2, "x": 3}').stderr
    assert _said(serin("predict", "churn", "--json", input='{"distance": 1, "delay": 2}'), 11)["type"] == "Unavailable"
