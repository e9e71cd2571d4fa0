# ruff: noqa: E501 - tables
r"""Right answers in other words, and wrong ones that look right: the classes in which verifiers of the field fail."""

import pytest

from rlvr.rewards.math import answer

RIGHT = {
    "integers": [
        ("5", "5.0"), ("5", r"\boxed{+5}"), ("1234567", r"1\,234\,567"), ("1234567", "1 234 567"), ("1234567", "12,34,567"),
        ("1234.5", "1.234,5"), ("1234567", "1.234.567"), ("12345", r"\boxed{12{,}345}"), ("-7", r"\boxed{−7}"), ("7", r"\boxed 7"),
        ("7", r"\fbox{7}"), ("7", "<answer>7</answer>"), ("7", "#### 7"), ("7", "**7**"), ("7", "`7`"), ("7", "```\n7\n```"),
        ("0", r"\boxed{0}"), ("0", "-0"), ("720", r"\boxed{6!}"), ("10", r"\boxed{\binom{5}{2}}"),
    ],
    "digits of other scripts": [
        ("25", "२५"), ("25", "২৫"), ("25", "２５"), ("25", "٢٥"), ("25", "۲۵"), ("25", "๒๕"), ("25", "二十五"), ("0.5", "½"),
        ("305", r"\boxed{三百零五}"), ("12000", "一万二千"),
    ],
    "number words": [("42", "forty-two"), ("42", "Forty two"), ("100", r"\boxed{\text{one hundred}}")],
    "fractions": [
        ("3/4", "0.75"), (r"\frac{15}{4}", "3 3/4"), (r"\frac{15}{4}", r"3\frac{3}{4}"), ("1/3", r"0.\overline{3}"),
        (r"\frac{1}{7}", r"\frac{2}{14}"), ("-1/2", r"-\frac12"), ("-1/2", r"\frac{1}{-2}"), ("0.5", r"\frac12"),
        ("1/3", "0.3333333"), ("1/3", "0.333333333"), ("7/2", "3.5"), ("1/6", r"\dfrac{1}{6}"), ("2/3", "0.6666667"),
    ],
    "percent": [("50%", "0.5"), ("0.25", r"25\%"), ("12.5%", "12.5 percent"), (r"20\%", "20"), ("0.5", "50 %")],
    "small and large": [
        ("6.626e-34", r"6.626\times10^{-34}"), (r"\frac{1}{2^{99}}", r"2^{-99}"), ("1000000", "10^6"), ("1500000", "1.5 million"),
        (r"1.6\times10^{-19}", "1.6e-19"), ("2^{100}", "1267650600228229401496703205376"),
    ],
    "units": [
        ("5 km", "5000 m"), ("2 hours", "120 minutes"), ("5 cm", r"5\text{ centimeters}"), ("12", r"\boxed{12\text{ apples}}"),
        ("$5", r"\boxed{\$5}"), ("5 dollars", "$5"), ("90^\\circ", "90"), ("90", r"90^\circ"), ("15 m^2", "15 square meters"),
        ("30 mph", "30 miles per hour"), ("3 apples", "3"), ("45 km/h", "45 kilometers per hour"), ("1 foot", "12 inches"),
    ],
    "expressions": [
        ("x^2+2x+1", "(x+1)^2"), (r"2\pi r", r"2 r \pi"), (r"\sqrt{8}", r"2\sqrt{2}"), ("7*sin(pi*x/5)+1", r"7\sin\left(\frac{\pi x}{5}\right)+1"),
        ("e^{16}-1", "exp(16)-1"), (r"\ln 2", r"\log 2"), (r"\frac{\pi}{4}", "pi/4"), ("x", r"\boxed{x}"), ("ab", "ba"), ("1-x", "-(x-1)"),
        (r"\sin^2 x+\cos^2 x", "1"), (r"\frac{a}{b}", "a/b"), (r"\sqrt[3]{x^2}", "x^{2/3}"), (r"a^{-1}", r"\frac{1}{a}"), ("2i", r"\sqrt{-4}"),
        (r"\cos(2x)", r"1-2\sin^2 x"), (r"\frac{x^2-1}{x-1}", "x+1"), (r"\log_3 x", r"\frac{\ln x}{\ln 3}"), (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
        ("x^3/3 + C", "C + x^3/3"), (r"\frac{d}{dx} x^3", "3x^2"), (r"\int_0^1 x\,dx", r"\frac12"), (r"f(x+1)", "f(1+x)"),
        (r"(1+x)^{50}", "(x+1)^{50}"), (r"2^{n+1}", r"2\cdot 2^n"), ("$3x-1$", "3x - 1"), (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}"),
    ],
    "equations": [
        ("x=5", "x = 5"), ("5", "x=5"), ("y=2x+1", "y = 1 + 2x"), ("y=2x+1", "2x - y + 1 = 0"), ("f(x)=x^2", r"f(x) = x\cdot x"),
        ("5", "2+3=5"), (r"\frac{x^2}{4}+y^2=1", "x^2+4y^2=4"), ("y=2x+1", "2x+1"),
    ],
    "intervals": [
        ("(0,1)", "]0,1["), ("[0,1)", "[0,1["), ("x>3", r"(3,\infty)"), (r"(3,\infty)", "x > 3"), ("[-2,7]", r"-2 \le x \le 7"),
        (r"x\ne 3", r"(-\infty,3)\cup(3,\infty)"), (r"(-\infty,3)\cup(3,\infty)", r"\mathbb{R}\setminus\{3\}"), ("x<3", "3>x"),
        (r"x\le 2 \text{ or } x > 5", r"(-\infty,2]\cup(5,\infty)"), ("2x > 6", "x > 3"), (r"\mathbb{R}", r"(-\infty,\infty)"),
        (r"[0,2]", r"[0,1]\cup[1,2]"), (r"\{x \mid x > 1\}", "x>1"),
    ],
    "sets and tuples": [
        (r"\{1,2,3\}", "3, 1, 2"), (r"\pm 3", "-3, 3"), (r"x=\pm 2", r"x=2 \text{ or } x=-2"), ("(1,2)", r"\left(1, 2\right)"),
        ("(3,4)", "(x,y) = (3,4)"), ("1,2", r"\boxed{1} and \boxed{2}"), ("(1,2),(3,4)", "(3,4), (1,2)"), (r"1\pm\sqrt2", r"1+\sqrt2, 1-\sqrt2"),
        ("1, 2 and 3", r"\{1,2,3\}"), (r"(\frac12, \pi)", r"(0.5, \pi)"), (r"\emptyset", r"\varnothing"), ("x=1,y=2", "y=2, x=1"),
    ],
    "matrices": [
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix}1 & 2\\ 3 & 4\end{bmatrix}"), (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1\\ \frac{4}{2}\end{pmatrix}"),
    ],
    "texts": [("listen", r"\text{Listen}"), ("Paris", "The answer is Paris."), ("no solution", r"\boxed{\text{No solution}}"), ("even", "Even"), ("yes", "**Yes**")],
    "choices": [
        ("B", r"\textbf{(B)}\ 5"), ("B", "The answer is (B)."), ("B", "Answer: B"), ("C", "选C"), (r"\text{(D)}", r"\boxed{D}"), ("E", r"\mathrm{(E)}"),
    ],
    "ratios, bases, dates, times": [
        ("2:3", "4:6"), ("101_2", "101_{2}"), ("3/4/2024", "3/4/2024"), ("2024-01-05", "2024-01-05"), ("7:30", "7:30"),
    ],
    "extraction": [
        ("5", "<think>4? no</think>The answer is 5."), ("42", r"The answer is $\boxed{42}$. Let me double check: 6*7 = 42."),
        ("5", r"First \boxed{4}. Wait, that is wrong. \boxed{5}"), ("5", r"\boxed{5}" "\n\n" r"\boxed{\text{Done}}"),
        ("12", "Final Answer: there are 12 of them."), ("5", "The final answer is $5$. I hope it is correct."), ("7", "Thus x = 7."), ("25", "The answer is 25, not 24."), ("x+1", "Hence f(x) = x+1"),
        ("7", "La respuesta es 7."), ("7", "La réponse est 7."), ("7", "Risposta: 7"), ("7", "Antwoord: 7"), ("7", "Odpowiedź: 7"),
        ("7", "Cevap: 7"), ("7", "답: 7"), ("7", "답은 7입니다."), ("7", "उत्तर: 7"), ("7", "উত্তর: ৭"), ("7", "جواب: ۷"), ("7", "התשובה היא 7"),
        ("7", "Resposta: 7"), ("7", "Vastaus on 7"), ("7", "Svaret är 7"), ("7", "Răspuns: 7"), ("7", "Відповідь: 7"), ("7", "Jawabannya adalah 7"),
        ("7", "Απάντηση: 7"), ("7", "Válasz: 7"), ("7", "故选答案为7。"), ("x^2", r"So we get $f = $ something, and finally $x^2$."),
    ],
}  # fmt: skip

WRONG = {
    "integers": [
        ("5", "-5"), ("5", "55"), ("5", "5.1"), ("12", "1, 2"), ("1234", "1.234"), ("5", "4.9999999"), ("5", "5.0000001"),
        ("123456789012", "123456789013"), ("1000000", "1000050"), ("2025", "2025.1"), ("802", "1 1 1"), ("5", "1 1 1 1 1"), ("5", "2 3"),
    ],
    "hedges": [
        ("5", r"\boxed{5 \text{ or } 6}"), ("5", "5 or 6"), ("5", "The answer is either 5 or 7."), ("5", r"\boxed{5} or \boxed{6}"),
        ("5", r"\boxed{5}, \boxed{6}"), ("5", r"5 \text{ (or maybe 6)}"), ("5", "The answer is 5, maybe 6."), ("5", r"\boxed{4, 5}"),
        ("5", r"\boxed{5} \boxed{6} \boxed{7}"), ("5", "Perhaps 5?"), ("5", "I do not know. Maybe 5."), ("5", r"\boxed{5/6/7}"),
        ("5", r"\boxed{\{4,5\}}"), ("5", r"\boxed{4 < 5}"), ("B", "B or C"), ("B", r"\boxed{A} \boxed{B}"), ("yes", "yes or no"), ("yes", "yes, no"),
        ("5", "The answer is 5 oder 6."), ("5", r"\boxed{5} \text{ or } \boxed{7}"), ("5", r"\boxed{5 \vee 6}"), ("5", r"\boxed{x=5 \text{ or } x=6}"),
    ],
    "ranges": [("5", r"\boxed{\text{about } 5}"), ("5", r"\boxed{\text{less than } 5}"), ("5", r"\boxed{\text{at least } 5}"), ("5", r"\boxed{5 \pm 0.1}"), ("5", r"\boxed{5-10}"), ("5", r"\boxed{5 \text{ to } 10}"), ("12", r"\boxed{1\,2}"), ("sine", r"\boxed{sin e}"), ("5", r"\boxed{\text{5 or more}}")],
    "relations": [
        ("5", "7=5"), ("5", "1+1=5"), ("5", "x=7=5"), ("5", r"6 \impliedby 5"), ("5", r"\neq 5"), ("5", r"\sim 5"), ("5", r"\approx 5"),
        ("5", "x > 5"), ("5", "x = y = 6"), ("5", r"\ge 5"), ("x=5", "y=5"), ("x=5", "x=6"), ("5", "x"), ("x=5", "x>5"), ("5", "5=x+y"),
        ("y=2x+1", "y=y"), ("y=2x+1", "0=0"), ("5", "5=6"), ("x^2+y^2=1", "x^2-y^2=1"), ("3x-y+13=0", "3x+4y+14=0"), ("x=5", "5=5"),
    ],
    "empty": [
        ("5", ""), ("5", " "), ("5", r"\boxed{}"), ("5", r"\boxed{ }"), ("5", "####"), ("5", "<answer></answer>"), ("feet", r"\boxed{}"),
        (r"\%", r"\boxed{}"), ("square", "Answer: "), ("5", r"\boxed{\text{answer}}"), ("5", r"\boxed{x}"), ("5", r"\boxed{\ldots}"), ("5", "The answer is"),
        ("5", r"\boxed{\square}"), ("5", r"\boxed{\text{}}"), ("x", r"\boxed{}"), ("no", r"\boxed{\text{ }}"), ("0", ""), ("0", r"\boxed{}"), ("()", r"\boxed{}"),
    ],
    "tiny": [
        (r"\frac{1}{2^{99}}", r"\frac{1}{2^{98}}"), (r"6.626\times10^{-34}", r"6.626\times10^{-35}"), (r"1.6\times10^{-19}", r"9.1\times10^{-31}"),
        ("0.0000004", "0.0000001"), ("0.001", "0.0010004"), ("0.000123", "0.0001234"), ("10^{-40}", "0"), (r"\pi", r"\pi+10^{-60}"),
        (r"\frac{2^{2005}+1}{3\cdot2^{2006}}", r"\frac{1}{3\cdot2^{2006}}"), ("1e-9", "0"), ("0", "1e-300"), (r"\sqrt{2}", r"\sqrt{2}+10^{-30}"),
    ],
    "anagrams and case": [
        ("listen", "silent"), ("east", "seat"), ("Euler", "ruleE"), ("DNA", "AND"), ("ACDB", "ABCD"), (r"\angle ABC", r"\angle ACB"), ("no", "on"),
        (r"2\pi r", r"2\pi R"), ("k", "K"), ("x", "X"), ("stop", r"\text{pots}"), ("abc", "cab"), ("triangle", "integral"),
    ],
    "units": [
        (r"5\text{ km}", r"5\text{ cm}"), (r"\$5", "5 euros"), (r"5 \text{ apples}", "5 oranges"), (r"5^\circ C", r"5^\circ F"), ("5 kg", "5 lb"),
        ("5 points", "5 units"), ("5 cm^2", "5 cm"), ("2 hours", "2 minutes"), ("5%", "5 cm"), ("5 m", "5%"), ("30 mph", "30 km/h"), ("$5", "£5"),
        ("5 km", "5 m"), ("5", r"5\%"), ("0.05", "5"), ("0.5", "50"), ("3", "300"), ("300", "3"), ("5", "500%"[:3]), ("12", "1 dozen eggs"),
    ],
    "bases, dates, ratios": [
        ("101_2", "101_3"), ("5", "101_2x"), ("3/4/2024", "0.00037055"), ("2024-01-05", "2018"), ("3/4/2024", "4/3/2024"), ("2:3", "3:2"),
        ("7:30", "7.5"), ("12:00", "1:00"), ("12:00", "24:00"), ("101", "101_2"), ("2024-01-05", "2024-05-01"),
    ],
    "sets and tuples": [
        ("(1,2)", r"\{1,2\}"), ("(1,2)", "(2,1)"), (r"\{1,2,3\}", r"\{1,2\}"), ("1331 and 1728", "1728"), (r"\pm 3", "3"), ("x=1,x=2", "x=1"),
        ("(1,234)", "1234"), (r"\{1,2\}", r"\{1,2,3\}"), ("[1,2]", "(1,2)"), ("[0,1)", "(0,1]"), ("(2,1)", r"\{1,2\}"), ("1,2", "1,3"),
        (r"1,2,\ldots,n", r"1,3,5,\ldots,2n-1"), ("(1,2)", "1"), (r"\{1,2\}", "(1,2,1)"), (r"\{1,2\}", "12"), ("(0,0)", "0"), (r"\{5\}", r"\{\}"),
        (r"(-\infty,3)\cup(3,\infty)", r"(-\infty,\infty)"), ("x>3", "x<3"), ("x>3", r"x\ge3"), (r"\mathbb{R}", r"(0,\infty)"), ("x>3", "y>3"),
        ("(1,2)", "[1,2]"), ("[1,2]", r"\{1,2\}"),
    ],
    "expressions": [
        ("x", "|x|"), ("x", r"\sqrt{x^2}"), ("a_1", "a_2"), (r"\theta", r"\phi"), ("x^2", "x^3"), ("x^2", "2x"), ("4", r"4\sqrt{2}"), (r"\sqrt{3}", "1.7"),
        ("x+2n+1", "x+1"), ("(a+5)(b+2)", "(+5)(b+2)"), ("1-1/e", "1+1/e"), ("x^2+C", "x^2"), (r"\pi", "3.14"), (r"\pi", "22/7"), (r"\sqrt2", "1.414"),
        (r"\frac{1}{x}", "x"), ("e^x", "x^e"), (r"\sin x", r"\sin y"), (r"\sin x", r"\cos x"), ("f(x)", "g(x)"), ("f(x)", "f(2x)"), ("2\\sqrt{3}", "2"),
        (r"(-1)^n", "1"), (r"n!", "n"), (r"\ln x", r"\log_{10} x"), ("i", "-i"), ("1+i", "1-i"), (r"\frac{0}{1}", r"\frac{0}{0}"), ("1", "0^0"), ("5", "inf"),
        (r"\infty", r"-\infty"), ("1", r"\frac{\infty}{\infty}"), ("x^2+1", "x^2+1.0000001"),
    ],
    "echoes": [
        ("1521", r"37\times 41+\sqrt{16}"), ("5050", r"\sum_{k=1}^{100}k"), ("120", r"5\cdot4\cdot3\cdot2"), ("10", r"\int_0^{10} 1\,dx"), ("7", "3+4"[:3] + "+0"),
        ("2", r"\lim_{x\to 0}\frac{\sin 2x}{x}"), ("24", r"\prod_{k=1}^{4}k"),
    ],
    "extraction": [
        ("5", r"<think>the answer is \boxed{5}. wait</think> I do not know."), ("5", r"<think>\boxed{5}"), ("2", "1. We start.\n2. Done, see above."),
        ("10", "I solved this on step 10."), ("43", r"\boxed{42}. Check: 42+1=43."), ("43", "The answer is 42. (Not 43.)"), ("4", r"First \boxed{4}. That is wrong, so \boxed{5}."),
        ("4", r"\boxed{4} is what I get, and there is nothing to add to that at all. \boxed{5}"), ("3", "La respuesta es 4 y no 3."), ("5", "5 is not the answer, 6 is: \\boxed{6}"),
        ("22", "3 + 22 gives the following. Svar: 25"), ("22", "3 + 22. Răspuns: 25"), ("5", "AZYUK5A"), ("5", "The answer is not 5."), ("5", "5 is wrong"), ("5", "The answer cannot be 5"), ("5", r"\boxed{\text{not } 5}"), ("24", "The answer is 25, not 24."),
    ],
    "choices": [
        ("B", "ABCD"), ("B", r"\boxed{A, B}"), ("A", "A triangle has three sides, so the answer is B."), ("A", "The answer is a number."), ("B", "C"), ("B", "BA"),
        ("A", "I think so."), ("B", r"\boxed{B \text{ or } C}"), ("D", r"\boxed{\text{All of A, B, C and D}}"), ("C", "(A) 1 (B) 2 (C) 3 (D) 4"),
    ],
}  # fmt: skip


def pairs(table):
    return [
        pytest.param(gold, given, id=f"{name}: {gold} | {given}"[:80])
        for name, rows in table.items()
        for gold, given in rows
    ]


@pytest.mark.parametrize(("gold", "given"), pairs(RIGHT))
def test_right_in_other_words(gold, given):
    verdict = answer.check(given, reference=gold)
    assert verdict.score == 1.0, (verdict.explanation, verdict.expected)


@pytest.mark.parametrize(("gold", "given"), pairs(WRONG))
def test_wrong_that_looks_right(gold, given):
    verdict = answer.check(given, reference=gold)
    assert verdict.score != 1.0, (verdict.explanation, verdict.expected)
    assert verdict.explanation
