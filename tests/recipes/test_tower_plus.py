"""Tower+'s recipes as they are shipped, on the example data that `rlvr data init` writes."""

import json
import re
from collections import Counter

import pytest

from rlvr.config import load
from rlvr.config.validation import validate
from rlvr.data import read_sources
from rlvr.data.selection import select
from rlvr.engine.run.chain import train_chain
from rlvr.recipes.tower_plus.example import write_example
from rlvr.recipes.tower_plus.example.sentences import LANGUAGES
from rlvr.recipes.tower_plus.example.writing import PAIRS
from rlvr.rows.files import open_rows
from rlvr.scoring import Scorer
from rlvr.tasks import read_tasks
from rlvr.verl.rehearsal.checks import small_model
from tests.trajectory import samples

# What a CPU cannot do, or not in seconds; nothing of the data and none of the rewards.
SMALL = """
engine.ranks=1 engine.actors=inline engine.device=cpu engine.threads=1 scoring.workers=1 eval.size=2
run.tensorboard=false run.checkpoint_every=0
stages.cpt.cpt.steps=1 stages.cpt.cpt.batch_size=2 stages.cpt.cpt.sequence_tokens=256
stages.cpt.cpt.optim.warmup_steps=0
stages.sft.sft.steps=1 stages.sft.sft.batch_size=4 stages.sft.sft.optim.warmup_steps=0
stages.wpo.wpo.steps=1 stages.wpo.wpo.batch_size=6 stages.wpo.wpo.optim.warmup_steps=0
stages.grpo.run.steps=1 stages.grpo.algorithm.prompts_per_step=4 stages.grpo.algorithm.group_size=2
stages.grpo.optim.warmup_steps=0 stages.grpo.rollout.max_new_tokens=12 stages.wpo.rollout.max_new_tokens=300
"""


@pytest.fixture
def example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_example(tmp_path / "data", rows=12)
    return tmp_path


# That of 2b is in tests/docs/test_tower_plus.py.
@pytest.mark.parametrize(("size", "attention"), [("9b", "eager"), ("72b", "sdpa")])
def test_all_stages_go_through_as_shipped(example, size, attention):
    recipe = f"tower_plus/{size}"
    small_model(load(recipe), example / "model")
    words = [*SMALL.split(), f"model.attention={attention}", "model.path=model", "run.name=all", "stage=all"]
    done = train_chain(recipe, words)
    assert [run.folder.name for run in done.runs] == ["cpt", "sft", "wpo", "grpo"]
    assert (done.model / "model.safetensors").is_file()

    mixture = json.loads((done.folder / "cpt" / "mixture-cpt.json").read_text())["sources"]
    assert set(mixture["monolingual"]["languages"]) == set(LANGUAGES)
    assert set(mixture["parallel"]["languages"]) == {"/".join(pair) for pair in PAIRS}

    wpo, grpo = done.runs[2:]
    judges = {row["reward"].split("@")[0] for row in samples(wpo.folder)}
    assert judges == {"given", "mt.quality"}
    pairs = map(json.loads, (wpo.folder / "pairs" / "step-000001.jsonl").read_text().splitlines())
    given = [pair for pair in pairs if (pair["chosen_score"], pair["rejected_score"]) == (9, 2)]
    assert len(given) == 3
    rewards = Counter(row["reward"].split("@")[0] for row in samples(grpo.folder))
    assert rewards == {"math.answer": 2, "instructions.follow": 2, "mt.follow": 2, "mt.preference": 2}
    assert {row["status"] for row in samples(grpo.folder)} == {"scored"}


def test_the_shares_of_the_paper(example):
    cpt, sft = (read_sources(load("tower_plus/2b", [f"stage={stage}"]).data.mixture) for stage in ("cpt", "sft"))
    assert {source.name: source.weight for source in cpt} == {"monolingual": 66, "parallel": 33, "instructions": 1}
    assert {source.name: source.weight for source in sft} == {"translation": 22, "general": 78}


def test_without_data_every_file_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for stage, count in {"cpt": 3, "sft": 2, "wpo": 2, "grpo": 3}.items():
        problems = validate(load("tower_plus/2b", [f"stage={stage}"]))
        assert sum("data/" in problem for problem in problems) == count, problems
        assert any("`rlvr data init data` writes an example" in problem for problem in problems)


def test_the_example_is_what_it_says(example):
    for stage in ("cpt", "sft"):
        for source in read_sources(load("tower_plus/2b", [f"stage={stage}"]).data.mixture):
            found = select(source, open_rows(source.path), None)
            assert found.dropped == {}, source.name
    tasks = read_tasks("data/grpo/mathematics.jsonl")
    assert len({task.data["language"] for task in tasks}) == len(LANGUAGES)
    for task in tasks:
        numbers = [int(word) for word in re.findall(r"\d+", task.prompt)]
        assert int(task.reference) == sum(numbers)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("grpo/translation_instructions", "mt.follow"),
        ("grpo/translation_preference", "mt.preference"),
        ("wpo/translation", "mt.quality"),
    ],
)
def test_every_reference_of_the_example_is_right(example, file, name):
    from rlvr import registry
    from rlvr.sample import sample_of

    tasks = read_tasks(f"data/{file}.jsonl")
    assert len(tasks) >= 12
    with Scorer(registry.get(name)) as scorer:
        assert {verdict.score for verdict in scorer.score([sample_of(task, task.reference) for task in tasks])} == {1.0}


def test_an_example_is_the_same_each_time_and_never_written_over(tmp_path):
    from rlvr.errors import DataError

    first, again, other = (
        write_example(tmp_path / name, rows=8, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first == again == other
    texts = [(tmp_path / name / "cpt/monolingual/texts.jsonl").read_text() for name in "abc"]
    assert texts[0] == texts[1] != texts[2]
    with pytest.raises(DataError, match="is there already, with something in it"):
        write_example(tmp_path / "a")
