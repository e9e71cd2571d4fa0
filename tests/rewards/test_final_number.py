"""`math.final_number` against outside verdicts, the renderings peers get wrong, and texts made to be slow."""

import json
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Sample, Status
from rlvr.rewards.languages.numbers.exact import fold, numbers_in, parse_reference
from rlvr.rewards.math import final_number, final_number_strict

DATA = Path(__file__).parents[3] / "shared" / "data" / "math"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no ../shared/data beside the repository")

RIGHT = [
    ("72", "72"),
    ("70 + 2 = 72", "72"),
    ("#### 72", "72"),
    ("#### $72", "72"),
    ("#### **72**", "72"),
    ("#### 72.", "72"),
    ("#### 72.00", "72"),
    ("#### 72 apples", "72"),
    ("####\n72", "72"),
    ("#### -72", "-72"),
    ("#### 1,234", "1234"),
    ("#### 1234", "1,234"),
    ("#### 12,34,567", "1234567"),
    ("#### 1\u202f234", "1234"),
    ("#### x = 72", "72"),
    ("#### 72\n\nEach box holds 12.", "72"),
    ("A: 18", "18"),
    ("**Answer:** 72", "72"),
    ("The answer is 72.", "72"),
    ("The answer is:\n\n$$72$$", "72"),
    ("Final Answer: The final answer is $72$. I hope it is correct.", "72"),
    ("The answer is 42. (Not 43.)", "42"),
    ("the answer is 5 million", "5000000"),
    ("The answer is <b>72</b>", "72"),
    (r"\boxed{72}", "72"),
    (r"$\boxed{72}$ Let me double check: 71 + 1 = 73", "72"),
    (r"\boxed{\boxed{72}}", "72"),
    (r"\boxed 72", "72"),
    (r"\boxed{x=72}", "72"),
    (r"\boxed{\$72}", "72"),
    (r"\boxed{1{,}234}", "1234"),
    (r"\boxed{72\text{ m}^2}", "72"),
    (r"\boxed{72^\circ}", "72"),
    (r"\boxed{1.5e3}", "1500"),
    (r"\boxed{\frac{1}{2}}", "0.5"),
    (r"\boxed{\frac{-1}{2}}", "-0.5"),
    (r"\boxed{50\%}", "0.5"),
    (r"\boxed{50\%}", "50%"),
    (r"First guess \boxed{4}. Checking, that is wrong. So the answer is \boxed{72}.", "72"),
    ("\\boxed{72}\n\n\\boxed{\\text{Done}}", "72"),
    ("#### 72\n#### 72", "72"),
    ("#### Step 1\nHe has 72", "72"),
    ("72!", "72"),
    ("_72_", "72"),
    ("```\n72\n```", "72"),
    ("She drives 72 miles/hour", "72"),
    ("She pays €15.", "15"),
    ("3 + 22. Die Antwort ist 25.", "25"),
    ("\u7b54\u6848\u662f25\u3002", "25"),
    ("#### \uff17\uff12", "72"),
    ("\u0662\u0665", "25"),
    ("#### \u221272", "-72"),
    ("\\boxed{\u00bd}", "0.5"),
    ("<think>71</think>72", "72"),
    ("0.1", 0.1),
    ("72", 72.0),
]

WRONG = [
    ("", "72", "no number"),
    ("I do not know.", "72", "no number"),
    ("71", "72", "71 is not 72"),
    ("172", "72", ""),
    ("0.72", "72", ""),
    (".5", "5", ""),
    ("-72", "72", ""),
    ("<think>The answer is 72", "72", "never closed"),
    ("#### 71 or 72", "72", "conflicting answers: 71, 72"),
    ("#### 72 or 71", "72", "conflicting answers"),
    ("#### 72, 71", "72", "conflicting answers"),
    ("#### 72,71", "72", "conflicting answers"),
    ("#### 71 = 72", "72", "conflicting answers"),
    ("71 or 72", "72", "conflicting answers"),
    ("#### 71\n#### 72", "72", "conflicting answers"),
    (r"\boxed{71} or \boxed{72}", "72", "conflicting answers"),
    (r"\boxed{1} \boxed{2} \boxed{3} \boxed{9}", "9", "conflicting answers"),
    ("The answer is 71. The answer is 72.", "72", "conflicting answers"),
    ("The answer is 1, 2, 3, 4, 5.", "5", "conflicting answers"),
    (r"\boxed{5 \text{ or } 7}", "5", "conflicting answers"),
    ("#### 72%", "72", "percentage"),
    (r"\boxed{72\%}", "72", "percentage"),
    (r"\boxed{7200\%}", "72", "percentage"),
    ("#### 72 percent", "72", "percentage"),
    ("The answer is 71.\nI also like 72.", "72", "71 is not 72"),
    (r"$\boxed{42}$ Let me double check: 42 + 1 = 43.", "43", ""),
    ("The answer is 42. (Not 43.)", "43", ""),
    ("The answer is unknown. I tried 72.", "72", "no number"),
    (r"\boxed{72", "72", "no number"),
    (r"\boxed{x > 72}", "72", "relation"),
    (r"\boxed{\neq 72}", "72", "relation"),
    (r"\boxed{\pm 72}", "72", "formula"),
    (r"\boxed{\sqrt{72}}", "72", "formula"),
    (r"\boxed{72\pi}", "72", "formula"),
    (r"\boxed{72!}", "72", "formula"),
    (r"\boxed{72x}", "72", "variable"),
    (r"\boxed{\frac12}", "12", ""),
    (r"\boxed{2\frac{1}{2}}", "10.5", ""),
    (r"\boxed{\frac{0}{0}}", "0", "division by zero"),
    (r"\boxed{101_3}", "101", ""),
    ("A: 9+John's age", "9", "formula"),
    ("x72", "72", "no number"),
    ("5\u00b2", "52", ""),
    ("#### 1.234", "1234", ""),
    ("#### 0,123", "123", "conflicting"),
    ("123456789013", "123456789012", ""),
    ("0.30000000000000004", "0.3", ""),
    ("#### 72 thousand", "72", ""),
]


@pytest.mark.parametrize(("completion", "reference"), RIGHT)
def test_right_answers_are_right_however_they_are_written(completion, reference):
    verdict = final_number.check(completion, reference=reference)
    assert verdict.score == 1.0, verdict.explanation
    assert verdict.extracted
    assert verdict.expected


@pytest.mark.parametrize(("completion", "reference", "why"), WRONG)
def test_wrong_answers_are_wrong_and_say_why(completion, reference, why):
    verdict = final_number.check(completion, reference=reference)
    assert verdict.score == 0.0, verdict
    assert why in verdict.explanation
    assert verdict.explanation
    assert verdict.expected


@pytest.mark.parametrize(
    "completion", ["#### 72", r"\boxed{72}", "The answer is 71.\n#### 72", "#### 72\nThe answer is 71."]
)
def test_strict_takes_the_two_forms(completion):
    assert final_number_strict.check(completion, reference=72).score == 1.0


@pytest.mark.parametrize(
    "completion", ["72", "The answer is 72.", "A: 72", "#### seventy-two 72", r"\boxed{72", "#### 71, 72"]
)
def test_strict_takes_nothing_else(completion):
    verdict = final_number_strict.check(completion, reference=72)
    assert verdict.score == 0.0
    assert verdict.explanation


@pytest.mark.parametrize(
    "reference",
    [
        None,
        True,
        "",
        "Paris",
        "1, 2",
        "5 cm",
        "x=5",
        "1/0",
        float("nan"),
        float("inf"),
        "inf",
        "7" * 1001,
        [72],
        {"a": 1},
        "####",
    ],
    ids=lambda reference: repr(reference)[:20],
)
def test_a_reference_that_is_no_number_is_an_error_that_names_it(reference):
    verdict = final_number.check("72", reference=reference)
    assert verdict.status is Status.ERROR
    assert repr(reference)[:100] in verdict.explanation


numbers = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)


@given(numbers, st.sampled_from(["{}", "#### {}", r"\boxed{{{}}}", "The answer is {}.", "A: {}", "So it is **{}**"]))
def test_a_number_equals_itself_in_every_form(number, form):
    for written in (f"{number:f}", f"{number:,f}"):
        assert final_number.check(form.format(written), reference=str(number)).score == 1.0


@given(numbers, numbers)
def test_two_numbers_are_never_one_answer(first, second):
    verdict = final_number.check(f"#### {first:f} or {second:f}", reference=str(second))
    assert (verdict.score == 1.0) == (first == second)


@given(st.text(alphabet="0123456789.,-+%$#\\boxed{}/ eE^_\nA:nswrist٣½", max_size=60))
def test_no_text_breaks_it(text):
    for reward in (final_number, final_number_strict):
        assert reward.check(text, reference=72).status is Status.SCORED


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


def test_what_numbers_are_read():
    found = [number.value for number in numbers_in("-$1,234.50 and 3/4, H2O, 72,71 at 5% of 2e3")]
    assert found == [Fraction("-1234.5"), Fraction(3, 4), 72, 71, Fraction(1, 20), 2000]
    assert parse_reference("so 70 + 2\n#### $1,072.") == 1072


MEGABYTE = {
    "one number": "1" * 10**6,
    "a list": "1," * 500_000,
    "grouped": "12," * 333_333,
    "hashes": "#### " * 200_000,
    "numbered hashes": "#### 1," * 140_000,
    "a line of hashes": "#" * 10**6,
    "boxes": r"\boxed{72}" * 100_000,
    "open boxes": r"\boxed{" * 140_000,
    "said": "answer is " * 100_000,
    "letters": "a_" * 500_000,
    "commands": r"\text{" * 160_000 + "1",
    "decimals": "1.1" * 333_333,
    "fractions": "1/" * 500_000,
    "blank": "answer:" + "\n" * 10**6 + "72",
    "currency": "$" * 10**6 + "1",
    "angles": "<" * 10**6 + "1",
    "other digits": "\u0661" * 10**6,
    "spaces": "#### 72" + " " * 10**6,
}


@pytest.mark.parametrize("text", MEGABYTE.values(), ids=MEGABYTE)
def test_a_megabyte_is_judged_at_once(text):
    start = time.process_time()
    verdict = final_number.check(text, reference=72)
    assert verdict.status is Status.SCORED
    assert time.process_time() - start < 1.0


def test_long_numbers_do_not_meet_pythons_limit_on_digits():
    digits = "7" * 5000
    assert final_number.check(f"#### {digits}", reference=72).explanation == "a number of more than 1000 digits"
    assert final_number.check(f"#### {digits[:900]}", reference=digits[:900]).score == 1.0


@needs_data
def test_it_agrees_with_every_published_verdict_on_gsm8k():
    different, count = [], 0
    for line in (DATA / "gsm8k_model_solutions.jsonl").read_text().splitlines():
        row = json.loads(line)
        for model, solution in row.items():
            if isinstance(solution, dict):
                count += 1
                verdict = final_number(Sample(solution["solution"], reference=row["ground_truth"]))
                if verdict.score != solution["is_correct"]:
                    different.append((model, verdict.explanation, solution["solution"][-40:]))
    assert count == 5276
    assert different == []


@needs_data
def test_every_gsm8k_reference_is_read_and_right_for_itself():
    for line in (DATA / "gsm8k_test.jsonl").read_text().splitlines():
        answer = json.loads(line)["answer"]
        for reward in (final_number, final_number_strict):
            assert reward(Sample(answer, reference=answer)).score == 1.0, answer


@needs_data
def test_no_adversarial_prediction_is_wrongly_accepted():
    rows = [json.loads(line) for line in (DATA / "adversarial_pairs.jsonl").read_text().splitlines()]
    judged = [(row, final_number.check(row["prediction"], reference=row["gold"])) for row in rows if not row["policy"]]
    scored = [(row, verdict) for row, verdict in judged if verdict.status is Status.SCORED]
    assert len(scored) > 60
    assert [row["id"] for row, verdict in scored if verdict.score > row["expected"]] == []
