"""The charts show what was measured and nothing else."""

from __future__ import annotations

import math

from rlvr.observe.charts import MAX_POINTS, chart_data


def by_title(lines):
    return {chart["title"]: chart for chart in chart_data(lines)}


def test_nothing_measured_is_no_chart():
    assert chart_data([]) == []
    assert chart_data([{"step": 1, "time": 0.0, "loss": None, "unheard/of": 3.0}]) == []


def test_a_step_is_one_point_and_the_line_written_last_wins():
    points = [(1, "loss", 5.0), (0, "loss", 7.0), (1, "eval/strict", 0.5), (1, "loss", 6.0)]
    lines = [{"step": step, key: value} for step, key, value in points]
    (series,) = by_title(lines)["Loss"]["series"]
    assert (series["x"], series["y"]) == ([0, 1], [7.0, 6.0])


def test_supervised_steps_do_not_mix_with_the_main_stage():
    charts = by_title([{"step": 1, "stage": "sft", "sft/loss": 2.0}, {"step": 1, "loss": 0.1, "sft/loss": 9.0}])
    assert charts["Supervised warm-up"]["series"][0]["y"] == [2.0]
    assert charts["Loss"]["series"][0]["y"] == [0.1]


def test_a_supervised_run_shows_its_evaluations():
    lines = [{"step": 1, "stage": "sft", "sft/loss": 2.0, "eval/strict": 0.5}]
    assert set(by_title(lines)) == {"Held out", "Supervised warm-up"}


def test_rewards_are_found_by_their_names():
    line = {"step": 1, "reward/mean": 0.5, "reward/math.number/mean": 0.25, "latency/math.number/p99_ms": 4.0}
    charts = by_title([line])
    assert charts["Parts of the reward"]["series"][0]["name"] == "math.number"
    assert charts["Slowest verdicts"]["series"][0]["y"] == [4.0]


def test_what_a_logarithm_cannot_show_is_left_out():
    charts = by_title([{"step": 1, "gap/mean": 0.0}, {"step": 2, "gap/mean": 1e-6}])
    assert charts["Rollout against trainer"]["series"][0]["x"] == [2]


def test_long_runs_are_thinned_and_keep_their_peaks():
    steps = 10 * MAX_POINTS + 3
    lines = [{"step": step, "length/mean": 10.0, "length/max": 500.0 if step == 777 else 20.0} for step in range(steps)]
    mean, largest = by_title(lines)["Length"]["series"]
    assert len(mean["x"]) <= MAX_POINTS
    assert set(mean["y"]) == {10.0}
    assert max(largest["y"]) == 500.0
    assert mean["x"][-1] == steps - 1


def test_numbers_are_finite():
    lines = [{"step": 1, "loss": math.inf}, {"step": 2, "loss": 1.0}]
    assert by_title(lines)["Loss"]["series"][0]["y"] == [1.0]
