"""Mutation runs: changes one place of the code at a time, and sees whether the tests notice.

    make test-mutation
    python benchmarks/mutation.py sandbox --seed 2 --count 100

A seeded sample of cosmic-ray's mutants is tried in a copy of the tree, one after the other; the checkout is left alone.
Not drawn are mutants that no run could notice: in annotations, which are never computed, and stars that are no
operators. Survivors have their reasons in benchmarks/mutants/NAME.jsonl. Writes benchmarks/out/mutation_NAME.json, and
ends with status 1 where less than 90 % was noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from mutants.drawing import draw
from mutants.subjects import SUBJECTS, Subject

ROOT: Final = Path(__file__).resolve().parents[1]
COSMIC_RAY: Final = ROOT / ".venv" / "mutation" / "bin" / "cosmic-ray"
BAR: Final = 0.9


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change, and what the tests said.

    Args:
        module: Path of the module.
        operator: Which kind of change.
        line: Where.
        before: The lines as they are.
        after: The lines as they were changed.
        noticed: Whether the tests failed.
        hung: Whether they were ended because they took too long.
    """

    module: str
    operator: str
    line: int
    before: str
    after: str
    noticed: bool
    hung: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """What a reason is about, whatever the number of the line."""
        return self.module, self.before, self.after


def copy_tree(folder: Path) -> None:
    """Copies what git knows of, as it is in the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        source = ROOT / name
        if name and name != ".venv" and (source.is_symlink() or source.is_file()):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name, follow_symlinks=False)


def modules_of(subject: Subject) -> list[str]:
    """The paths of its modules."""
    found: set[str] = set()
    for pattern in subject.modules:
        paths = {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern.removeprefix("!"))}
        found = found - paths if pattern.startswith("!") else found | paths
    return sorted(found)


def results(session: Path) -> list[Mutant]:
    """What became of the mutants of a session."""
    found: list[Mutant] = []
    with sqlite3.connect(session) as table:
        columns = "module_path, operator_name, start_pos_row, diff, test_outcome, output"
        rows = table.execute(f"select {columns} from mutation_specs natural join work_results")
        for module, operator, line, diff, outcome, output in rows:
            lines = [one for one in str(diff).split("\n") if one[:1] in "+-" and one[:3] not in ("+++", "---")]
            before, after = ("\n".join(one[1:].strip() for one in lines if one[0] == sign).strip() for sign in "-+")
            noticed = str(outcome).lower() != "survived"
            found.append(
                Mutant(module, operator.removeprefix("core/"), line, before, after, noticed, output == "timeout")
            )
    return sorted(found, key=lambda one: (one.module, one.line, one.operator))


def run_session(subject: Subject, cosmic_ray: Path, folder: Path, seed: int, count: int) -> tuple[list[Mutant], int]:
    """Draws the mutants and tries them, in a folder that holds a copy of the tree."""
    tree, session, config = folder / "tree", folder / "session.sqlite", folder / "config.toml"
    copy_tree(tree)
    python = str(ROOT / ".venv" / "bin" / "python")
    pytest = [python, "-m", "pytest", "-x", "-q", "-p", "pytest_timeout", "--timeout=30"]
    command = ["bash", "-c", " && ".join(shlex.join([*pytest, *files]) for files in subject.tests)]
    config.write_text(
        f"[cosmic-ray]\nmodule-path = {json.dumps(modules_of(subject))}\ntimeout = {subject.seconds}\n"
        f"excluded-modules = []\ntest-command = {json.dumps(shlex.join(command))}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    # Plug-ins of other packages take longer to import than most tests to run.
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # What is compiled now is read again for every mutant, but for the module that was changed. It goes by what a module
    # holds: by its time and size, which is Python's way, two mutants of one second could be taken for each other.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([python, "-m", "compileall", "-qq", "--invalidation-mode=checked-hash", "."], cwd=tree, check=False)
    # Unchanged code passes.
    subprocess.run(command, cwd=tree, env=environment, check=True)
    subprocess.run([cosmic_ray, "init", config, session], cwd=tree, env=environment, check=True)
    total = draw(session, tree, seed, count)
    subprocess.run([cosmic_ray, "exec", config, session], cwd=tree, env=environment, check=True)
    return results(session), total


def report(name: str, mutants: list[Mutant], total: int, seed: int) -> float:
    """Prints and writes what survived and why; returns the part that was noticed."""
    path = ROOT / "benchmarks" / "mutants" / f"{name}.jsonl"
    rows: list[dict[str, str]] = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    reasons = {(row["module"], row["before"], row["after"]): row["reason"] for row in rows}
    noticed = sum(one.noticed for one in mutants)
    by_module = Counter(one.module for one in mutants)
    survived = [one for one in mutants if not one.noticed]
    for module, number in sorted(by_module.items()):
        print(f"{number - sum(one.module == module for one in survived):4} of {number:3}  {module}")
    for one in survived:
        print(f"\n{one.module}:{one.line} {one.operator}\n- {one.before}\n+ {one.after}")
        print(f"  {reasons.get(one.key, 'NO REASON GIVEN')}")
    share = noticed / len(mutants) if mutants else 0.0
    hung = sum(one.hung for one in mutants)
    print(f"\n{noticed} of {len(mutants)} noticed ({share:.1%}), {hung} as they hung; seed {seed}, of {total}")
    out = ROOT / "benchmarks" / "out" / f"mutation_{name}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"seed": seed, "total": total, "mutants": [asdict(one) for one in mutants]}, indent=1))
    return share


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(SUBJECTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, help="how many mutants; by default as many as the subject says")
    parser.add_argument("--cosmic-ray", type=Path, default=COSMIC_RAY, help="where it is installed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        subject = SUBJECTS[asked.name]
        count = asked.count or subject.count
        mutants, total = run_session(subject, asked.cosmic_ray, Path(folder), asked.seed, count)
    return 0 if report(asked.name, mutants, total, asked.seed) >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
