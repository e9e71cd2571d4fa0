"""Runs over several sources of tasks: proportions, rewards of their own, replaced groups, and going on after a stop."""

import json
from collections import Counter
from pathlib import Path

import pytest

from rlvr.engine.policy import checkpoint
from rlvr.engine.run.collect import joined
from rlvr.engine.run.loop import resume, train
from rlvr.engine.run.session import Session
from rlvr.errors import CheckpointError, ConfigError
from rlvr.observe.run_folder import RunFolder
from rlvr.recipes.grpo import Grpo
from tests.trajectory import numbers, samples


def rows(file, name, count):
    lines = [
        {"id": f"{name}-{i}", "prompt": f"{name}{i}=", "reference": "q", "demonstration": "q"} for i in range(count)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


@pytest.fixture
def sources_of(config_of, reward_file, tmp_path):
    """A configuration with three sources: two files and an environment, judged by three rewards."""
    words = rows(tmp_path / "words.jsonl", "w", 7)
    never = rows(tmp_path / "never.jsonl", "n", 6)
    given = {
        "words": f"{{tasks: '{words}', reward: '{reward_file}:lower', weight: 2, holdout: 2}}",
        "never": f"{{tasks: '{never}', reward: text.exact, eval: '{words}'}}",
        "sums": f"{{env: arithmetic, env_args: {{digits: 1}}, reward: '{reward_file}:early'}}",
    }
    own = [f"data.sources.{name}={text}" for name, text in given.items()]
    return lambda *more: config_of(
        "data.tasks=null",
        "data.holdout=0",
        "reward=",
        "eval.size=2",
        "algorithm.prompts_per_step=4",
        "run.steps=6",
        *own,
        *more,
    )


def source_of(row):
    return {"w": "words", "n": "never", "a": "sums"}[row["task_id"][0]]


def test_proportions_are_exact_at_every_step_and_each_source_has_its_reward_and_its_numbers(sources_of):
    done = train(sources_of())
    drawn = samples(done.folder)
    for step in range(1, 7):
        groups = {(row["group"], source_of(row)) for row in drawn if row["step"] == step}
        assert Counter(name for _, name in groups) == {"words": 2, "never": 1, "sums": 1}
    rewards = {(source_of(row), row["reward"].split("@")[0]) for row in drawn}
    assert rewards == {("words", "tests.lower"), ("never", "text.exact"), ("sums", "tests.early")}
    first, *_, last = [line for line in numbers(done.folder) if line["step"]]
    for line in (first, last):
        assert line["sources/never/reward"] == line["sources/never/solved"] == line["sources/never/usable"] == 0
        assert line["sources/words/usable"] == 1
        assert line["sources/words/groups"] == 2
        own = [row for row in drawn if row["step"] == line["step"] and source_of(row) == "words"]
        assert line["sources/words/reward"] == pytest.approx(sum(row["score"] for row in own) / len(own))
        assert line["sources/words/length"] == pytest.approx(sum(row["n_tokens"] for row in own) / len(own))
    assert done.before["eval/tasks"] == 6
    scores = [done.before[f"eval/strict/{name}"] for name in ("words", "never", "sums")]
    assert scores[0] > scores[1] == 0
    assert done.before["eval/strict"] == pytest.approx(sum(scores) / 3)
    page = done.report.read_text()
    assert "held out, never" in page
    assert "Reward by source" in page


RICH = [
    "algorithm.redraws=2",
    "algorithm.mini_batches=2",
    "algorithm.reward_scale=rms",
    "algorithm.scale_by_std=false",
    "data.curriculum.outside=0.2",
    "data.curriculum.low=0.55",
    "data.sources.words.loss_weight=3",
]


@pytest.mark.parametrize("step", [0, 2, 3])
def test_a_run_that_is_stopped_draws_what_one_that_was_not_would(sources_of, monkeypatch, step):
    whole = train(sources_of(*RICH, "run.name=whole", "run.checkpoint_every=1"))
    honest = Grpo.step

    def crashed(self, number):
        if number == step + 1:
            raise SystemExit
        return honest(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Grpo, "step", crashed)
        with pytest.raises(SystemExit):
            train(sources_of(*RICH, "run.checkpoint_every=1"))
    folder = Path(sources_of().run.dir) / "it"
    assert resume(folder).finished
    assert numbers(folder) == numbers(whole.folder)
    assert samples(folder) == samples(whole.folder)
    places = checkpoint.read_state(checkpoint.newest(folder / "checkpoints"))["positions"]["grpo"]
    assert {name: place["turns"] for name, place in places.items()} == {"words": 12, "never": 6, "sums": 6}
    assert set(places["never"]["rates"].values()) == {0.0}
    assert places["never"]["passed_over"] > 0
    assert places["words"]["rates"]
    assert places["sums"]["rates"] == {}


def test_groups_that_teach_nothing_are_replaced_from_their_own_source(sources_of):
    done = train(sources_of("algorithm.redraws=2", "run.steps=3"))
    lines = [line for line in numbers(done.folder) if line["step"]]
    for line in lines:
        # Nothing of `never` is ever right: its place is drawn for twice more, in vain.
        assert line["redraws/rounds"] == 2
        assert line["redraws/groups"] >= 2
        assert line["redraws/unfilled"] >= 1
        assert line["sources/never/groups"] == 3
    kept = samples(done.folder)
    for step in (1, 2, 3):
        groups = {(row["group"], source_of(row)) for row in kept if row["step"] == step}
        assert Counter(name for _, name in groups) == {"words": 2, "never": 1, "sums": 1}
    sums = [row for row in kept if source_of(row) == "sums"]
    by_group = {}
    for row in sums:
        by_group.setdefault((row["step"], row["group"]), set()).add(row["score"])
    # What could be replaced was: a group that is left without contrast is counted.
    unfilled = sum(len(scores) == 1 for scores in by_group.values())
    assert sum(line["redraws/unfilled"] for line in lines) == unfilled + 3


def test_without_redraws_nothing_is_drawn_twice_and_nothing_is_said_of_it(sources_of):
    done = train(sources_of("run.steps=1"))
    assert not [key for line in numbers(done.folder) for key in line if key.startswith("redraws/")]


def test_the_supervised_warm_up_takes_the_same_proportions(sources_of):
    config = sources_of("sft.steps=2", "run.steps=1")
    done = train(config)
    places = checkpoint.read_state(checkpoint.newest(done.folder / "checkpoints"))["positions"]
    assert {name: place["turns"] for name, place in places["sft"].items()} == {"words": 4, "never": 2, "sums": 2}


def test_a_run_goes_on_with_its_own_sources_only(sources_of):
    done = train(sources_of("run.steps=1"))
    state = checkpoint.newest(done.folder / "checkpoints") / checkpoint.STATE
    state.write_text(
        state.read_text().replace('"words": {', '"others": {', 1).replace('"stage_done": true', '"stage_done": false')
    )
    config = done.folder / "config.yaml"
    config.write_text(config.read_text().replace("steps: 1\n", "steps: 2\n", 1))
    with pytest.raises(CheckpointError, match="of tasks from others, never, sums, and the configuration's from words"):
        resume(done.folder)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("data.sources.words.wieght=2", "data.sources.words.wieght: there is no such key. Did you mean `weight`?"),
        ("data.sources.words.weight=0", "data.sources.words.weight: `0` must be above 0."),
        ("data.sources.words.holdout=7", "data.sources.words.holdout: `7` of 7 tasks leaves none to train on."),
        ("data.sources.words.tasks=no.jsonl", "data.sources.words.tasks: there is no file `no.jsonl` (looked in "),
        ("data.sources.words.reward=text.exat", "data.sources.words.reward: there is no reward `text.exat`. Did you"),
        ("data.sources.words.format=gsm8", "data.sources.words.format: there is no `gsm8`. Did you mean `gsm8k`?"),
        ("data.sources.never.eval=no.jsonl", "data.sources.never.eval: there is no file `no.jsonl`"),
        ("data.sources.words.reward=null", "data.sources.words.reward: `None` is no str."),
        ("data.sources.words.chat=1", "data.sources.words.chat: `1` is no bool."),
        ("data.sources.words.env=arithmetic", "data.sources.words.tasks: the tasks come from env=arithmetic already"),
        (
            "data.sources.sums.env=aritmetic",
            "data.sources.sums.env: there is no `aritmetic`. Did you mean `arithmetic`",
        ),
        (
            "data.sources.sums.env_args.digit=2",
            "data.sources.sums.env_args.digit: `arithmetic` takes no such argument.",
        ),
        ("data.sources.sums.holdout=3", "data.sources.sums.holdout: counts rows of data.sources.sums.tasks; an env"),
        ("data.sources.sums.reward=", "data.sources.sums.reward: set it to the name of a reward; arithmetic/train/3/0"),
        (
            "data.sources.a/b={env: arithmetic, reward: text.exact}",
            "data.sources.a/b: a source's name is part of a met",
        ),
        ("data.sources.more=words", "data.sources.more: `words` is no source; it is a mapping"),
        ("data.env=arithmetic", "data.env: data.sources says where the tasks come from, source by source; drop data.e"),
        ("data.curriculum.low=0.95", "data.curriculum.low: `0.95` is above data.curriculum.high=0.9."),
        ("algorithm.redraws=-1", "algorithm.redraws: `-1` must be at least 0."),
        ("algorithm.reward_scale=rmss", "algorithm.reward_scale: there is no `rmss`. Did you mean `rms`?"),
    ],
)
def test_what_is_wrong_with_a_source_is_named(sources_of, override, problem):
    with pytest.raises(ConfigError) as error:
        sources_of(override)
    assert problem in str(error.value)


def test_tasks_that_show_nothing_cannot_be_imitated(sources_of):
    with pytest.raises(ConfigError) as error:
        sources_of("sft.steps=1", "data.sources.more={env: instructions}")
    assert "data.sources.more.env: its tasks have no `demonstration` to learn from, such as inst" in str(error.value)


def test_problems_of_several_sources_are_told_together(sources_of):
    with pytest.raises(ConfigError) as error:
        sources_of("data.sources.words.weight=-1", "data.sources.never.lose_weight=2", "algorithm.group_size=1")
    assert len(error.value.problems) == 3


def test_rounds_of_a_step_do_not_share_their_draws(config_of, tmp_path):
    """The same task once more is drawn anew: what was equal may differ then."""
    file = rows(tmp_path / "one.jsonl", "n", 1)
    config = config_of(f"data.tasks={file}", "data.holdout=0", "reward=text.exact", "algorithm.redraws=2")
    session = Session(config, RunFolder.create(tmp_path, "run", ""))
    rounds, places = Grpo(session)._rounds(0)
    session.close()
    assert len(rounds) == 3
    assert places == [(0, 0), (0, 1), (0, 2)]
    texts = [[sample.completion for sample in found.samples] for found in rounds]
    assert texts[0] != texts[1] != texts[2] != texts[0]
    mixed = joined(rounds, [(2, 1), (0, 2)])
    assert [sample.completion for sample in mixed.samples] == [*texts[2][4:8], *texts[0][8:12]]
    assert [completion.index for completion in mixed.completions] == list(range(8))
