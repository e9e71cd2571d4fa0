"""Tasks from several sources: exact proportions, the same after a stop, and a curriculum that leaves them exact."""

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.config.schema import CurriculumConfig
from rlvr.environment import EnvironmentTasks, make
from rlvr.errors import CheckpointError
from rlvr.sample import Task
from rlvr.tasks import TaskList, TaskStream
from rlvr.tasks.mixture import TaskMixture

SKILLS = {"quality": 4, "follow": 2, "preference": 1, "math": 1.5, "code": 1, "constraints": 0.5}


def streams(weights, size=9):
    return {name: TaskStream(TaskList([Task(f"{name}-{i}") for i in range(size)]), 3) for name in weights}


def mixture(weights, state=None, *, size=9, **curriculum):
    wanted = CurriculumConfig(**curriculum)
    return TaskMixture(streams(weights, size), weights, seed=3, curriculum=wanted, state=state)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_no_source_is_ever_a_whole_task_away_from_its_share(weights, steps):
    weights = {str(i): weight for i, weight in enumerate(weights)}
    drawing, counts = mixture(weights), Counter()
    for count in steps:
        counts.update(drawn.source for drawn in drawing.draw(count))
        for name, weight in weights.items():
            assert abs(counts[name] - Fraction(weight, sum(weights.values())) * counts.total()) < 1


def test_the_proportions_of_a_run_over_all_skills():
    drawn = Counter(one.source for one in mixture(SKILLS).draw(1000))
    assert drawn == {name: 100 * weight for name, weight in SKILLS.items()}


def steps_of(mixture, count):
    """Draws with replacements and pass rates, all made up from the step's number."""
    found = []
    for step in range(count):
        drawn = mixture.draw(1 + step % 4)
        again = mixture.redraw([one.source for one in drawn[:: 1 + step % 2]])
        for i, one in enumerate([*drawn, *again]):
            mixture.note(one, (7 * step + i) % 5 / 4)
        found += [one.task.prompt for one in [*drawn, *again]]
    return found


@pytest.mark.parametrize("stop", [1, 7, 23])
def test_what_comes_after_a_stop_is_what_would_have_come(stop):
    curriculum = {"outside": 0.3, "low": 0.3, "high": 0.7}
    whole = mixture(SKILLS, **curriculum)
    before = steps_of(whole, stop)
    state = json.loads(json.dumps(whole.state()))
    assert before
    assert steps_of(mixture(SKILLS, state, **curriculum), 20) == steps_of(whole, 20)


def test_replacements_come_from_the_same_source_and_do_not_take_its_turn():
    drawing = mixture({"a": 1, "b": 1})
    first = drawing.draw(4)
    assert [one.source for one in drawing.redraw(["a"] * 9)] == ["a"] * 9
    counts = Counter(one.source for one in [*first, *drawing.draw(4)])
    assert counts == {"a": 4, "b": 4}
    assert drawing.places["a"].position == 13
    assert drawing.places["a"].turns == 4


def test_tasks_outside_the_band_are_drawn_less_often_and_all_others_alike():
    """Of 60 tasks, 20 are never solved and 20 always: with `outside` of a quarter, each is drawn a quarter as often."""
    drawing = mixture({"all": 1}, size=60, outside=0.25, memory=0.0)
    counts = Counter()
    for _ in range(12_000):
        [one] = drawing.draw(1)
        kind = one.index % 3
        counts[kind] += 1
        drawing.note(one, [0.0, 0.5, 1.0][kind])
    # An epoch draws 5, 20 and 5 of them.
    for kind, share in enumerate((1 / 6, 2 / 3, 1 / 6)):
        assert counts[kind] / 12_000 == pytest.approx(share, abs=0.01)
    by_task = Counter(one.index for one in drawing.draw(3_000) if one.index % 3 == 1)
    assert max(by_task.values()) - min(by_task.values()) <= 1


def test_a_task_returns_when_the_policy_has_changed_and_its_rate_with_it():
    drawing = mixture({"all": 1}, size=4, outside=0.5, memory=0.5)
    [one] = [one for one in drawing.draw(4) if one.index == 2]
    drawing.note(one, 0.0)
    drawing.note(one, 1.0)
    drawing.note(one, 1.0)
    assert drawing.places["all"].rates == {"2": 0.75}


def test_a_source_of_which_nothing_is_ever_solved_still_gives_tasks():
    drawing = mixture({"all": 1}, size=5, outside=0.0)
    for _ in range(20):
        for one in drawing.draw(1):
            drawing.note(one, 0.0)
    place = drawing.places["all"]
    assert place.turns == 20
    # Each later task stands at the end of an epoch in which all were passed over.
    assert place.passed_over == 15 * 5


def test_without_a_curriculum_nothing_is_remembered_and_of_environments_never_anything():
    drawing = mixture({"all": 1})
    drawing.note(drawing.draw(1)[0], 0.0)
    assert drawing.places["all"].rates == {}
    endless = {"sums": TaskStream(EnvironmentTasks(make("arithmetic", {}), 0), 0, shuffle=False)}
    drawing = TaskMixture(endless, {"sums": 1}, seed=0, curriculum=CurriculumConfig(outside=0.1))
    for one in drawing.draw(5):
        drawing.note(one, 0.0)
    assert drawing.places["sums"].rates == {}
    assert drawing.places["sums"].position == 5


def test_a_state_of_other_sources_is_refused():
    state = mixture({"a": 1, "b": 1}).state()
    with pytest.raises(CheckpointError, match="of tasks from a, b, and the configuration's from a, c"):
        mixture({"a": 1, "c": 1}, state)
