"""`rlvr sandbox run`, `rlvr sandbox judge` and `rlvr sandbox serve`."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

import click

from rlvr.errors import DataError, MissingDependencyError
from rlvr.sandbox.checks import StdinTests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.languages.catalogue import NAMES, by_suffix
from rlvr.sandbox.levels import Level
from rlvr.sandbox.outcome import Outcome
from rlvr.sandbox.pool import DEFAULT_PACKAGES, SandboxPool
from rlvr.sandbox.rows import judge_rows, read_rows

_require = click.option(
    "--require",
    type=click.Choice([str(level) for level in Level]),
    help="Refuse to run below this level; what RLVR_SANDBOX_REQUIRE says, or strict, by default.",
)
_packages = click.option(
    "--package",
    "packages",
    multiple=True,
    help="A Python package that programs may import, again for each; what RLVR_SANDBOX_PACKAGES says, or those of "
    f"{', '.join(DEFAULT_PACKAGES)} that are installed, by default.",
)
_libraries = click.option(
    "--library",
    "libraries",
    multiple=True,
    help="A library for programs in another language, as cpp:crypto or rust:regex, again for each; what "
    "RLVR_SANDBOX_LIBRARIES says by default.",
)


@click.group("sandbox")
def command() -> None:
    """Run programs that nobody trusts, and judge them by their tests.

    \b
    Example:
      rlvr sandbox run solution.py --stdin input.txt
      rlvr sandbox judge programs.jsonl --out judged.jsonl
    """


@command.command("run")
@click.argument("file")
@click.option("--stdin", "given", help="File to read from; nothing by default, - is standard input.")
@click.option("--language", help=f"One of {', '.join(NAMES)}; by FILE's suffix where nothing is said.")
@click.option("--cpu", type=float, default=5.0, show_default=True, help="Seconds of processor time.")
@click.option("--memory", type=int, default=1024, show_default=True, help="MiB.")
@_packages
@_libraries
@_require
def run(
    file: str,
    given: str | None,
    language: str | None,
    cpu: float,
    memory: int,
    require: str | None,
    packages: tuple[str, ...],
    libraries: tuple[str, ...],
) -> None:
    """Run the program FILE, and pass on what it writes.

    Exits with 1 when the program was ended or failed; the reason goes to standard error.

    \b
    Example:
      rlvr sandbox run solution.py --stdin input.txt
      rlvr sandbox run solution.cpp
    """
    stdin = b"" if given is None else sys.stdin.buffer.read() if given == "-" else _read(given)
    with _pool(1, require, packages, libraries) as pool:
        program, limits = _read(file).decode(errors="replace"), Limits(cpu=cpu, memory=memory)
        found = pool.run(program, stdin, limits, language=language or by_suffix(file))
    click.echo(found.stdout, nl=False)
    click.echo(found.stderr, nl=False, err=True)
    if found.ending is not None:
        click.secho(f"{found.ending}: {found.explanation}", fg="red", err=True)
        sys.exit(1)


@command.command("judge")
@click.argument("file")
@click.option("--out", help="Write the rows here; to standard output by default.")
@click.option("--all", "all_tests", is_flag=True, help="Run all tests of each program, not only to the first failure.")
@click.option("--lanes", type=click.IntRange(1), help="Programs that run at a time; one for each core by default.")
@_packages
@_libraries
@_require
def judge(
    file: str,
    out: str | None,
    lanes: int | None,
    require: str | None,
    packages: tuple[str, ...],
    libraries: tuple[str, ...],
    *,
    all_tests: bool,
) -> None:
    """Judge the programs in FILE by their tests, and write each row with its verdict, in order.

    FILE holds JSON lines {"id", "kind": "stdin" | "function" | "assert" | "pytest", "program", "tests", "limits"?,
    "language"?, "solution"?}; - is standard input. Added are verdict, passed, total, tests, cpu, wall, memory,
    explanation and level. Exits with 1 when a row could not be judged (`sandbox_error`).

    \b
    Example:
      rlvr sandbox judge programs.jsonl --out judged.jsonl
    """
    counts: Counter[str] = Counter()
    lines = sys.stdin if file == "-" else _open(file, "r")
    target = sys.stdout if out is None else _open(out, "w")
    with (
        nullcontext(lines) if file == "-" else lines,
        nullcontext(target) if out is None else target,
        _pool(lanes, require, packages, libraries) as pool,
    ):
        for row in judge_rows(pool, read_rows(lines, file), stop=not all_tests):
            counts[row["verdict"]] += 1
            target.write(json.dumps(row) + "\n")
    click.echo(", ".join(f"{count:,} {word}" for word, count in counts.most_common()) or "no rows", err=True)
    sys.exit(1 if counts[Outcome.SANDBOX_ERROR] else 0)


@command.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Any other needs a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any that is free.")
@click.option("--lanes", type=click.IntRange(1), help="Programs that run at a time; one for each core by default.")
@click.option("--most", type=click.IntRange(1), default=16, show_default=True, help="MiB of a request.")
@_packages
@_libraries
@_require
def serve(
    host: str,
    port: int,
    lanes: int | None,
    most: int,
    require: str | None,
    packages: tuple[str, ...],
    libraries: tuple[str, ...],
) -> None:
    """Run programs for others: SandboxFusion's HTTP API, /run_code and /submit, over this machine's sandbox.

    Whoever reaches it can have programs run, so it listens on this machine alone. To listen elsewhere, set
    RLVR_SANDBOX_TOKEN; clients then send it as `Authorization: Bearer`. Needs the extra `serve`.

    \b
    Example:
      rlvr sandbox serve --port 8080
    """
    try:
        from rlvr.sandbox.remote import service
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"`rlvr sandbox serve` needs {error.name}, which is not installed.", hint="pip install 'rlvr[serve]'"
        ) from None
    token = os.environ.get("RLVR_SANDBOX_TOKEN", "")
    with (
        service.listen(host, port, token) as listening,
        _pool(lanes, require, packages, libraries) as pool,
    ):
        judged = pool.judge("print(7)", StdinTests([("", "7")]))  # what is missing is said now
        name = f"[{host}]" if ":" in host else host
        click.echo(
            f"serving http://{name}:{listening.getsockname()[1]} ({judged.level}, {pool.size} at a time, "
            f"{'with a token' if token else 'for this machine alone'})",
            err=True,
        )
        service.server(service.application(pool, token, most_mib=most)).run(sockets=[listening])


def _pool(lanes: int | None, require: str | None, packages: tuple[str, ...], libraries: tuple[str, ...]) -> SandboxPool:
    return SandboxPool(lanes, Level(require) if require else None, packages or None, libraries or None)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from None


def _open(file: str, mode: str) -> TextIO:
    try:
        return Path(file).open(mode, encoding="utf-8")  # type: ignore[return-value]
    except OSError as error:
        raise DataError(f"{file} cannot be opened: {error.strerror}.") from None
