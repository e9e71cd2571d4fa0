# ruff: noqa: RUF001 - letters of many scripts
r"""LaTeX and Unicode mathematics as one plain form, so that `\dfrac{1}{2}`, `\tfrac12` and `½` are read alike."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.languages.numbers.exact import fold
from rlvr.rewards.math.parsing.decorations import undecorated
from rlvr.rewards.math.parsing.wordings import in_symbols
from rlvr.rows.escapes import repaired

_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")

_SYMBOLS: Final = {
    ord(char): f" {plain} "
    for char, plain in {
        "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "∙": r"\cdot", "÷": r"\div", "√": r"\sqrt", "∞": r"\infty",
        "≤": r"\le", "⩽": r"\le", "≥": r"\ge", "⩾": r"\ge", "≠": r"\ne", "≈": r"\approx", "±": r"\pm", "∓": r"\mp",
        "∪": r"\cup", "∩": r"\cap", "∈": r"\in", "∅": r"\emptyset", "∖": r"\setminus", "°": r"^\circ",
        "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}",
        "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil",
        "∠": r"\angle", "△": r"\triangle", "∶": ":", "、": ",", "；": ";", "（": "(", "）": ")",
        "＋": "+", "＜": "<", "＞": ">", "［": "[", "］": "]", "｛": "{", "｝": "}", "＾": "^", "＊": "*",
        "／": "/", "＄": "$", "“": '"', "”": '"', "’": "'", "′": "'", "\u200b": "", "\u2061": "", "\u2062": "",
        "\ufeff": "", "〈": r"\langle", "〉": r"\rangle", "⟨": r"\langle", "⟩": r"\rangle",
        "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon", "ζ": r"\zeta",
        "η": r"\eta", "θ": r"\theta", "ι": r"\iota", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu", "ν": r"\nu",
        "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "υ": r"\upsilon", "φ": r"\phi",
        "ϕ": r"\phi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma", "Δ": r"\Delta", "Θ": r"\Theta",
        "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi", "Σ": r"\Sigma", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega",
        "µ": r"\mu",
    }.items()
}  # fmt: skip

_STEPS: Final = [
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\s?\{\s*,\s*\}|,(?:\\!\s*)+", ","),
        (r"(?<=\d)\\[,;:! ](?=\d{3}(?!\d))", ","),
        (r"(?<=\d)~(?=\d{3}(?!\d))", ","),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\[dt]binom(?![A-Za-z])", r"\\binom"),
        (r"\\(?:left|bigl?|Bigl?|biggl?|Biggl?)(?![A-Za-z])\s*(?=[(\[|]|\\[{|l])", ""),
        (r"\\(?:left|right|bigl?|bigr|Bigl?|Bigr|biggl?|biggr|Biggl?|Biggr|middle)(?![A-Za-z])\.?", " "),
        (r"\\(?:displaystyle|textstyle|limits|nolimits|hspace\{[^{}]*\}|phantom\{[^{}]*\})(?![A-Za-z])", " "),
        (r"\\?[\"\u201c\u201d]|``|''", " "),
        (r"\\q?quad", " "),
        (r"(?<!\\)\\[()]", " "),  # \( and \): delimiters
        (r"(?<!\\)\\[\[\]]", " "),
        (r"(?<!\\)\\(?:[,;:!>~ ]|enspace(?![A-Za-z])|thinspace(?![A-Za-z]))|~", " "),
        (r"\\(?:lvert|rvert|vert)(?![A-Za-z])", "|"),
        (r"\\(?:lt|textless)(?![A-Za-z])", "<"),
        (r"\\(?:gt|textgreater)(?![A-Za-z])", ">"),
        (r"\\(?:leq|leqslant)(?![A-Za-z])|<=", r"\\le "),
        (r"\\(?:geq|geqslant)(?![A-Za-z])|>=", r"\\ge "),
        (r"\\neq(?![A-Za-z])|!=", r"\\ne "),
        (r"\\(?:simeq|thickapprox)(?![A-Za-z])", r"\\approx "),
        (r"\\(?:varnothing|emptyset)(?![A-Za-z])", r"\\emptyset "),
        (r"\\colon(?![A-Za-z])", ":"),
        (r"\\var(?=epsilon|theta|phi|rho|sigma)", r"\\"),
        (r"\\(?:degree|degrees)(?![A-Za-z])", r"^\\circ "),
        (r"\\(?:mathrm|mathit|operatorname\*?|rm|mathsf|mathbf|bold|boldsymbol|mathcal)\s*\{\s*([A-Za-z])\s*\}", r"\1"),
        (r"\\(?:mathrm|mathit|operatorname\*?|mathsf)\s*\{\s*([A-Za-z]{2,})\s*\}", r"\\text{\1}"),
        (r"\\(?:text(?:bf|rm|it|sf|tt|normal|nf|up)|mbox|hbox|emph)\s*\{", r"\\text{"),
        (r"\\(?:math(?:rm|it|sf|bf|tt)|operatorname)\s*\{", r"\\text{"),
        (r"\\bar(?![A-Za-z])", r"\\overline"),
        (r"\\overrightarrow(?![A-Za-z])", r"\\vec"),
        (r"\\wide(?=(?:hat|tilde)(?![A-Za-z]))", r"\\"),
        (r"\\([$%&#])", r"\1"),
        (r"(?<![\d.,/^])(\d+) (\d+)/(\d+)(?![\d/.])", r"\1\\frac{\2}{\3}"),
        (r"(?<=[\d)])(and|or)(?=[A-Z(\\])", r" \1 "),
    )
]  # fmt: skip
_ASCII_PLAIN = re.compile(r"[\w\s.+\-(),:%]*")
_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z]{2}|[{}])")
_DOLLAR = re.compile(r"(?<!\\)\$")
_SPACES = re.compile(r"\s+")


def tidy(text: str) -> str:
    r"""The text in one form of LaTeX, without what only lays it out; words in `\text{}` keep that mark.

    >>> tidy(r"$\left(\dfrac{1}{2},\ \tfrac{\pi}{3}\right)$")
    '(\\frac{1}{2}, \\frac{\\pi}{3} )'
    >>> tidy("x ≤ 5²")
    'x \\le 5^{2}'
    """
    text = fold(undecorated(text if text.isprintable() else repaired(text)))
    if not text.isascii():
        text = _RAISED.sub(lambda run: f"^{{{run[0].translate(_SUPERSCRIPTS)}}}", text)
        text = _LOWERED.sub(lambda run: f"_{{{run[0].translate(_SUBSCRIPTS)}}}", text)
        text = text.translate(_SYMBOLS)
    if not _ASCII_PLAIN.fullmatch(text):
        if "\\begin" not in text:  # where it would start a row of a matrix
            text = _DOUBLED.sub(r"\\", text)
        if len(_DOLLAR.findall(text)) % 2 == 0:  # they delimit; a single one is a currency
            text = _DOLLAR.sub(" ", text)
        for pattern, plain in _STEPS:
            text = pattern.sub(plain, text)
        text = _TEXT.sub(_words, text)
    return in_symbols(_SPACES.sub(" ", text).strip())


def untext(text: str) -> str:
    r"""A tidied text with the marks of words taken off.

    >>> untext(r"5 \text{ or } 7")
    '5   or   7'
    """
    return _TEXT.sub(r" \1 ", text).strip() if "\\" in text else text


def _words(found: re.Match[str]) -> str:
    inside = found[1].strip()
    if inside.lower() in ("and", "or", ",", ""):
        return f" {inside.lower()} " if inside else " "
    if re.fullmatch(r"[-+]?[\d.,/]+", inside):
        return inside
    return rf"\text{{{found[1]}}}"
