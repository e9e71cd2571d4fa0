"""What runs a program on an input, whatever its language."""

from __future__ import annotations

from collections.abc import Callable

from rlvr.sandbox.checks import StdinTests, Tests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.errors import BadFilesError, BadTestsError
from rlvr.sandbox.files import Files
from rlvr.sandbox.lane import Lane
from rlvr.sandbox.languages.building import BuildCache, build
from rlvr.sandbox.languages.catalogue import OUT, Language, language_of, names_of
from rlvr.sandbox.outcome import Run


def check_tests(language: str, tests: Tests) -> Language | None:
    """The row of a program's language; `None` for Python.

    Raises:
        UnknownLanguageError: There is no such language.
        BadTestsError: It does not have such tests.
    """
    row = language_of(language)
    if row is not None and not isinstance(tests, StdinTests):
        raise BadTestsError(f"Programs in {row.name} are judged by what they read and write: give them `stdin` tests.")
    return row


def starter(
    lane: Lane,
    program: str,
    language: Language | None,
    limits: Limits,
    builds: BuildCache | None = None,
    files: Files | None = None,
) -> Callable[[bytes], Run]:
    """What runs a program on an input, as often as it is asked; a program that must be built is built first.

    Raises:
        LaneLostError: The lane was lost.
        ToolchainError: The language's toolchain is not here.
        BadFilesError: A file lies where the program itself, or what is made of it, will lie.
    """
    if files is not None and language is not None:
        _check_apart(files, language, program)
    if language is None:
        return lambda given: lane.run(program, given, limits, files)
    if builds is None or files is not None:  # what is built may depend on the files beside it
        built = build(lane, language, program, files)
    else:
        built = builds.get(lane, language, program)
    failed, command = built.failed, built.command(limits)
    if failed is not None:
        return lambda given: failed
    return lambda given: lane.execute(command, built.file, given, limits, language.exhausted, files)


def _check_apart(files: Files, language: Language, program: str) -> None:
    """The names that building and starting a program need are not those of the files beside it."""
    source = language.source.replace("{name}", names_of(language, program)[0])
    ours = {source, language.held, *([OUT, "classes", "cache"] if language.build else [])}
    for name, _ in files.given:
        if name.partition("/")[0] in ours:
            raise BadFilesError(f"`{name}` cannot be given: the program itself, or what is made of it, lies there.")
