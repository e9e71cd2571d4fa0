"""`rlvr list`, `show`, `score`, `profile` and `diff`, on files as a user has them."""

import inspect
import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from rlvr import Task, Verdict, registered, registry
from rlvr.cli.rewards import score
from rlvr.errors import MissingDependencyError
from rlvr.observe.rollout_rows import rollout_row, write_rollouts
from rlvr.observe.run_folder import RunFolder
from rlvr.scoring import Scorer

from .conftest import ROOT, plain

REWARDS = '''
from rlvr import Verdict, gate, get_reward, reward


@reward("shop.price", version="3", isolate="process", timeout=5, depends=[len, "catalogue of May"])
def price(sample):
    """The price is the reference.

    >>> price.check("3 EUR", reference="3 EUR").score
    1.0
    """
    if sample.completion == "broken":
        raise KeyError("stock")
    if sample.completion == "shy":
        return Verdict.unscored("abstained", "no opinion")
    return Verdict.right() if sample.answer == sample.reference else Verdict.wrong(f"{sample.answer} is not it")


def length(sample):
    return min(1.0, len(sample.completion) / 10)


tidy = gate(get_reward("text.format"), then=price)
mixed = 0.5 * tidy + 0.5 * get_reward("text.exact")
'''


@pytest.fixture
def shop(project):
    (project / "rewards.py").write_text(REWARDS)
    return project


def written(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def read(text):
    return [json.loads(line) for line in text.splitlines()]


PRICES = [{"completion": f"{i % 3} EUR", "reference": "1 EUR", "prompt": f"p{i // 3}?", "n": i} for i in range(12)]


def test_list_names_every_reward_and_what_is_known_of_it(rlvr, monkeypatch):
    ended = rlvr("list")
    assert ended.code == 0
    assert all(name in ended.out for name in registry.names())
    assert "text.exact @1 0 to 1 inline 1 when answer and reference are the same text" in plain(ended.out)

    broken = MissingDependencyError("The rewards `shop` cannot be imported.")
    monkeypatch.setattr(registered, "broken", lambda: {"shop": broken})
    ended = rlvr("list")
    assert ended.code == 0
    assert "Broken entry point `shop`: The rewards `shop` cannot be imported." in ended.err
    found = json.loads(rlvr("list", "--json").out)
    assert found["broken"] == {"shop": str(broken)}
    assert {"name", "identity", "version", "range", "isolate", "timeout", "doc"} <= found["rewards"][0].keys()


def test_show_a_reward_of_a_file(rlvr, shop):
    said = rlvr("show", "rewards.py:price").out
    assert "shop.price@3+" in said
    for words in ("killed after 5 s", "rewards.py:5", "builtins.len, 'catalogue of May'", '>>> price.check("3 EUR"'):
        assert words in said
    assert "rlvr score rewards.py:price samples.jsonl" in said
    assert json.loads(rlvr("show", "rewards.py:price", "--json").out)["timeout"] == 5


def test_show_a_composition_with_its_parts(rlvr, shop):
    said = plain(rlvr("show", "rewards.py:mixed").out)
    for part in ("0.5 * gate(text.format, then=shop.price)", "if >= 1: text.format", "then: shop.price", "0.5 * text."):
        assert part in said
    found = json.loads(rlvr("show", "rewards.py:mixed", "--json").out)
    assert [part["role"] for part in found["parts"]] == ["0.5 *", "0.5 *"]
    assert [part["name"] for part in found["parts"][0]["parts"]] == ["text.format", "shop.price"]


def test_score_writes_the_rows_in_order_with_verdicts(rlvr, shop):
    rows = [{**row, "n": i} for i in range(60) for row in PRICES]  # several batches, two worker processes
    written(shop / "in.jsonl", rows)
    ended = rlvr("score", "rewards.py:price", "in.jsonl", "--out", "out.jsonl")
    assert ended.code == 0, ended.all
    judged = read((shop / "out.jsonl").read_text())
    assert [{key: value for key, value in row.items() if key != "verdict"} for row in judged] == rows
    assert [row["verdict"]["score"] for row in judged] == [float(row["completion"] == "1 EUR") for row in rows]
    said = plain(ended.out)
    assert "720 rows 720 scored 0 abstained 0 error 0 timeout mean 0.3333 quartiles 0 0 1" in said
    assert "480 scored … EUR is not it in.jsonl:1" in said
    again = rlvr("score", "rewards.py:length", "out.jsonl", "--out", "again.jsonl")  # judged anew
    assert again.code == 0
    assert read((shop / "again.jsonl").read_text())[0]["verdict"]["score"] == 0.5


def test_score_between_pipes(rlvr, shop, monkeypatch):
    text = "".join(json.dumps(row) + "\n" for row in PRICES)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    ended = rlvr("score", "rewards.py:price", "-", "--out", "-")
    assert ended.code == 0
    assert len(read(ended.out)) == len(PRICES)
    assert "12 rows" in ended.err


def test_score_says_it_as_json(rlvr, shop):
    written(shop / "in.jsonl", [*PRICES, {"completion": "shy"}])
    found = json.loads(rlvr("score", "rewards.py:price", "in.jsonl", "--json").out)
    assert found["statuses"] == {"scored": 12, "abstained": 1, "error": 0, "timeout": 0}
    assert found["mean"] == pytest.approx(1 / 3)
    assert [bar["count"] for bar in found["histogram"]] == [8, 4]
    assert found["reward"].startswith("shop.price@3+")


def test_score_exits_with_1_when_too_many_fail_and_the_output_is_whole(rlvr, shop):
    written(shop / "in.jsonl", [*PRICES, {"completion": "broken", "reference": ""}])
    ended = rlvr("score", "rewards.py:price", "in.jsonl", "--out", "out.jsonl")
    assert ended.code == 1
    assert "1 of 13 rows could not be scored (7.7%)" in ended.err
    assert read((shop / "out.jsonl").read_text())[-1]["verdict"]["status"] == "error"
    assert rlvr("score", "rewards.py:price", "in.jsonl", "--max-error-rate", "0.1").code == 0
    assert inspect.signature(Scorer).parameters["max_error_rate"].default == score.MAX_ERROR_RATE


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"completio": "4"}', "line 2: no `completion`. Did you mean `completio`?"),
        ('{"response": "4"}', "line 2: no `completion`. It has response."),
        ('{"completion": 4}', "line 2: `completion` is a number; it is a text."),
        ('{"completion": "4", "data": []}', "line 2: `data` is a list; it is an object."),
        ('{"completion": "4", "prompt": [{"role": "usr", "content": ""}]}', "Did you mean `user`?"),
        ("[1]", "line 2: a list instead of an object."),
        ("{", "line 2: no JSON"),
    ],
)
def test_a_broken_row_is_named_and_nothing_half_written(rlvr, shop, row, said):
    (shop / "in.jsonl").write_text(f'{{"completion": "4", "reference": "4"}}\n{row}\n\n{row}\n')
    ended = rlvr("score", "text.exact", "in.jsonl", "--out", "out.jsonl")
    assert ended.code == 2
    assert said in plain(ended.err)
    assert "in.jsonl has 2 broken lines" in ended.err
    assert not (shop / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score", "text.exat", "in.jsonl"], "Did you mean `text.exact`?"),
        (["score", "text.exact", "nowhere.jsonl"], "There is no file nowhere.jsonl"),
        (["score", "text.exact", "empty.jsonl"], "empty.jsonl holds no rows"),
        (["score", "text.exact", "."], "no run folder"),
        (["score", "text.exact", "in.jsonl", "--json", "--out", "-"], "standard output"),
        (["score", "text.exact", "in.jsonl", "--out", "."], ". is a folder"),
        (["score", "rewards.py", "in.jsonl"], "rewards.py:price"),
        (["show", "rewards.py:REWARD"], "has no reward `REWARD`"),
        (["profile", "text.exact", "empty.jsonl"], "holds no rows"),
        (["diff", "rewards.py:prise", "rewards.py:price", "in.jsonl"], "Did you mean `price`?"),
        (["diff", "rewards.py:price", "rewards.py:price", "nowhere.jsonl"], "There is no file"),
        (["diff", "crash.py:f", "rewards.py:price", "in.jsonl"], "The process that ran `crash.py:f` died"),
    ],
)
def test_what_a_user_gets_wrong(rlvr, shop, words, said):
    (shop / "empty.jsonl").write_text("\n")
    (shop / "crash.py").write_text("import os\n\ndef f(sample):\n    os._exit(1)\n")
    written(shop / "in.jsonl", PRICES)
    ended = rlvr(*words)
    assert ended.code == 2, ended.all
    assert said in plain(ended.err)
    assert "Traceback" not in ended.all


def test_what_a_model_wrote_does_not_steer_the_terminal(rlvr, shop):
    (shop / "said.py").write_text(
        "from rlvr import Verdict\n\n"
        "def a(sample):\n    return Verdict.wrong(sample.completion)\n\n"
        "def b(sample):\n    return Verdict.right(explanation=sample.completion)\n"
    )
    written(shop / "in.jsonl", [{"completion": "4\x1b[2J \ud83d", "reference": "\x1b"}])
    for words in (["score", "said.py:a"], ["profile", "said.py:a"], ["diff", "said.py:a", "said.py:b"]):
        ended = rlvr(*words, "in.jsonl")
        assert ended.code in (0, 1), ended.all
        assert "\x1b[2J" not in ended.out
        assert "4\\x1b[2J \\ud83d" in ended.out


def test_what_a_reward_prints_does_not_get_between_the_rows(rlvr, shop):
    (shop / "loud.py").write_text("def f(sample):\n    print('looking')\n    return 1.0\n")
    written(shop / "in.jsonl", PRICES)
    ended = rlvr("score", "loud.py:f", "in.jsonl", "--out", "-")
    assert len(read(ended.out)) == len(PRICES)
    assert ended.err.count("looking") == len(PRICES)
    assert json.loads(rlvr("profile", "loud.py:f", "in.jsonl", "--json").out)["rows"] == len(PRICES)


def test_a_reference_that_every_row_misspells_is_told(rlvr, shop):
    written(shop / "in.jsonl", [{"completion": "4", "refrence": "4"}])
    assert "No row has a `reference`. Did you mean `refrence`?" in rlvr("score", "rewards.py:length", "in.jsonl").err


@pytest.fixture
def run(shop):
    """A run folder with two steps of rollouts."""
    folder = RunFolder.create(shop / "runs", "it", "stage: grpo")
    task = Task("Price?", reference="1 EUR", data={"unit": "EUR"}, id="t")
    for step in (1, 2):
        rows = [
            rollout_row(
                task, text, Verdict.right(), run="it", step=step, group=0, sample=i, reward="old@1", reasoning_open=True
            )
            for i, text in enumerate(["</think>1 EUR", "1 EUR"])  # the second never ends its reasoning
        ]
        write_rollouts(folder, step, rows)
    return folder.path


def test_rollouts_of_a_run_are_judged_as_the_run_judged_them(rlvr, run):
    ended = rlvr("score", "text.exact", "runs/it", "--out", "out.jsonl")
    assert ended.code == 0, ended.all
    judged = read((run.parents[1] / "out.jsonl").read_text())
    assert [row["verdict"]["score"] for row in judged] == [1.0, 0.0, 1.0, 0.0]
    assert judged[0]["data"] == {"unit": "EUR"}
    assert judged[0]["reference"] == "1 EUR"
    one = json.loads(rlvr("score", "text.exact", "runs/it/rollouts/step-000002.parquet", "--json").out)
    assert one["rows"] == 2
    assert one["explanations"][0]["first"].startswith("step-000002.parquet:")


def test_profile_tells_what_groups_would_teach(rlvr, shop):
    # Of 4 samples a prompt: always, never, and half of them right.
    rows = [
        {"completion": text, "reference": "y", "prompt": prompt}
        for prompt, texts in (("a", "yyyy"), ("b", "nnnn"), ("c", "yynn"))
        for text in texts
    ]
    written(shop / "in.jsonl", rows)
    found = json.loads(rlvr("profile", "text.exact", "in.jsonl", "--json").out)
    assert found["prompts"] == 3
    assert found["pass_rate_mean"] == 0.5
    assert [bar["count"] for bar in found["pass_rates"]] == [1, 0, 0, 1, 0, 1]
    assert [(one["size"], one["share"], one["unbiased_prompts"]) for one in found["usable_groups"]] == [
        (4, pytest.approx(1 / 3), 3),
        (8, pytest.approx(1 / 3), 0),
        (16, pytest.approx(1 / 3), 0),
        (32, pytest.approx(1 / 3), 0),
    ]
    said = plain(rlvr("profile", "text.exact", "in.jsonl").out)
    for words in ("12 samples of 3 prompts", "4 33.3% 3 prompts 0 prompts", "C(c_v, G) / C(n, G)", "p50", "slowest"):
        assert words in said
    assert "a sample passes from 0.5 on" in plain(rlvr("profile", "text.exact", "in.jsonl", "--pass-at", "0.5").out)


def test_a_reward_of_a_file_is_meant_though_a_packaged_one_has_its_name(rlvr, shop):
    source = """
from rlvr import reward


@reward("math.final_number")
def mine(sample):
    return 0.25


both = 0.5 * mine
"""
    for folder, said in (("one", "0.25"), ("two", "0.75")):
        (shop / folder).mkdir()
        (shop / folder / "mine.py").write_text(source.replace("0.25", said))
    written(shop / "in.jsonl", [{"completion": "42", "reference": "42", "prompt": "6*7="}])
    means = {}
    for name in ("one/mine.py:mine", "two/mine.py:mine", "one/mine.py:both", "math.final_number"):
        ended = rlvr("score", name, "in.jsonl", "--json")
        assert ended.code == 0, ended.all
        means[name] = json.loads(ended.out)["mean"]
    assert list(means.values()) == [0.25, 0.75, 0.125, 1.0]
    for name, code in (("one/mine.py:mine", 2), ("two/mine.py:mine", 0)):  # none and all of them are good enough
        ended = rlvr("curate", "in.jsonl", "--reward", name, "--min-score", "0.5", "--to", shop / "tasks.jsonl")
        assert ended.code == code, ended.all


def test_diff_says_where_to_look_when_the_code_is_the_same(rlvr, shop):
    source = """
from pathlib import Path
from rlvr import reward


@reward("mine.short")
def short(sample):
    return len(sample.completion) < int(Path(__file__).with_name("limit.txt").read_text())
"""
    for folder, limit in (("old", "3"), ("new", "4")):
        (shop / folder).mkdir()
        (shop / folder / "mine.py").write_text(source)
        (shop / folder / "limit.txt").write_text(limit)
    written(shop / "in.jsonl", [{"completion": "xxx"}])
    ended = rlvr("diff", "old/mine.py:short", "new/mine.py:short", "in.jsonl")
    assert ended.code == 1, ended.all
    assert "Both have one identity" in plain(ended.out)
    assert "depends=[Path(...)]" in plain(ended.out)


VERSION = """
import limits
from rlvr import Verdict, reward


@reward("mine.short")
def short(sample):
    n = len(sample.completion)
    return Verdict.right("short") if n < limits.LIMIT else Verdict.wrong(f"{n} is no less than {limits.LIMIT}")
"""


def test_diff_of_two_versions_with_one_name_and_neighbours_of_one_name(rlvr, shop):
    for folder, limit in (("old", 3), ("new", 4)):
        (shop / folder).mkdir()
        (shop / folder / "mine.py").write_text(VERSION)
        (shop / folder / "limits.py").write_text(f"LIMIT = {limit}\n")
    written(shop / "in.jsonl", [{"completion": "x" * n} for n in (1, 3, 9)])
    ended = rlvr("diff", "old/mine.py:short", "new/mine.py:short", "in.jsonl")
    assert ended.code == 1, ended.all
    said = plain(ended.out)
    assert "1 of 3 verdicts changed; 1 of the others have another explanation" in said
    assert "in.jsonl:2 reference None xxx - 0 3 is no less than 3 + 1" in said
    assert "depends" not in said  # the neighbours are part of the identities
    found = json.loads(rlvr("diff", "old/mine.py:short", "new/mine.py:short", "in.jsonl", "--json").out)
    assert (found["compared"], found["changed"], found["reworded"]) == (3, 1, 1)
    assert found["rows"][0]["old"]["explanation"] == "3 is no less than 3"
    assert rlvr("diff", "old/mine.py:short", "old/mine.py:short", "in.jsonl").code == 0


def test_these_verbs_load_neither_torch_nor_transformers(shop):
    written(shop / "in.jsonl", PRICES)
    written(shop / "tasks.jsonl", [{"prompt": "Price?", "reference": "1 EUR"}])
    calls = [
        ["list"],
        ["show", "rewards.py:price"],
        ["score", "rewards.py:price", "in.jsonl"],
        ["profile", "rewards.py:price", "in.jsonl"],
        ["diff", "rewards.py:price", "rewards.py:price", "in.jsonl"],
        ["validate", "tasks.jsonl", "--reward", "rewards.py:price"],
    ]
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from rlvr.cli import main
if __name__ == "__main__":
    for words in {calls!r}:
        try:
            main(words)
        except SystemExit as ended:
            assert not ended.code, (words, ended.code)
        assert not {{"torch", "transformers", "ray"}} & set(sys.modules), words
"""
    (shop / "calls.py").write_text(code)
    ended = subprocess.run([sys.executable, "calls.py"], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
