# ruff: noqa: E501 - tables
"""Properties of `math.answer` and `math.choice`: reflexive, symmetric where claimed, blind to form, never right for nothing."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.rewards.languages.numbers.spoken import localized_number, number_in_words
from rlvr.rewards.math import answer, choice
from rlvr.rewards.math.comparing.comparison import compare
from rlvr.rewards.math.comparing.proof import settle
from rlvr.rewards.math.extracting.markers import ANSWER
from rlvr.rewards.math.parsing.grammar import read
from rlvr.rewards.math.parsing.latex import tidy
from rlvr.rewards.math.references import reference_of

integers = st.integers(-(10**9), 10**9)
fractions = st.fractions(min_value=-1000, max_value=1000, max_denominator=500)
names = st.sampled_from("xyabn")


@st.composite
def expressions(draw, depth=3):
    if not depth or draw(st.booleans()):
        return draw(st.one_of(names, st.integers(1, 99).map(str)))
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    form = draw(
        st.sampled_from(
            ["({}+{})", "({}-{})", r"{}\cdot {}", r"\frac{{{}}}{{{}}}", r"\sqrt{{{}}}+{}", r"{{{}}}^{{2}}+{}"]
        )
    )
    return form.format(left, right)


numbers = st.one_of(integers.map(str), fractions.map(str), st.decimals(-1000, 1000, places=3).map(str))
references = st.one_of(numbers, expressions(), st.tuples(numbers, numbers).map(lambda pair: f"({pair[0]}, {pair[1]})"))
FORMS = [
    r"\boxed{{{}}}",
    "The answer is {}.",
    "#### {}",
    "<answer>{}</answer>",
    "**{}**",
    r"So it is $\boxed{{{}}}$.",
    "${}$",
    "Answer: ${}$",
]


@settings(max_examples=60, deadline=None)
@given(references, st.sampled_from(FORMS[:4]))
def test_a_reference_answers_itself_in_every_form(reference, form):
    try:
        kind = reference_of(reference).type
    except ZeroDivisionError:
        return
    verdict = answer.check(form.format(reference), reference=reference)
    assert verdict.score == 1.0 or "undefined" in verdict.explanation, (kind, verdict)


@settings(max_examples=60, deadline=None)
@given(expressions(), expressions())
def test_comparison_is_symmetric(left, right):
    trees = [read(tidy(text)) for text in (left, right)]
    found = []
    for one, other in (trees, trees[::-1]):
        try:
            found.append(compare(one, other).equal)
        except ArithmeticError:
            found.append(None)
    assert found[0] == found[1]


@settings(max_examples=60, deadline=None)
@given(fractions, fractions, st.sampled_from(FORMS))
def test_numbers_are_right_exactly_where_they_are_equal(wanted, given_, form):
    verdict = answer.check(form.format(given_), reference=str(wanted))
    assert (verdict.score == 1.0) == (wanted == given_), verdict


@settings(max_examples=60, deadline=None)
@given(integers, st.sampled_from([" {} ", "{}.", "\n{}\n", "${}$", "{}.0", "+{}", r"\({}\)", r"\text{{{}}}", "`{}`"]))
def test_how_a_number_is_written_changes_nothing(value, form):
    text = form.format(value).replace("+-", "-")
    assert answer.check(text, reference=str(value)).score == 1.0
    assert answer.check(text, reference=str(value + 1)).score == 0.0


@settings(max_examples=40, deadline=None)
@given(
    references,
    st.text(alphabet=" \n\t$*_.", max_size=5),
    st.sampled_from(["{}", r"\boxed{{{}}}", "#### {}", "<answer>{}</answer>"]),
)
def test_nothing_is_never_right(reference, nothing, form):
    assert answer.check(form.format(nothing), reference=reference).score != 1.0


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 99),
    st.integers(100, 199),
    st.sampled_from(
        [
            r"\boxed{{{}}} or \boxed{{{}}}",
            "{} or {}",
            r"\boxed{{{}, {}}}",
            r"\boxed{{{}}}, \boxed{{{}}}",
            "#### {} or {}",
        ]
    ),
)
def test_two_answers_are_none(one, other, form):
    for reference in (one, other):
        assert answer.check(form.format(one, other), reference=reference).score == 0.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["5", "x^2", "(1,2)", "B", "listen", "5 km", "x>3"]))
def test_any_text_at_all_gets_a_score(text, reference):
    assert answer.check(text, reference=reference).status == "scored"


@given(st.integers(-(10**9), 10**9), st.sampled_from(["de", "en", "fr", "es", "hi", "pt_BR", "sv", "de_CH"]))
@settings(max_examples=50, deadline=None)
def test_numbers_are_read_as_babel_writes_them(value, language):
    from babel.numbers import format_decimal

    text = (
        format_decimal(Fraction(value, 1).numerator, locale=language)
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
        .replace("−", "-")
    )
    if language != "hi":
        assert localized_number(text, language) == value, text


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("zweiundvierzig", "de", 42),
        ("quarante-deux", "fr", 42),
        ("cuarenta y dos", "es", 42),
        ("forty-two", "", 42),
        ("四十二", "", 42),
        ("三百零五", "zh", 305),
    ],
)
def test_number_words_of_a_known_language(text, language, value):
    assert number_in_words(text, language) == value


@pytest.mark.parametrize("language", sorted(ANSWER))
def test_the_answer_is_found_in_every_language(language):
    word = ANSWER[language].split()[0].replace("_", " ")
    assert answer.check(f"3 + 22. {word.capitalize()}: 25", reference="25").score == 1.0
    assert answer.check(f"3 + 22. {word.capitalize()}: 25", reference="22").score == 0.0
    assert choice.check(f"{word.capitalize()}: B", reference="B").score == 1.0
    assert choice.check(f"{word.capitalize()}: B", reference="C").score == 0.0


def test_there_are_thirty_languages_and_more():
    assert len(ANSWER) >= 30


@pytest.mark.parametrize(
    ("data", "gold", "given_", "score"),
    [
        ({"tolerance": 0.01}, "3.14", "3.145", 1.0), ({"tolerance": 0.001}, "3.14", "3.145", 0.0), ({"decimals": 2}, "1/3", "0.33", 1.0),
        ({"significant": 3}, "9.81", "9.8066", 1.0), ({"relative_tolerance": 0.1}, "100", "109", 1.0), ({"relative_tolerance": 0.1}, "100", "111", 0.0),
        ({"answer_type": "text"}, "x+1", "1+x", 0.0), ({"answer_type": "expression"}, "ABC", "BCA", 1.0), ({"language": "de"}, "1234", "1.234", 1.0),
        ({"language": "de"}, "1.5", "1,5", 1.0), ({"language": "de"}, "1,5", "1,5", 1.0), ({"significant": 2}, r"\pi", "3.1", 1.0),
    ],
)  # fmt: skip
def test_what_a_task_declares(data, gold, given_, score):
    verdict = answer.check(given_, reference=gold, data=data)
    assert verdict.score == score, verdict
    assert ("inferred" not in verdict.expected) == ("answer_type" in data)


@pytest.mark.parametrize(
    "data", [{"answer_type": "integr"}, {"tolerance": -1}, {"tolerance": "much"}, {"decimals": True}]
)
def test_a_declaration_that_cannot_be_is_an_error(data):
    verdict = answer.check("5", reference="5", data=data)
    assert verdict.status == "error"
    assert re.search("answer_type|tolerance|decimals", verdict.explanation)


def test_the_policies_in_the_documentation_are_those_that_are_kept():
    rows = re.findall(
        r"^\| `([^`]+)` \| `([^`]+)` \| (right|wrong) \|",
        (Path(__file__).parents[3] / "docs" / "math.md").read_text(),
        re.MULTILINE,
    )
    assert len(rows) >= 13
    for gold, given_, verdict in rows:
        text = given_.replace(r"\n", "\n")
        assert (answer.check(text, reference=gold).score == 1.0) == (verdict == "right"), (gold, given_)


def test_equal_answers_are_compared_once():
    before = settle.cache_info()
    for text in (r"\boxed{(x+1)^2}", r"So it is $\boxed{(x + 1)^{2}}$.", r"Again: \boxed{(x+1)^2}"):
        assert answer.check(text, reference="x^2+2x+1+0").score == 1.0
    after = settle.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)


def test_the_table_of_percent_and_ratios_is_kept():
    text = (Path(__file__).parents[3] / "docs" / "math.md").read_text()
    table = text.partition("## Percent and ratios")[2].partition("## Policies")[0]
    head, _, *lines = [line for line in table.splitlines() if line.startswith("|")]
    answers = re.findall(r"`([^`]+)`", head)
    assert len(lines) == 5
    for line in lines:
        named, *verdicts = [cell.strip() for cell in line.strip("|").split("|")]
        reference = re.findall(r"`([^`]+)`", named)[0]
        prompt = "What percent of them?" if "asks for percent" in named else "How many of them?"
        for given_, verdict in zip(answers, verdicts, strict=True):
            got = answer.check(rf"\boxed{{{given_}}}", reference=reference, prompt=prompt).score == 1.0
            assert got == (verdict == "right"), (reference, given_)
