# ruff: noqa: E501 - tables
"""Sentences that name a choice or a number and do not give it as the answer: denials, hedges, lists, ranges."""

import pytest

from rlvr.rewards.math import answer, choice, final_number

NO_CHOICE = [
    ("The answer is not B but C.", "B"),
    ("It is not B.", "B"),
    ("B is incorrect.", "B"),
    ("I would rule out B.", "B"),
    ("La respuesta no es la B.", "B"),
    ("La réponse n'est pas B.", "B"),
    ("Die Antwort ist nicht B.", "B"),
    ("A resposta não é B.", "B"),
    ("La risposta non è B.", "B"),
    ("Het antwoord is niet B.", "B"),
    ("Odpowiedź nie jest B.", "B"),
    ("Ответ не B.", "B"),
    ("正确答案不是B", "B"),
    ("答えはBではない", "B"),
    ("정답은 B가 아니다.", "B"),
    ("الجواب ليس B", "B"),
    ("उत्तर B नहीं है", "B"),
    ("Svaret er ikke B.", "B"),
    ("Svaret är inte B.", "B"),
    ("Vastaus ei ole B.", "B"),
    ("A válasz nem B.", "B"),
    ("Odpověď není B.", "B"),
    ("Răspunsul nu este B.", "B"),
    ("Svarið er ekki B.", "B"),
    ("Відповідь не B.", "B"),
    ("Both A and B are correct.", "B"),
    ("Either B or C.", "B"),
    ("B or maybe C", "B"),
    ("Is it B?", "B"),
    ("The options are A, B, C and D.", "B"),
    ("It could be B.", "B"),
    ("B is wrong, so it must be something else.", "B"),
    ("Not A, not C, not D.", "A"),
    ("A is the wrong answer", "A"),
    ("None of A, B, C.", "A"),
    ("I think it is either A or B; hard to say", "A"),
    ("不选A", "A"),
    ("A错误", "A"),
    ("排除A", "A"),
    ("选项A不正确", "A"),
    ("\\boxed{A \\text{ or } B}", "A"),
    ("\\boxed{\\text{not } A}", "A"),
    ("\\boxed{\\neg A}", "A"),
    ("\\boxed{\\overline{A}}", "A"),
    ("\\boxed{A^c}", "A"),
    ("\\boxed{A,B,C,D}", "A"),
    ("(A) 1 (B) 2 (C) 3 (D) 4", "A"),
    ("A\nB\nC\nD", "A"),
    ("A: yes\nB: no", "A"),
    ("Answer: A) x B) y", "A"),
    ("A) x, B) y", "A"),
    ("Everything except B.", "B"),
    ("All but B", "B"),
    ("The answer is anything other than B.", "B"),
    ("B est fausse.", "B"),
    ("B ist falsch.", "B"),
    ("B es incorrecta", "B"),
    ("The answer isn't B.", "B"),
    ("The correct answer is B? No.", "B"),
    ("If it were B, the answer would be different.", "B"),
    ("A student chose B, which is a mistake.", "B"),
    ("The answer cannot be B.", "B"),
    ("B seems tempting, but it is a trap.", "B"),
    ("Many would choose B.", "B"),
    ("Bは間違いです。", "B"),
    ("정답은 B 또는 C", "B"),
    ("B나 C", "B"),
]
NO_NUMBER = [
    ("The answer is 5 or 6.", "5"),
    ("The answer is 5 apples and 3 pears.", "5"),
    ("It was **12**, not **15**.", "15"),
    ("**Total**: 12 or 15", "15"),
    ("The answer is 5 for Ann and 7 for Bob.", "5"),
    ("about 5 to 6", "6"),
    ("1 hour 90 minutes", "2.5 hours"),
    ("5 minus 3", "-3"),
    ("The result is 10 minus 7", "-7"),
    ("temperature fell 5 degrees below zero to 3", "-3"),
    ("The answer is 12,5", "5"),
    ("1.234.56", "56"),
    ("3 1/2", "1/2"),
    ("\\boxed{5} \\approx \\boxed{7}", "5"),
    ("\\boxed{5} \\approx \\boxed{7}", "7"),
    ("x = 5 or so", "6"),
    ("5%", "5"),
    ("0,5", "5"),
    ("1/3 or 1/2", "1/2"),
    ("between 5 and 6", "6"),
    ("answer: 5/6", "6"),
    ("~~5~~", "5"),
    ("5!", "5!!"),
    ("12 500", "500"),
    ("1 000 000", "0"),
    ("1,5", "15"),
    ("1,5", "1"),
    ("5 × 10^3", "5"),
    ("2^5", "25"),
    ("minus five", "5"),
    ("negative 5", "5"),
    ("-5", "5"),
    ("(5)", "-5"),
    ("3.5e2", "3.5"),
    ("#### 5 because 6", "6"),
    ("12万", "12"),
    ("12 Millionen", "12"),
    ("Es sind 12 Millionen Menschen.", "12"),
    ("Это 12 млн человек.", "12"),
    ("The answer is 12 in 2023 100 more", "100"),
]
CHOICE = [
    ("It's B", "B"), ("So B is correct.", "B"), ("A is wrong. So C is correct.", "C"), ("The answer is B, not A.", "B"), ("B. Vitamin C", "B"),
    ("I would choose B.", "B"), ("B, since A and C are false.", "B"), ("A contradicts the text, so I think it's B", "B"), ("Eliminating A, C and D leaves B.", "B"),
    ("La respuesta no es A, sino la B.", "B"), ("La bonne réponse est la B, pas A.", "B"), ("正确答案是B，不是A", "B"), ("Ответ: B, а не A.", "B"),
]  # fmt: skip
NUMBER = [
    ("It grew from 5 to 6.", "6"), ("It was **12**, not **15**.", "12"), ("It is -5 degrees, that is 5 degrees below zero.", "-5"),
    ("**Conclusion:** Mira has 99 stamps.", "99"), ("So she sold **12** cups of **lemonade**.", "12"), ("3 1/2", "3.5"), ("100 000", "100000"), ("forty-two", "42"),
]  # fmt: skip


@pytest.mark.parametrize(("completion", "letter"), NO_CHOICE)
def test_a_letter_that_is_not_chosen_is_no_choice(completion, letter):
    for reward in (choice, answer):
        assert reward.check(completion, reference=letter).score == 0.0, reward.name


@pytest.mark.parametrize(("completion", "letter"), CHOICE)
def test_a_letter_that_is_chosen_is_the_choice(completion, letter):
    for reward in (choice, answer):
        assert reward.check(completion, reference=letter).score == 1.0, reward.name


@pytest.mark.parametrize(("completion", "number"), NO_NUMBER)
def test_a_number_that_is_not_given_is_no_answer(completion, number):
    for reward in (final_number, answer):
        assert reward.check(completion, reference=number).score != 1.0, reward.name


@pytest.mark.parametrize(("completion", "number"), NUMBER)
def test_a_number_that_is_given_is_the_answer(completion, number):
    for reward in (final_number, answer):
        assert reward.check(completion, reference=number).score == 1.0, reward.name
