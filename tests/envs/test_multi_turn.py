"""Environments that answer: which they are, and the one that is packaged."""

import pytest

from rlvr import environment, get_reward
from rlvr.environment import DemonstratedEnvironment, make, multi_turn
from rlvr.envs.guess import NO_GUESS, Guess
from rlvr.errors import ConfigError
from rlvr.sample import Message, sample_of


def play(env, task, player):
    """The conversation that `player` has, and what its reward says of it."""
    turns = []
    while True:
        turns.append(Message("assistant", player(task, tuple(turns))))
        said = env.reply(task, turns) if (len(turns) + 1) // 2 < env.max_turns else None
        if said is None:
            break
        turns.append(Message("user", said))
    prompt = (Message("user", task.prompt), *turns[:-1])
    sample = sample_of(task, turns[-1].content, prompt=prompt)
    return turns, get_reward("games.guess").check(sample.completion, reference=sample.reference, prompt=sample.prompt)


def test_who_halves_what_is_left_always_finds_the_letter_and_wastes_nothing():
    env = Guess()
    for index in range(200):
        _, verdict = play(env, env.train(index, seed=0), env.demonstrate)
        assert (verdict.score, verdict.metrics["wasted"]) == (1.0, 0.0)


def test_who_does_not_listen_finds_three_of_seven():
    env = Guess()
    found = [play(env, env.train(i, 0), lambda task, turns: task.prompt[len(turns)])[1].score for i in range(700)]
    assert 0.37 < sum(found) / 700 < 0.49


def test_a_guess_that_is_none_is_told_so_and_costs_a_turn():
    env = Guess()
    task = env.train(0, seed=0)
    turns, verdict = play(env, task, lambda task, turns: "" if turns else "zz")
    assert [turn.content for turn in turns if turn.role == "user"] == [NO_GUESS, NO_GUESS]
    assert (verdict.score, verdict.metrics) == (0.0, {"guesses": 3.0, "wasted": 3.0})


def test_a_row_is_on_one_side_whatever_letter_is_meant():
    env = Guess(length=3)
    seen = {env.train(index, seed=index % 3).prompt for index in range(3000)}
    kept = {env.held_out(index, seed=index % 5).prompt for index in range(3000)}
    assert not seen & kept
    assert all(len(set(prompt[:-1])) == 3 for prompt in seen)


def test_which_environments_answer():
    assert isinstance(multi_turn(make("guess", {})), DemonstratedEnvironment)
    assert multi_turn(make("guess", {"max_turns": 1})) is None
    assert multi_turn(make("strings", {})) is None


def test_wrong_arguments_are_named():
    with pytest.raises(ConfigError) as caught:
        make("guess", {"length": 27, "max_turns": 0})
    assert caught.value.problems == (
        "data.env_args.length: `27` must be from 2 to 26.",
        "data.env_args.max_turns: `0` must be at least 1.",
    )


def test_a_reply_without_an_end_is_refused(monkeypatch):
    class Endless(Guess):
        max_turns = None

        def __init__(self):
            pass

    class Point:
        def load(self):
            return Endless

    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [Point()])
    with pytest.raises(ConfigError, match="has a `reply`, and no `max_turns` of at least 1"):
        environment.make("endless", {})
