"""Does `serin up` say what is wrong with the settings, from the process that reads them?"""

import os
import subprocess
import sys
from pathlib import Path

from infra.local.running import environment
from serin.errors import InvalidSettings


def test_settings_that_are_refused_end_it_with_their_own_code(tmp_path: Path) -> None:
    """And nothing is left behind that a later start could take for a template."""
    env = environment() | {"SERIN_HOME": str(tmp_path), "CDK_CONTEXT_JSON": '{"serin": {"endpoints": []}}'}
    command = [sys.executable, "-m", "infra.cli.main", "up"]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False)
    assert done.returncode == InvalidSettings.exit_code
    assert "stage is missing" in done.stderr
    assert not [one for one in (tmp_path / "assemblies").iterdir() if one.is_dir()]
