"""The reward that is asked for judges: in the embedded engine, in verl's reward worker, in its function, in TRL.

The file holds what a name alone would confuse: compositions, names that others have, functions without a name.
"""

import asyncio
import json
import textwrap

import pytest

from rlvr import get_reward, registered, registry
from rlvr.bridges import as_trl
from rlvr.config.schema import ScoringConfig, TrainConfig
from rlvr.engine.run.scorers import Scorers
from rlvr.errors import DataError, RewardDefinitionError, UnknownRewardError
from rlvr.sample import Sample, Task, sample_of
from rlvr.verl.data.rows import row_of
from rlvr.verl.judging import Judge
from rlvr.verl.reward_function import compute_score
from rlvr.verl.settings.preparing import export_tasks

REWARDS = """
    from rlvr import Verdict, batch_reward, clip, gate, get_reward, group_reward, minimum, reward, watch

    @reward("shop.a")
    def a(sample):
        return Verdict({a}, explanation="a of this file", metrics={{"length": len(sample.completion)}})

    @reward("shop.b")
    def b(sample):
        return 0.5 if sample.answer == sample.reference else 0.0

    @reward("math.final_number")
    def mine(sample):
        return 0.25

    @reward("shop.slow", isolate="process", timeout=20.0)
    def isolated(sample):
        return len(sample.completion) / 10

    @reward("shop.later")
    async def later(sample):
        return sample.completion == "42"

    @batch_reward("shop.batch")
    def batched(samples):
        return [len(sample.completion) / 10 for sample in samples]

    @group_reward("shop.group")
    def shortest(samples):
        least = min(len(sample.completion) for sample in samples)
        return [len(sample.completion) == least for sample in samples]

    def plain(sample):
        return sample.completion.count("2") / 10

    @reward("shop.broken")
    def broken(sample):
        raise KeyError("price")

    both = 0.5 * a + 0.5 * b
    gated = gate(b, then=0.5 * mine + 0.5 * batched, threshold=0.5)
    least = minimum(b, later, isolated)
    clipped = clip(a + b, 0.0, 0.9)
    watched = watch(b, beside=mine)
    half = 0.5 * broken + 0.5 * a
    packaged = get_reward("math.final_number")
    ranked = 0.5 * a + 0.5 * shortest
"""
ALONE = ["a", "b", "mine", "isolated", "later", "batched", "plain", "broken", "packaged"]
COMPOSED = ["both", "gated", "least", "clipped", "watched", "half"]
COMPLETIONS = ["42", "41", "2222", "", "4"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The file, and another of the same name with another `shop.a` in it."""
    monkeypatch.setattr(registered, "by_file", {})
    for folder, score in (("one", 1.0), ("two", 0.125)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rewards.py").write_text(textwrap.dedent(REWARDS).format(a=score))
    return tmp_path


@pytest.fixture
def references(files):
    ours = [f"{files}/one/rewards.py:{name}" for name in (*ALONE, *COMPOSED)]
    return [*ours, f"{files}/two/rewards.py:a", f"{files}/two/rewards.py:both", "math.final_number", "text.exact"]


def task_of(reference):
    return Task("6*7=", reference="42", reward=reference, id=reference.rpartition(":")[2])


def embedded(reference):
    """Verdicts as a run of the embedded engine has them: whole groups go to the scorer of the task's reward."""
    with Scorers(ScoringConfig(workers=1, on_error="mask", max_error_rate=1.0)) as scorers:
        samples = [sample_of(task_of(reference), completion) for completion in COMPLETIONS]
        return [verdict.as_dict() for verdict in scorers.of(reference).score(samples)]


def timeless(verdict):
    """A verdict without what differs from call to call."""
    parts = {name: timeless(part) for name, part in verdict.get("components", {}).items()}
    return {key: value for key, value in verdict.items() if key != "elapsed"} | {"components": parts}


def by_judge(references, folder):
    """Verdicts as they are written down by the judge of verl's reward actors, and what it tells verl."""

    async def all_of_them():
        asked = [(reference, text) for reference in references for text in COMPLETIONS]
        return await asyncio.gather(
            *(judge.judge(sample_of(task_of(name), text, id=f"{name}#{text}"), name) for name, text in asked)
        )

    config = TrainConfig()
    config.scoring.max_error_rate, config.scoring.workers = 1.0, 1
    judge = Judge(config, folder)
    try:
        told = asyncio.run(all_of_them())
    finally:
        judge.close()
    (file,) = (folder / "judged").iterdir()
    lines = {line["id"]: line for line in map(json.loads, file.read_text().splitlines())}
    return told, {name: [lines[f"{name}#{text}"] for text in COMPLETIONS] for name in references}


def test_the_judge_and_the_embedded_engine_agree_verdict_by_verdict(references, files):
    told, lines = by_judge(references, files)
    scores = iter(told)
    for reference in references:
        expected = [timeless(verdict) for verdict in embedded(reference)]
        assert [timeless(line["verdict"]) for line in lines[reference]] == expected, reference
        assert {line["reward"] for line in lines[reference]} == {get_reward(reference).identity}
        assert {line["name"] for line in lines[reference]} == {get_reward(reference).name}
        for verdict in expected:
            found = next(scores)
            assert found.told["acc"] == verdict["score"]
            assert found.reward == verdict["score"] or (found.reward != found.reward and verdict["score"] is None)


def test_what_is_asked_for_is_what_it_looks_like(files):
    """Numbers by hand, so that all engines are not wrong alike."""
    first = {name: embedded(f"{files}/one/rewards.py:{name}")[0]["score"] for name in (*ALONE, *COMPOSED)}
    assert first == {
        **{"a": 1.0, "b": 0.5, "mine": 0.25, "isolated": 0.2, "later": 1.0, "batched": 0.2, "plain": 0.1},
        **{"broken": None, "packaged": 1.0},
        **{"both": 0.75, "gated": 0.225, "least": 0.2, "clipped": 0.9, "watched": 0.5, "half": None},
    }
    assert embedded(f"{files}/two/rewards.py:a")[0]["score"] == 0.125
    assert embedded("math.final_number")[0]["score"] == 1.0


def test_the_function_and_trl_get_the_same_scores(references):
    async def asked(reference):
        return [await compute_score("shop", text, "42", {}, reward=reference) for text in COMPLETIONS]

    for reference in references:
        expected = [verdict["score"] for verdict in embedded(reference)]
        if "broken" not in reference and "half" not in reference:  # more failures than a run may have
            found = asyncio.run(asked(reference))
            assert [one["score"] for one in found] == expected, reference
            trl = as_trl(get_reward(reference), workers=1)
            prompts, column = ["6*7="] * len(COMPLETIONS), ["42"] * len(COMPLETIONS)
            assert trl(prompts=prompts, completions=COMPLETIONS, reference=column) == expected, reference


@pytest.mark.slow
def test_verls_reward_worker_agrees_verdict_by_verdict(references, worker, trajectory, tmp_path):
    made = worker("scoring.max_error_rate=1")
    data = [
        trajectory(made, task_of(reference), text, uid=reference, session=place)
        for reference in references
        for place, text in enumerate(COMPLETIONS)
    ]

    async def all_of_them():
        return await asyncio.gather(*(made.compute_score(one) for one in data))

    told = iter(made.loop.run_until_complete(all_of_them()))
    (file,) = (tmp_path / "judged").iterdir()
    lines = {
        (line["group"], line["id"].rpartition("#")[2]): line for line in map(json.loads, file.read_text().splitlines())
    }
    for reference in references:
        expected = [timeless(verdict) for verdict in embedded(reference)]
        found = [timeless(lines[reference, str(place)]["verdict"]) for place in range(len(COMPLETIONS))]
        assert found == expected, reference
        assert [next(told)["reward_extra_info"]["acc"] for _ in COMPLETIONS] == [one["score"] for one in expected]


@pytest.mark.parametrize("name", ["shortest", "ranked"])
def test_group_rewards_are_judged_whole_by_one_engine_and_refused_by_the_other(files, name):
    reference = f"{files}/one/rewards.py:{name}"
    scores = [verdict["score"] for verdict in embedded(reference)]
    assert scores == ([0, 0, 0, 1, 0] if name == "shortest" else [0.5, 0.5, 0.5, 1.0, 0.5])
    with pytest.raises(RewardDefinitionError, match="compares the samples of a group"):
        asyncio.run(compute_score("shop", "42", "42", {}, reward=reference))
    with pytest.raises(RewardDefinitionError, match="compares the samples of a group"):
        export_tasks([task_of(reference)], files / "tasks.parquet")
    _, lines = by_judge([reference], files)
    assert {line["verdict"]["status"] for line in lines[reference]} == {"error"}
    assert "compares the samples of a group" in lines[reference][0]["verdict"]["explanation"]


def test_a_name_that_is_none_is_an_error_that_names_the_nearest(files):
    for asked in ({"reward": "math.anwser"}, {}):
        with pytest.raises(UnknownRewardError, match=r"Did you mean `math\.answer`"):
            asyncio.run(compute_score("math.anwser", "a", "b", {}, **asked))
    with pytest.raises(UnknownRewardError, match="Did you mean `later`"):
        asyncio.run(compute_score("x", "a", "b", {}, reward=f"{files}/one/rewards.py:latr"))
    _, lines = by_judge(["math.anwser"], files)
    assert "Did you mean `math.answer`" in lines["math.anwser"][0]["verdict"]["explanation"]
    with pytest.raises(DataError, match="names no reward"):
        export_tasks([Task("6*7=")], files / "tasks.parquet")


def test_a_name_that_only_this_process_knows_travels_as_its_file(files, monkeypatch, tmp_path):
    get_reward(f"{files}/one/rewards.py:a")
    assert row_of(Task("6*7="), 0, "shop.later")["data_source"] == f"{files}/one/rewards.py:later"
    assert row_of(Task("6*7="), 0, "math.final_number")["data_source"] == "math.final_number"
    monkeypatch.chdir(files)
    assert row_of(Task("6*7="), 0, "one/rewards.py:both")["data_source"] == f"{files}/one/rewards.py:both"
    (tmp_path / "shop_module.py").write_text(textwrap.dedent(REWARDS).format(a=1.0).replace("math.final", "my.final"))
    monkeypatch.syspath_prepend(str(tmp_path))
    found = get_reward("shop_module:batched")
    assert registry.pinned("shop.batch") == "shop_module:batched"
    assert get_reward(registry.pinned("shop.batch")) is found


def test_a_reward_is_itself_and_a_function_is_what_its_file_makes_of_it(files):
    both = get_reward(f"{files}/one/rewards.py:both")
    assert get_reward(both) is both
    plain = get_reward(f"{files}/one/rewards.py:plain")
    assert get_reward(plain.function) is plain
    assert get_reward(len_of_it).check("abc").score == 1.0
    assert get_reward(len_of_it) is get_reward(len_of_it)
    with pytest.raises(UnknownRewardError, match="no name that a reward could have"):
        get_reward(lambda sample: 1.0)


def len_of_it(sample):
    return min(1.0, float(len(Sample(sample.completion).completion)))
