"""Environments: no instance on both sides, the same tasks everywhere, and errors that name the argument."""

import subprocess
import sys

import pytest

from rlvr.environment import EnvironmentTasks, make, names
from rlvr.envs.arithmetic import OPERATIONS as SUMS
from rlvr.envs.arithmetic import Arithmetic
from rlvr.envs.drawing import is_held_out
from rlvr.envs.quickstart import Quickstart
from rlvr.envs.strings import OPERATIONS as JOBS
from rlvr.envs.strings import Strings
from rlvr.errors import ConfigError
from rlvr.tasks import TaskStream


def test_the_packaged_environments_are_found():
    assert {"arithmetic", "quickstart", "strings"} <= set(names())


@pytest.mark.parametrize(
    ("env", "draws"),
    [(Arithmetic(digits=2, operations=("+", "*")), 10_000), (Strings(length=3, alphabet="abcdefgh"), 2_000)],
)
def test_training_and_held_out_instances_never_coincide(env, draws):
    # With other seeds too, and both small spaces are drawn nearly empty.
    seen = {env.train(index, seed=index % 3).prompt for index in range(draws)}
    kept = {env.held_out(index, seed=index % 5).prompt for index in range(draws)}
    assert not seen & kept
    assert len(kept) > 40


def test_no_held_out_sum_is_given_away_by_its_mirror_image():
    env = Arithmetic(digits=1)
    seen = {env.train(index, seed=0).prompt for index in range(2000)}
    kept = {env.held_out(index, seed=0).prompt for index in range(2000)}
    assert len(seen | kept) == 100
    assert not kept & {f"{b}+{a}=" for a, b in (prompt[:-1].split("+") for prompt in seen)}


def test_about_one_instance_in_eight_is_held_out():
    assert 1150 < sum(is_held_out(f"{number // 100}+{number % 100}") for number in range(10_000)) < 1350


def test_a_run_sees_few_instances_twice():
    prompts = [Arithmetic(digits=3).train(index, seed=0).prompt for index in range(5000)]
    assert len(set(prompts)) > 4970


def test_tasks_are_the_same_in_every_process():
    program = "from rlvr.environment import make; print([make('quickstart', {}).train(i, 7).prompt for i in range(4)])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {"['008+008=', '727+029=', '008+247=', 'reverse(wqzept)=']\n"}


def test_tasks_are_pinned():
    assert [Arithmetic(digits=3).train(index, seed=1).prompt for index in range(3)] == [
        "422+561=",
        "287+439=",
        "63+774=",
    ]
    assert [Strings(length=5).held_out(index, seed=1).prompt for index in range(3)] == [
        "reverse(qpjzi)=",
        "reverse(widsl)=",
        "reverse(zvcfh)=",
    ]


@pytest.mark.parametrize("operation", SUMS)
@pytest.mark.parametrize("pad", [False, True])
def test_arithmetic_is_right(operation, pad):
    env = Arithmetic(digits=2, operations=(operation,), pad=pad)
    for index in range(200):
        task = env.train(index, seed=0)
        left, right = task.prompt.rstrip("=").split(operation)
        assert int(task.reference) == SUMS[operation](int(left), int(right))
        assert task.demonstration == task.reference
        assert task.data == {"operation": operation}


def test_padding_gives_one_width():
    tasks = [Arithmetic(digits=3, pad=True).train(index, seed=0) for index in range(300)]
    assert {(len(task.prompt), len(task.reference)) for task in tasks} == {(8, 4)}


@pytest.mark.parametrize("job", JOBS)
def test_strings_are_right(job):
    task = Strings(length=6, operations=(job,)).held_out(3, seed=2)
    text = task.prompt.removeprefix(f"{job}(").removesuffix(")=")
    expected = {"reverse": text[::-1], "copy": text, "sort": "".join(sorted(text))}[job]
    assert len(text) == 6
    assert task.reference == task.demonstration == expected


def test_the_quickstart_takes_turns():
    tasks = TaskStream(EnvironmentTasks(Quickstart(), seed=0, held_out=True), seed=0).take(10, 6)
    turns = [("strings", 2), *[("arithmetic", n) for n in (9, 10, 11)], ("strings", 3)]
    assert [task.id for task in tasks][-len(turns) :] == [f"{name}/held-out/0/{n}" for name, n in turns]


@pytest.mark.parametrize(
    ("name", "args", "problems"),
    [
        ("aritmetic", {}, ["data.env: there is no `aritmetic`. Did you mean `arithmetic`?"]),
        (
            "arithmetic",
            {"digit": 3},
            ["data.env_args.digit: `arithmetic` takes no such argument. Did you mean `digits`?"],
        ),
        ("arithmetic", {"digits": "three"}, ["data.env_args.digits: `three` is no int."]),
        (
            "arithmetic",
            {"digits": True, "pad": 1},
            ["data.env_args.digits: `True`", "data.env_args.pad: `1` is no bool."],
        ),
        ("arithmetic", {"operations": "+"}, ["data.env_args.operations: `+` is no list of str."]),
        (
            "arithmetic",
            {"digits": 0, "operations": ["+", "%"]},
            [
                "data.env_args.digits: `0` must be from 1",
                "data.env_args.operations: there is no `%`; it is one of +, -, *.",
            ],
        ),
        ("strings", {"alphabet": "aa"}, ["data.env_args.alphabet: `aa` must be"]),
        ("strings", {"alphabet": "a("}, ["data.env_args.alphabet: `(` has a meaning"]),
        ("strings", {"length": 0}, ["data.env_args.length: `0`"]),
        (
            "quickstart",
            {"digits": 0, "strings": ["revers"]},
            ["data.env_args.digits: `0`", "data.env_args.strings: there is no `revers`"],
        ),
    ],
)
def test_bad_arguments_are_named(name, args, problems):
    with pytest.raises(ConfigError) as error:
        make(name, args)
    assert len(error.value.problems) == len(problems)
    for said, expected in zip(error.value.problems, problems, strict=True):
        assert said.startswith(expected)


def test_too_few_instances_to_hold_any_out_is_an_error_and_no_endless_loop():
    env = Strings(length=1, alphabet="ab", operations=("copy",))
    with pytest.raises(ConfigError, match="too few instances"):
        [env.held_out(0, seed=0), env.train(0, seed=0)]
