"""HumanEvalPack in six languages: canonical solutions are accepted, buggy ones are not.

What fails for another reason than the sandbox's has it in a table. Libraries come as Debian packages: testify for Go,
regex, rand and md5 for Rust, boost and openssl for C++.
"""

import pytest

from rlvr.rewards.code.readers import human_eval
from rlvr.rewards.code.scoring import with_prelude
from rlvr.sandbox import Job, Limits, Outcome, SandboxPool, StdinTests, ToolchainError, read_tests

from .programs import LANGUAGES, LIBRARIES, RIGHT, program_of, rows_of

pytest.importorskip("rlvr.sandbox.languages.libraries", reason="libraries of other languages cannot be named here")
pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.timeout(7200)]

LANES = 2
PATIENT = Limits(cpu=10, wall=60)

REFUSED = {
    "CPP/38": "its published declaration holds the head of the function's body a second time, so it does not compile",
    "JavaScript/162": "it needs js-md5, a package of npm that Debian does not have",
}
"""Canonical solutions that are not accepted, and why."""

RANDOM = {
    "Go/95": "it looks at the first key of a map, whose order Go draws anew in each run",
    "Rust/32": "Newton's method, which does not end, or ends in NaN, for some of the tests' random polynomials",
}
"""Canonical solutions that the published tests accept in some runs and not in others."""

PASSING: dict[str, str] = {}
"""Buggy solutions that the published tests let pass, and why."""


def jobs_of(rows, language, which):
    if language == "python":
        for row in rows:
            task = human_eval(row | {"prompt": row["declaration"], "test": row["test"].rpartition("check(")[0]})
            program = with_prelude(task.reference, f"{row['declaration']}{row[which]}")
            yield Job(program, read_tests("assert", task.reference), PATIENT)
        return
    # Some of the tests write more, of which nothing is known.
    tests = StdinTests([("", RIGHT)], checker="def check(given, output, expected): return output.startswith(expected)")
    for row in rows:
        yield Job(program_of(row, language, which), tests, PATIENT, language=language)


@pytest.mark.parametrize("which", ["canonical_solution", "buggy_solution"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_published_solutions(data, language, which):
    rows = rows_of(data, language)
    assert len(rows) == 164
    libraries = [name for name in LIBRARIES if name.startswith(f"{language}:")]
    try:
        with SandboxPool(LANES, libraries=libraries) as pool:
            judged = pool.judge_all(list(jobs_of(rows, language, which)))
    except ToolchainError as error:
        pytest.skip(str(error))
    found = {row["task_id"]: one for row, one in zip(rows, judged, strict=True)}
    assert [name for name, one in found.items() if one.outcome is Outcome.SANDBOX_ERROR] == []
    accepted = {name for name, one in found.items() if one.outcome is Outcome.ACCEPTED}
    if which == "buggy_solution":
        assert accepted == {name for name in PASSING if name in found}
    else:
        refused = {name: found[name].explanation for name in found if name not in accepted}
        assert refused.keys() - RANDOM == {name for name in REFUSED if name in found}, refused
        assert len(accepted) >= 163
