"""The error budget: from which sample on, how many failures, and what the report says of them."""

import pytest

from rlvr import Sample, Status, Verdict
from rlvr.errors import ErrorBudgetError
from rlvr.scoring import ErrorBudget

GOOD = Verdict(1.0)
BAD = Verdict.unscored(Status.ERROR, "broken")


def failing(explanation):
    return Verdict.unscored(Status.ERROR, explanation)


def report(verdicts, ids=None, rate=0.02, window=256):
    names = ids or [f"row-{i}" for i in range(len(verdicts))]
    with pytest.raises(ErrorBudgetError) as caught:
        ErrorBudget(rate, window).record("t.x", [Sample("", id=name) for name in names], verdicts)
    return str(caught.value)


def passes(verdicts, rate, window):
    budget = ErrorBudget(rate, window)
    for verdict in verdicts:
        budget.record("t.x", [Sample("")], [verdict])
    return budget


@pytest.mark.parametrize(("window", "judged_from"), [(256, 32), (33, 32), (32, 32), (31, 31), (4, 4), (1, 1)])
def test_a_budget_is_judged_from_32_samples_or_a_full_window(window, judged_from):
    budget = passes([BAD] * (judged_from - 1), 0.0, window)
    with pytest.raises(ErrorBudgetError, match=f"{judged_from} of the last {judged_from} samples"):
        budget.record("t.x", [Sample("")], [BAD])


@pytest.mark.parametrize(("rate", "window", "allowed"), [(0.02, 256, 5), (0.25, 8, 2), (0.5, 40, 20), (0.0, 64, 0)])
def test_as_many_may_fail_as_the_rate_says_and_not_one_more(rate, window, allowed):
    filled = [GOOD] * (window - allowed) + [BAD] * allowed
    budget = passes(filled, rate, window)
    with pytest.raises(
        ErrorBudgetError, match=rf"At most {allowed} of {window} may fail \(max_error_rate is {rate:g}\)"
    ):
        budget.record("t.x", [Sample("")] * (allowed + 1), [BAD] * (allowed + 1))


def test_a_failure_counts_until_the_window_has_passed_it():
    # 2 of 8 may fail: a third within eight samples is one too many, after eight it is not.
    passes([*[GOOD] * 30, BAD, BAD, *[GOOD] * 6, BAD, BAD, *[GOOD] * 6, BAD], 0.25, 8)
    with pytest.raises(ErrorBudgetError, match="3 of the last 8"):
        passes([*[GOOD] * 30, BAD, BAD, *[GOOD] * 5, BAD], 0.25, 8)


def test_the_report_counts_and_gives_shares():
    assert "could not score 8 of the last 32 samples (25.0%)" in report([GOOD] * 24 + [BAD] * 8)
    assert "could not score 32 of the last 32 samples (100.0%)" in report([BAD] * 32)


def test_three_causes_are_told_the_commonest_first():
    verdicts = [failing(kind * 3) for kind in "aabbbbcccdddddeeeeee"] + [GOOD] * 12
    lines = report(verdicts).splitlines()
    assert [line.split("  [")[0] for line in lines[1:4]] == ["  6 x error: eee", "  5 x error: ddd", "  4 x error: bbb"]
    assert "ccc" not in "".join(lines)


def test_three_samples_of_a_cause_are_named():
    verdicts = [failing("a")] * 3 + [failing("b")] * 4 + [failing("c")] * 2 + [GOOD] * 23
    said = report(verdicts)
    assert "3 x error: a  [row-0, row-1, row-2]\n" in said
    assert "4 x error: b  [row-3, row-4, row-5, ...]\n" in said
    assert "2 x error: c  [row-7, row-8]\n" in said


def test_samples_without_a_name_go_by_their_place():
    assert "[sample 0, sample 1, sample 2, ...]" in report([BAD] * 32, ids=[""] * 32)
    budget = passes([GOOD] * 40, 0.0, 64)
    with pytest.raises(ErrorBudgetError, match=r"\[sample 40\]"):
        budget.record("t.x", [Sample("")], [BAD])


def test_long_explanations_are_cut_and_told_apart_by_their_beginning():
    def line(length):
        (said,) = [one for one in report([failing("x" * length)] * 32).splitlines() if "32 x error" in one]
        return said.removeprefix("  32 x error: ").split("  [")[0]

    assert line(299) == "x" * 299
    assert line(300) == line(301) == "x" * 300
    alike = [failing("x" * 1000 + end) for end in "ab"] * 16
    assert "32 x error" in report(alike)
    apart = [failing("x" * 999 + end) for end in "ab"] * 16
    assert report(apart).count("16 x error") == 2


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_rates_are_shares(rate):
    ErrorBudget(rate, 1)
    for wrong in (-0.01, 1.01, float("nan")):
        with pytest.raises(ValueError, match="share between 0 and 1"):
            ErrorBudget(wrong, 1)
    with pytest.raises(ValueError, match="positive number"):
        ErrorBudget(rate, 0)


def test_as_many_verdicts_as_samples():
    for samples, verdicts in ((2, 1), (1, 2)):
        with pytest.raises(ValueError, match="argument"):
            ErrorBudget(1.0, 8).record("t.x", [Sample("")] * samples, [GOOD] * verdicts)
