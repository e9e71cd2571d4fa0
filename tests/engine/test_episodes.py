"""Conversations with environments: what is drawn, what of it is learned from, and what its reward sees."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from rlvr import Message, Task, group_reward, reward
from rlvr.config import load
from rlvr.engine.policy.model import stop_ids
from rlvr.engine.rollout.episode import Conversation, Episode, encode_example
from rlvr.engine.rollout.generation import Sampling
from rlvr.engine.rollout.prompts import encode_task
from rlvr.engine.run.actors import InlineActors
from rlvr.engine.run.collect import collect
from rlvr.engine.run.loop import resume, train
from rlvr.engine.run.rows import rollout_rows
from rlvr.engine.run.scorers import Scorers
from rlvr.engine.update.experience import train_batch
from rlvr.engine.update.update import UpdateReport
from rlvr.envs.guess import Guess
from rlvr.errors import ConfigError, ErrorBudgetError, RewardFailedError
from rlvr.verdict import Status
from tests.trajectory import numbers, samples

from .conftest import SMALL, furthest, weights_of

EOS = 2


class Echo:
    """Says how often it was spoken to, three times; a turn that begins with `x` ends the conversation."""

    max_turns = 4

    def __init__(self):
        self.heard = []

    def reply(self, task, turns):
        self.heard.append(turns)
        if turns[-1].content.startswith("x"):
            return None
        return f"{(len(turns) + 1) // 2};"


class Broken(Echo):
    """Fails for one task only."""

    def reply(self, task, turns):
        if task.id == "b":
            raise RuntimeError("the board is gone")
        return super().reply(task, turns)


@reward("tests.talkative")
def talkative(sample):
    return len(sample.prompt) > 1 if isinstance(sample.prompt, tuple) else False


@pytest.fixture
def episode(tokenizer):
    """Makes an episode, and what says a text in it."""

    def made(env, prompt="go:", budget=40):
        encoded = replace(encode_task(tokenizer, Task(prompt, id="a"), 32), env=env)
        episode = Episode(tokenizer, (EOS,), encoded, budget)

        def say(text, *, ended=True):
            ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], *([EOS] if ended else [])]
            return episode.add(ids, [-0.5] * len(ids))

        return episode, say

    return made


def test_what_the_model_wrote_stays_and_the_reply_stands_between(episode, tokenizer):
    talk, say = episode(Echo())
    assert say("ab")
    assert say("c")
    assert not say("x")
    written = tokenizer.convert_ids_to_tokens(talk.ids)
    assert "".join(written) == "ab<eos>1;c<eos>2;x<eos>"
    assert [int(own) for own in talk.drawn] == [1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
    assert talk.log_probs == [-0.5 if own else 0.0 for own in talk.drawn]
    assert talk.prompt[: len(talk.task.ids)] == list(talk.task.ids)
    sample = talk.conversation().sample(talk.task.task, id="a#0", group="a/0")
    assert [(one.role, one.content) for one in sample.prompt] == [
        ("user", "go:"),
        ("assistant", "ab"),
        ("user", "1;"),
        ("assistant", "c"),
        ("user", "2;"),
    ]
    assert (sample.completion, sample.answer, sample.truncated, sample.n_tokens) == ("x", "x", False, 11)


def test_a_conversation_that_is_over_at_once_is_a_single_completion(episode):
    talk, say = episode(Echo())
    assert not say("x")
    assert talk.conversation().sample(talk.task.task, id="", group="").prompt == "go:"
    assert talk.completion(0).drawn is None


def test_it_ends_with_max_turns_and_that_is_no_truncation(episode):
    talk, say = episode(env := Echo())
    assert [say("a") for _ in range(4)] == [True, True, True, False]
    assert len(env.heard) == 3
    assert not talk.conversation().truncated


@pytest.mark.parametrize(
    ("budget", "turns", "length"),
    [
        (3, ["ab"], 3),  # no room for a reply
        (5, ["ab"], 3),  # room for a reply, and none for an answer to it
        (6, ["ab", "c"], 6),  # the second turn is cut
        (2, ["ab"], 2),  # the first one is
    ],
)
def test_without_room_it_is_truncated_and_no_reply_is_left_at_the_end(episode, budget, turns, length):
    talk, say = episode(Echo(), budget=budget)
    assert [say(text) for text in turns][-1] is False
    assert talk.conversation().truncated
    assert len(talk.ids) == talk.conversation().n_tokens == length
    assert talk.drawn[-1]


def test_a_turn_that_did_not_end_gets_no_reply(episode):
    talk, say = episode(env := Echo())
    assert not say("ab", ended=False)
    assert talk.conversation().truncated
    assert env.heard == []


def test_the_environment_hears_no_reasoning_and_the_reward_sees_the_last_one(episode):
    talk, say = episode(env := Echo(), budget=90)
    say("<think>b?</think>a")
    say("<think>never closed")
    say("<think>c?</think>x")
    assert [turns[-1].content for turns in env.heard] == ["a", "", "x"]
    sample = talk.conversation().sample(talk.task.task, id="", group="")
    assert (sample.completion, sample.answer) == ("<think>c?</think>x", "x")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (7, "its reply is int, neither a text nor None"),
        (None, "RuntimeError: the board is gone"),
        ("\ud800", "UnicodeEncodeError"),
    ],
)
def test_an_environment_that_fails_ends_the_conversation_without_a_verdict(episode, said, why):
    class Wrong(Echo):
        def reply(self, task, turns):
            if said is None:
                raise RuntimeError("the board is gone")
            return said

    talk, say = episode(Wrong())
    assert not say("a")
    assert why in talk.conversation().failure


def test_a_conversation_travels_as_text(episode):
    talk, say = episode(Echo())
    say("ab\n")
    assert Conversation.of_json(talk.conversation().as_json()) == talk.conversation()


@pytest.fixture(scope="module")
def chatty_dir(tmp_path_factory, model_dir):
    """The model, with a third of its tokens ending a turn."""
    folder = tmp_path_factory.mktemp("chatty") / "model"
    shutil.copytree(model_dir, folder)
    stop = [EOS, *range(70, 100, 2), *range(21, 31, 2)]
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": stop}))
    return folder


@pytest.fixture
def draw(config_of, chatty_dir, tokenizer):
    """Collects samples of three tasks, with an environment and rewards."""

    def made(env, *overrides, rewards=("tests.talkative",), seed=5, which=(True, True, True), size=4):
        config = config_of(f"model.path={chatty_dir}", "rollout.max_new_tokens=24", *overrides)
        actors = InlineActors(config)
        tasks = [
            replace(encode_task(tokenizer, Task(f"{name}=", id=name), 32), env=env if talks else None)
            for name, talks in zip("abc", which, strict=True)
        ]
        scorers = Scorers(config.scoring)
        kinds = {
            f"kind{i}" if i else "train": lambda task, name=name: scorers.of(name) for i, name in enumerate(rewards)
        }
        stop = stop_ids(chatty_dir, tokenizer)
        try:
            sampling = Sampling(config.rollout.max_new_tokens, seed=seed)
            found = collect(actors, tokenizer, stop, tasks, group_size=size, sampling=sampling, scorers=kinds)
        finally:
            scorers.close()
        return config, actors, found

    return made


def ids(rollouts):
    return [one.ids.tolist() for one in rollouts.completions]


def test_log_probabilities_are_those_of_the_whole_conversation(draw):
    config, actors, found = draw(Echo())
    assert max(one.turns for one in found.completions) > 2
    batch = train_batch(actors, config, lambda task: talkative, found)
    for one, anew in zip(found.completions, actors.log_probs(batch, reference=False), strict=True):
        own = np.ones(len(one.ids), dtype=bool) if one.drawn is None else one.drawn
        assert anew[own] == pytest.approx(one.log_probs[own], abs=1e-4)
        assert (one.log_probs[~own] == 0).all()


def test_draws_follow_from_the_place_and_not_from_who_draws_beside(draw):
    alone, together = (draw(Echo(), f"rollout.batch_size={size}")[2] for size in (1, 64))
    assert ids(alone) == ids(together)
    # Another task's conversation being over at once changes no other's draws.
    fewer = draw(Echo(), which=(True, False, True))[2]
    assert ids(fewer)[:4] + ids(fewer)[8:] == ids(together)[:4] + ids(together)[8:]
    assert ids(draw(Echo(), seed=6)[2]) != ids(together)


def test_who_talks_to_nobody_draws_what_was_always_drawn(draw):
    _, actors, found = draw(None)
    plain = [
        one for part in actors.generate([task.ids for task in found.tasks], 4, Sampling(24, seed=5)) for one in part
    ]
    assert ids(found) == [one.ids.tolist() for one in sorted(plain, key=lambda one: one.index)]
    assert all(one.drawn is None for one in found.completions)


def test_the_environments_tokens_are_in_no_sum_and_no_count(draw):
    def updated(change, *overrides):
        config, actors, found = draw(
            Echo(), "algorithm.old_log_probs=rollout", "algorithm.importance_cap=2", *overrides
        )
        batch = train_batch(actors, config, lambda task: talkative, found)
        batch.advantages[:] = np.linspace(-1, 1, len(batch.advantages))
        report = actors.update(change(batch))
        return weights_of(actors._worker), report.metrics, batch

    def strange(batch):
        values = [
            row if own is None else np.where(own, row, 3.0).astype(np.float32)
            for row, own in zip(batch.rollout_log_probs, batch.drawn, strict=True)
        ]
        return replace(batch, rollout_log_probs=values)

    for overrides in (["algorithm.kl.coef=0.1"], ["algorithm.entropy_coef=0.01", "engine.tokens_per_micro_batch=64"]):
        weights, metrics, batch = updated(lambda batch: batch, *overrides)
        others, same, _ = updated(strange, *overrides)
        assert furthest(weights, others) == 0
        assert metrics == same
        everything, _, _ = updated(lambda batch: replace(batch, drawn=()), *overrides)
        assert furthest(weights, everything) > 1e-5
    rows = np.arange(len(batch.completions))
    own = sum(
        len(one) if drawn is None else drawn.sum() for one, drawn in zip(batch.completions, batch.drawn, strict=True)
    )
    assert int(batch.mask(rows).sum()) == own < sum(map(len, batch.completions))


def test_kl_in_the_reward_is_charged_for_what_the_model_wrote(draw):
    settings = ["algorithm.kl.coef=0.5", "algorithm.kl.place=reward", "algorithm.kl.kind=k1", "optim.lr=0.02"]
    config, actors, found = draw(Echo(), *settings, "algorithm.advantage=dr_grpo")
    first = train_batch(actors, config, lambda task: talkative, found)
    first.advantages[:] = np.linspace(-1, 1, len(first.advantages))
    actors.update(first)
    charged = train_batch(actors, config, lambda task: talkative, found)
    policy, reference = (actors.log_probs(first, reference=which) for which in (False, True))
    own = [np.ones(len(one), bool) if drawn is None else drawn for one, drawn in zip(policy, first.drawn, strict=True)]
    paid = np.array([((a - b)[mask]).sum() for a, b, mask in zip(policy, reference, own, strict=True)])
    scores = np.array([verdict.score for verdict in found.verdicts["train"]]) - 0.5 * paid
    expected = (scores.reshape(3, 4) - scores.reshape(3, 4).mean(1, keepdims=True)).ravel()
    assert charged.advantages == pytest.approx(expected, abs=1e-3)


def test_a_sample_whose_environment_failed_is_an_error_and_leaves_the_loss(draw):
    config, actors, found = draw(Broken(), "scoring.max_error_rate=1", rewards=("tests.talkative", "text.repetition"))
    for verdicts in found.verdicts.values():
        failed = [verdict.status is Status.ERROR for verdict in verdicts]
        assert any(failed)
        assert not any(failed[:4] + failed[8:])
        assert all("the board is gone" in verdict.explanation for verdict in verdicts if verdict.score is None)
    batch = train_batch(actors, config, lambda task: talkative, found)
    assert batch.in_loss.tolist() == [verdict.score is not None for verdict in found.verdicts["train"]]


def test_failures_of_an_environment_are_counted_as_those_of_rewards_are(draw):
    class Gone(Echo):
        def reply(self, task, turns):
            raise RuntimeError("the board is gone")

    with pytest.raises(RewardFailedError, match="the board is gone"):
        draw(Gone(), "scoring.on_error=raise")
    with pytest.raises(ErrorBudgetError, match="the board is gone"):
        draw(Gone(), size=16)


def test_a_group_that_is_ranked_is_not_ranked_without_one_of_its_members(draw):
    @group_reward("tests.longest")
    def longest(samples):
        most = max(sample.n_tokens for sample in samples)
        return [sample.n_tokens == most for sample in samples]

    _, _, found = draw(Broken(), "scoring.max_error_rate=1", rewards=("tests.longest",))
    statuses = [verdict.status for verdict in found.verdicts["train"]]
    assert set(statuses[4:8]) == {Status.ERROR}
    assert {*statuses[:4], *statuses[8:]} == {Status.SCORED}


def test_rows_hold_the_conversation_and_what_they_hold_is_scored_alike(draw):
    config, actors, found = draw(Echo(), rewards=("tests.talkative",))
    batch = train_batch(actors, config, lambda task: talkative, found)
    rows = rollout_rows(found, batch, UpdateReport({}, {}), run="it", step=1, identities=["x"] * 12)
    assert max(row.turns for row in rows) > 2
    for row, one in zip(rows, found.completions, strict=True):
        prompt = json.loads(row.prompt) if row.turns > 1 else row.prompt
        assert row.n_tokens == len(one.ids)
        assert row.log_prob_sum == pytest.approx(float(one.drawn_log_probs.sum()))
        messages = tuple(Message(**message) for message in prompt) if row.turns > 1 else prompt
        assert len(messages) == 2 * row.turns - 1 if row.turns > 1 else True
        assert talkative.check(row.completion, prompt=messages).score == row.score


def test_the_chat_template_writes_what_stands_between_two_turns(tokenizer, draw):
    own = tokenizer.__class__.from_pretrained(tokenizer.name_or_path)
    own.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    own.chat_template = (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"  # noqa: E501
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    task = Task((Message("user", "go"),))
    end = own.convert_tokens_to_ids("<|im_end|>")
    episode = Episode(own, (EOS, end), replace(encode_task(own, task, 90), env=Echo()), 200)
    said = own("ab", add_special_tokens=False)["input_ids"]
    assert episode.add([*said, end], [-1.0] * 3)
    # As the template writes the whole chat; only what the model wrote is learned from.
    chat = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "ab"},
        {"role": "user", "content": "1;"},
    ]
    whole = own.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert own.decode(episode.prompt) == whole
    assert episode.prompt == own(whole, add_special_tokens=False)["input_ids"]
    assert episode.drawn[:3] == [True] * 3
    assert not any(episode.drawn[3:])
    # A turn that ended with another token gets the template's end all the same.
    other = Episode(own, (EOS, end), replace(encode_task(own, task, 90), env=Echo()), 200)
    other.add([*said, EOS], [-1.0] * 3)
    assert own.decode(other.ids) == "ab<eos><|im_end|>\n<|im_start|>user\n1;<|im_end|>\n<|im_start|>assistant\n"


def test_a_conversation_that_is_shown_is_learned_as_it_would_be_drawn(tokenizer):
    env = Guess()
    task = Task("abcdefg?", reference="e", id="a")
    shown = encode_example(tokenizer, task, 32, env)
    assert tokenizer.decode(shown.ids[1:]) == "abcdefg?d<eos>>f<eos><e<eos>"
    assert tokenizer.decode(shown.ids[shown.learned]) == "d<eos>f<eos>e<eos>"
    # Who shows nothing teaches its first turn.
    plain = encode_example(tokenizer, replace(task, demonstration="e"), 32, Echo())
    assert tokenizer.decode(plain.ids[1:]) == "abcdefg?e<eos>"


@pytest.fixture
def guessing(chatty_dir, tmp_path):
    """The configuration of a run over the packaged environment, in a folder of its own."""

    def made(name, *overrides):
        settings = [
            *SMALL,
            "data.env=guess",
            "data.holdout=0",
            f"model.path={chatty_dir}",
            "reward=games.guess",
            "eval.size=6",
            "eval.temperature=1",
            "rollout.max_new_tokens=24",
            f"run.dir={tmp_path}",
            f"run.name={name}",
        ]
        return load("quickstart", [*settings, *overrides], check=True)

    return made


def test_a_run_talks_in_training_and_in_evaluation_and_goes_on_as_it_would_have(guessing):
    whole = train(guessing("whole", "run.steps=4"))
    lines = numbers(whole.folder)
    assert all(line["turns/mean"] > 1 for line in lines if line["step"])
    assert whole.after["eval/turns"] > 1
    half = train(guessing("half", "run.steps=4", "run.checkpoint_every=2"))
    shutil.rmtree(half.folder / "checkpoints" / "step-00000004")
    again = resume(half.folder)
    assert again.finished
    assert samples(half.folder) == samples(whole.folder)
    assert "[user]" in again.report.read_text()


def test_wpo_refuses_what_it_cannot_pair(guessing):
    with pytest.raises(ConfigError, match="`guess` talks over several turns"):
        guessing("it", "stage=wpo")
