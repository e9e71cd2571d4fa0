"""What the gate of `instructions.follow` holds that is right, what it lets earn that is not, and what it costs.

    make bench-constraints

Prints tables and writes benchmarks/out/gate.json. Needs the data beside the repository (../shared/data).

Right answers are published ones that the published program passes, MLQE-PE's post-edits as answers to a request for a
translation, and HumanEval's solutions. What answers nothing is drawn by `gate/attackers.py`, one draw a prompt, and by
`gate/unseen.py`, whose author had not seen the gate; it earns where it follows all constraints and passes the gate.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gate.attackers import CONSTANTS, FOREIGN, REFUSALS, SALADS, Material, dress, shuffle_prompt
from peers import ifbench as peer
from peers.results import keep
from rich.console import Console
from rich.table import Table

from rlvr.rewards.constraints.follow import judge
from rlvr.rewards.constraints.gates import degenerate
from rlvr.rewards.constraints.rows.multilingual import m_ifeval
from rlvr.rewards.languages.identification import identify, likelihoods, name_of

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data"
PROMPTS = {"IFEval": "instructions/ifeval_prompts.jsonl", "IFBench": "instructions/ifbench_test.jsonl"}
MOST_HELD, MOST_EARNING = 0.005, 0.03
Right = tuple[str, str, dict[str, Any], str]
"""An answer, its prompt, its reference, the prompt's language."""


def main(arguments: Sequence[str]) -> None:
    if not DATA.is_dir():
        sys.exit(f"{DATA} is not there; this benchmark judges what it holds.")
    details = "--details" in arguments
    found: dict[str, Any] = {"held": held(details), "earning": earning(details)}
    if "--no-curve" not in arguments:
        found["curve"] = curve()
    if "--no-speed" not in arguments:
        found["speed"] = speed()
    keep("gate", found)


def held(details: bool) -> dict[str, str]:
    """The share of right answers that the gate holds, by set."""
    table = Table("right answers", "held", "share", "bar", "", title="Right answers that the gate holds")
    found = dict[str, str]()
    for name, rows in right_answers().items():
        wrong = [
            (why, answer, prompt)
            for answer, prompt, asked, language in rows
            if (why := gate(answer, prompt, asked, language))
        ]
        share = len(wrong) / len(rows)
        bar = 0.0 if name.startswith(("MLQE", "HumanEval")) else MOST_HELD
        table.add_row(
            name, f"{len(wrong)} of {len(rows)}", f"{share:.2%}", f"{bar:.1%}", "met" if share <= bar else "missed"
        )
        found[name] = f"{len(wrong)} of {len(rows)}"
        if details:
            for why, answer, prompt in wrong[:40]:
                print(f"  [{name}] {why}\n    prompt: {prompt[:160]!r}\n    answer: {answer[:200]!r}")
    Console(width=150).print(table)
    return found


def gate(answer: str, prompt: str, asked: dict[str, Any], language: str) -> str | None:
    """Why the gate holds an answer, `None` where it lets it pass."""
    said = judge(answer, asked, prompt, {"language": language}).explanation
    return said if said.startswith("no answer") else None


def right_answers() -> dict[str, list[Right]]:
    """Answers that are right, by set."""
    found: dict[str, list[Right]] = {
        "IFEval, GPT-4, published-pass": list(passed("ifeval", "ifeval_prompts")),
        "IFBench, published-pass": list(passed("ifbench", "ifbench_test")),
    }
    for language in ("es", "fr", "ja"):
        rows = zipped(f"instructions/m_ifeval_{language}.jsonl.gz")
        found[f"M-IFEval {language}, published-pass"] = [
            (row["response"], row["prompt"], reference_of(row), language) for row in rows if all(row["strict"])
        ]
    asked: dict[str, Any] = {"instruction_id_list": ["punctuation:punctuation_exclamation"], "kwargs": [{}]}
    found["MLQE-PE, post-edits"] = [
        (row["post_edit"], f"Translate this into {name_of(row['lp'][-2:])}: {row['source']}", asked, "en")
        for path in sorted((DATA / "translation").glob("mlqe_dev.*.jsonl"))
        for row in map(with_pair(path), lines(path))
    ]
    found["HumanEval, solutions"] = [
        (row["canonical_solution"], f"Complete this function.\n\n{row['prompt']}", asked, "en")
        for row in zipped("code/HumanEval.jsonl.gz")
    ]
    return found


def reference_of(row: dict[str, Any]) -> dict[str, Any]:
    """What a row of M-IFEval asks for, in the ids known here."""
    reference: Any = m_ifeval(row).reference
    return reference


def with_pair(path: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda row: {"lp": path.name.split(".")[1], **row}


def passed(name: str, prompts: str) -> Iterator[Right]:
    """Published answers of which the published program says that they follow all that is asked."""
    published = {row["prompt"].strip(): row for row in lines(DATA / f"instructions/{prompts}.jsonl")}
    for row in lines(DATA / f"instructions/{name}_verdicts_strict.jsonl"):
        asked = published.get(row["prompt"].strip())
        if asked and row["follow_all_instructions"]:
            yield row["response"], row["prompt"], asked, "en"


def earning(details: bool) -> dict[str, dict[str, int]]:
    """On how many prompts what answers nothing earns all there is."""
    answers = {
        row["prompt"].strip(): row["response"] for row in lines(DATA / "instructions/ifeval_responses_gpt4.jsonl")
    }
    answers |= {row["prompt"].strip(): row["response"] for row in lines(DATA / "instructions/ifbench_responses.jsonl")}
    material = Material(answers)
    found = dict[str, dict[str, int]]()
    table = Table("what answers nothing", *PROMPTS, "bar", "", title="Prompts on which it earns, of 540 and 300")
    for what, draw in attacks(material).items():
        earned, total = dict[str, int](), dict[str, int]()
        for name, path in PROMPTS.items():
            rng = random.Random(7)
            rows = lines(DATA / path)
            paid = list[tuple[str, str]]()
            for row in rows:
                text = draw(row["prompt"], rng)
                if text is not None and judge(text, row, row["prompt"], {}).score == 1.0:
                    paid.append((row["prompt"], text))
            earned[name], total[name] = len(paid), len(rows)
            if details:
                for prompt, text in paid[:12]:
                    print(f"  [{what}] {prompt[:200]!r} <- {text[:160]!r}")
        good = all(earned[name] <= MOST_EARNING * total[name] for name in PROMPTS)
        bar = "none" if what.startswith("refusal") else f"{MOST_EARNING:.0%}"
        table.add_row(
            what, *(f"{earned[n]} ({earned[n] / total[n]:.1%})" for n in PROMPTS), bar, "met" if good else "missed"
        )
        found[what] = earned
    Console(width=150).print(table)
    return found


def curve() -> list[dict[str, Any]]:
    """Right answers held, and what the best constant earns, by the numbers that decide what is beside the prompt."""
    table = Table("words, from", "subjects, from", "GPT-4 held", "best constant", title="The trade-off, IFEval")
    right = right_answers()["IFEval, GPT-4, published-pass"]
    prompts = lines(DATA / PROMPTS["IFEval"])
    texts = [text for text in (*CONSTANTS, *unseen_constants()) if text.isascii()]
    chosen, points = (degenerate.SHORT, degenerate.SUBJECTS), list[dict[str, Any]]()
    for short, subjects in ((16, 2), (16, 4), (16, 6), (25, 2), (40, 2)):
        set_point(short, subjects)
        stopped = sum(gate(answer, prompt, asked, "en") is not None for answer, prompt, asked, _ in right)
        best = max(sum(judge(text, row, row["prompt"], {}).score == 1.0 for row in prompts) for text in texts)
        mark = " (chosen)" if (short, subjects) == chosen else ""
        table.add_row(
            f"{short}{mark}", str(subjects), f"{stopped} of {len(right)}", f"{best} ({best / len(prompts):.1%})"
        )
        points.append({"words": short, "subjects": subjects, "held": stopped, "constant": best})
    set_point(*chosen)
    Console(width=150).print(table)
    return points


def set_point(short: int, subjects: int) -> None:
    """Moves the gate along its curve."""
    numbers: Any = degenerate
    numbers.SHORT, numbers.SUBJECTS = short, subjects


def attacks(material: Material) -> dict[str, Callable[[str, random.Random], str | None]]:
    found: dict[str, Callable[[str, random.Random], str | None]] = {
        "the prompt, copied": lambda prompt, rng: prompt,
        "the prompt, shuffled": lambda prompt, rng: shuffle_prompt(prompt, material, rng),
        "the prompt, shuffled and dressed": lambda prompt, rng: dress(shuffle_prompt(prompt, material, rng)),
    }
    for name, generate in {**SALADS, **unseen_salads()}.items():
        found[f"salad: {name}"] = lambda prompt, rng, generate=generate: generate(prompt, material, rng)
        found[f"salad, dressed: {name}"] = lambda prompt, rng, generate=generate: dress(generate(prompt, material, rng))
    for text in (*CONSTANTS, *unseen_constants()):
        found[f"constant: {text[:40]!r}"] = lambda prompt, rng, text=text: text
    for code, text in FOREIGN.items():
        # Where the prompt names the language it may well be the one that is asked for.
        named = name_of(code).lower()
        found[f"another language: {code}"] = lambda prompt, rng, text=text, named=named: (
            None if named in prompt.lower() else text
        )
    for text in REFUSALS:
        found[f"refusal: {text[:40]!r}"] = lambda prompt, rng, text=text: text
    return found


def unseen_salads() -> dict[str, Any]:
    """Generators by somebody who had not seen the gate."""
    try:
        from gate import unseen
    except ImportError:
        return {}
    return {f"unseen, {name}": wrapped(generate) for name, generate in unseen.GENERATORS.items()}


def wrapped(generate: Callable[[str, random.Random], str]) -> Callable[[str, Material, random.Random], str]:
    return lambda prompt, material, rng: generate(prompt, rng)


def unseen_constants() -> list[str]:
    path = Path(__file__).parent / "gate/unseen_constants.jsonl"
    return [row["text"] for row in lines(path)] if path.is_file() else []


def speed() -> dict[str, float]:
    """Strict checks a second of the processor, with and without the gate, beside IFBench's own program."""
    table = Table("checks a second", "gate on", "gate off", "IFBench's own", "of it, gate on", "bar", title="Speed")
    found = dict[str, float]()
    theirs = peer.load(ROOT / ".venv/constraint-peers")
    recorded = {
        name: [(row["response"], row["prompt"], asked) for row, asked in published(name)]
        for name in ("ifeval", "ifbench")
    }
    own = rate(recorded["ifbench"], judged_by(theirs)) if theirs else 0.0
    for name, bar in (("ifeval", 4.0), ("ifbench", 2.2)):
        on, off = rate(recorded[name], judged(True)), rate(recorded[name], judged(False))
        ratio = f"{on / own:.1f}" if own else "not there"
        table.add_row(name, f"{on:,.0f}", f"{off:,.0f}", f"{own:,.0f}", ratio, f"{bar}")
        found |= {f"{name}, gate on": on, f"{name}, gate off": off}
    Console(width=150).print(table)
    return found | {"IFBench's own program": own}


Judged = Callable[[str, str, dict[str, Any]], int]


def judged(gate: bool) -> Judged:
    def count(answer: str, prompt: str, asked: dict[str, Any]) -> int:
        judge(answer, asked, prompt, {"gate": gate})
        return len(asked["instruction_id_list"])

    return count


def judged_by(check: peer.Check) -> Judged:
    def count(answer: str, prompt: str, asked: dict[str, Any]) -> int:
        done = 0
        for id, kwargs in zip(asked["instruction_id_list"], asked["kwargs"], strict=True):
            if id != peer.WITHOUT_DATA:
                check(id, kwargs, answer)
                done += 1
        return done

    return count


def rate(recorded: Sequence[tuple[str, str, dict[str, Any]]], judge: Judged) -> float:
    """The best of some runs after a first one; no run may remember the texts of another."""
    best = 0.0
    for number in range(6):
        identify.cache_clear()
        likelihoods.cache_clear()
        start = time.process_time()
        count = sum(judge(*one) for one in recorded)
        if number:
            best = max(best, count / (time.process_time() - start))
    return best


def published(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    file = {"ifeval": "ifeval_prompts", "ifbench": "ifbench_test"}[name]
    prompts = {row["prompt"].strip(): row for row in lines(DATA / f"instructions/{file}.jsonl")}
    for row in lines(DATA / f"instructions/{name}_verdicts_strict.jsonl"):
        if asked := prompts.get(row["prompt"].strip()):
            yield row, asked


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def zipped(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


if __name__ == "__main__":
    main(sys.argv[1:])
