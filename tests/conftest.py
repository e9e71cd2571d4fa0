"""What tests of several folders need: the command line in this process."""

from types import SimpleNamespace

import pytest

from rlvr.cli import main


@pytest.fixture
def rlvr(capsys):
    """Runs the command line in this process: its exit code, and what it said."""

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code or 0, out=out, err=err, all=out + err)

    return run
