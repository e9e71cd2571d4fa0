# ruff: noqa: E501 - programs are quoted as they are
"""Packages and libraries that programs may use: by default, by configuration, by the command line, by a service."""

import importlib.util

import pytest
from click.testing import CliRunner

from rlvr.config.schema import TrainConfig
from rlvr.config.validation import find_problems
from rlvr.engine.run.scorers import say_sandbox_level
from rlvr.errors import MissingDependencyError
from rlvr.sandbox import Job, Limits, Outcome, SandboxPool, StdinTests, ToolchainError, UnknownLanguageError
from rlvr.sandbox.commands import command
from rlvr.sandbox.confine.packages import DEFAULT, chosen_packages, installed, with_required
from rlvr.sandbox.languages.libraries import chosen_libraries, rows_with

PROGRAMS = {
    "numpy": "import numpy\nprint(numpy.arange(8).max())",
    "scipy": "from scipy.special import comb\nprint(int(comb(7, 1)))",
    "sympy": "from sympy import nextprime\nprint(nextprime(5))",
    "pandas": "import pandas\nprint(pandas.DataFrame({'a': [3, 4]}).a.sum())",
    "sortedcontainers": "from sortedcontainers import SortedList\nprint(SortedList([9, 7])[0])",
    "networkx": "import networkx\nprint(networkx.path_graph(8).number_of_edges())",
}
SEVEN = StdinTests([("", "7")])


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for name in ("RLVR_SANDBOX_PACKAGES", "RLVR_SANDBOX_LIBRARIES", "RLVR_SANDBOX_URL", "RLVR_SANDBOX_REQUIRE"):
        monkeypatch.setenv(name, "")


def test_the_default_packages_can_be_imported(lane):
    assert set(PROGRAMS) == set(DEFAULT)
    here = installed(PROGRAMS)
    with SandboxPool(1) as pool:
        for name in here:
            text = PROGRAMS[name]
            judged = pool.judge(text, SEVEN, Limits(cpu=20.0))
            assert judged.outcome is Outcome.ACCEPTED, (name, judged)
        slot = pool._slots.take_all()[0]
        assert len(slot._lanes) <= 4  # fork servers of sets of packages do not add up
        slot.close()


def test_what_packages_require_comes_along():
    if not installed(["pandas", "sympy"]):
        pytest.skip("pandas and sympy are not here")
    assert {"mpmath"} <= set(with_required(["sympy"]))
    assert {"numpy", "dateutil"} <= set(with_required(["pandas"]))
    assert set(with_required(["numpy"])) == {"numpy"}
    assert "pytest" not in with_required(DEFAULT)


def test_others_are_named_and_none_can_be_had(lane):
    with SandboxPool(1, packages=()) as pool:
        assert pool.judge(PROGRAMS["numpy"], SEVEN).outcome is Outcome.RUNTIME_ERROR
    with SandboxPool(1, packages=["click"]) as pool:
        assert pool.judge("import click\nprint(7)", SEVEN).outcome is Outcome.ACCEPTED
        assert pool.judge("import starlette\nprint(7)", SEVEN).outcome is Outcome.RUNTIME_ERROR
    with (
        SandboxPool(1, packages=["no_such_package"]) as pool,
        pytest.raises(MissingDependencyError, match="pip install"),
    ):
        pool.judge("print(7)", SEVEN)


def test_a_run_says_what_programs_may_import(monkeypatch):
    config = TrainConfig()
    say_sandbox_level(config)
    assert (list(chosen_packages()), chosen_libraries()) == (installed(DEFAULT), ())
    config.sandbox.packages = ["default", "click"]
    say_sandbox_level(config)
    assert list(chosen_packages()) == [*installed(DEFAULT), "click"]
    config.sandbox.packages, config.sandbox.libraries = ["click", "numpy"], ["c:m", "rust:regex"]
    say_sandbox_level(config)
    assert (chosen_packages(), chosen_libraries()) == (("click", "numpy"), ("c:m", "rust:regex"))
    config.sandbox.packages, config.sandbox.libraries = [], []
    say_sandbox_level(config)
    assert (chosen_packages(), chosen_libraries()) == ((), ())


def keys_of(**values):
    config = TrainConfig()
    for name, value in values.items():
        setattr(config.sandbox, name, value)
    return {problem.key for problem in find_problems(config) if problem.key.startswith("sandbox")}


def test_what_cannot_be_imported_is_found_before_a_run():
    assert keys_of(packages=["default"], url="http://x") == set()
    assert keys_of(packages=["numpy"], libraries=["cpp:crypto"]) == set()
    assert keys_of(packages=["no_such_package"]) == {"sandbox.packages"}
    assert keys_of(packages=["a/b"]) == {"sandbox.packages"}
    assert keys_of(libraries=["crypto"]) == {"sandbox.libraries"}
    assert keys_of(packages=["numpy"], url="http://x") == {"sandbox.packages"}
    assert keys_of(libraries=["c:m"], url="http://x") == {"sandbox.libraries"}


LIBRARIES = {
    "c": (["c:m", "c:ncurses", "c:pthread"], "#include <stdio.h>\nint main(){printf(\"7\");}"),
    "cpp": (["cpp:crypto"], "#include <openssl/crypto.h>\n#include <cstdio>\nint main(){OPENSSL_init_crypto(0,0);puts(\"7\");}"),
    "java": (["java:commons-io"], "import org.apache.commons.io.FilenameUtils;\npublic class Main{public static void main(String[] a){System.out.println(FilenameUtils.getExtension(\"a.7\"));}}"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIBRARIES)
def test_programs_use_libraries_that_are_named(lane, name):
    libraries, program = LIBRARIES[name]
    found = []
    for one in libraries:
        try:
            rows_with([one])
            found.append(one)
        except ToolchainError as error:
            reason = str(error)
    if not found:
        pytest.skip(reason)
    with SandboxPool(1, packages=(), libraries=found) as pool:
        judged = pool.judge(program, SEVEN, Limits(cpu=20.0), language=name)
        assert judged.outcome is Outcome.ACCEPTED, judged
        assert pool.judge("print(7)", SEVEN).outcome is Outcome.ACCEPTED
    if name != "c":
        with SandboxPool(1, packages=(), libraries=()) as pool:
            assert pool.judge(program, SEVEN, language=name).outcome is Outcome.COMPILE_ERROR


@pytest.mark.parametrize(
    "library", ["crypto", "python:numpy", "bash:x", "c:", "cpp:no_such_library", "java:no_such_jar"]
)
def test_a_library_that_is_none_is_named(library):
    with pytest.raises(ToolchainError):
        rows_with([library])
    with pytest.raises(UnknownLanguageError):
        rows_with(["cobol:x"])


def test_the_command_line_says_both(lane, tmp_path):
    (tmp_path / "a.py").write_text("import click\nprint(7)")
    run = [str(tmp_path / "a.py")]
    if importlib.util.find_spec("click"):
        assert CliRunner().invoke(command, ["run", *run, "--package", "click"]).output == "7\n"
    assert "ModuleNotFoundError" in CliRunner().invoke(command, ["run", *run, "--package", "numpy"]).output
    refused = CliRunner().invoke(command, ["run", *run, "--library", "cpp:no_such_library"])
    assert isinstance(refused.exception, ToolchainError)
    for verb in ("run", "judge", "serve"):
        said = CliRunner().invoke(command, [verb, "--help"]).output
        assert "--package" in said
        assert "--library" in said


def test_a_job_of_another_language_has_no_packages(lane):
    with SandboxPool(1) as pool:
        job = Job("echo $((3 + 4))", SEVEN, language="bash")
        assert pool.judge_job(job).outcome is Outcome.ACCEPTED
