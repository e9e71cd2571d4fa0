r"""Reading expressions: `\frac{1}{2}x^2 + \sin 3x`, `pi/2`, `2\sqrt3` and `e^{16}-1` become trees.

Written for this and not taken from sympy or ANTLR, since both compute while they read (a tower of powers, letters of a
word as a product); here reading is linear, and what is read can be looked at before anything is computed.
"""

from __future__ import annotations

from collections.abc import Callable

from rlvr.rewards.math.parsing.cursor import Cursor
from rlvr.rewards.math.parsing.determinants import determinant
from rlvr.rewards.math.parsing.tokens import DEEPEST, Token, value_of
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UnreadableError, balanced, is_whole, number
from rlvr.rewards.math.parsing.vocabulary import (
    ACCENTS,
    APPLIED,
    CLOSING,
    CONSTANTS,
    ENDS,
    FUNCTIONS,
    GREEK,
    INVERSES,
    OPERATORS,
    SAME,
)

_LONGEST_NAME = 3


class ExpressionReader(Cursor):
    """Reads expressions from tokens; `group` reads what stands between brackets, and is given by the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        super().__init__(tokens)
        self.bars = self.depth = 0
        self.group: Callable[[str], Node]

    def expression(self) -> Node:
        """A sum of terms."""
        terms = [self.signed()]
        while True:
            if self.take("+"):
                terms.append(self.term())
            elif self.take("-"):
                terms.append(Node("neg", (self.term(),)))
            elif self.text in (r"\pm", r"\mp"):
                sign = self.text.lstrip("\\")
                self.place += 1
                terms = [Node("pm", (balanced("add", terms), self.term()), "mp" if sign == "mp" else "")]
            else:
                return balanced("add", terms)

    def signed(self) -> Node:
        """A term with its sign."""
        negative = False
        while self.text in ("-", "+"):
            negative ^= self.take("-") or not self.take("+")
        if negative:
            return Node("neg", (self.term(),))
        if self.text in (r"\pm", r"\mp"):
            sign = "mp" if self.text == r"\mp" else ""
            self.place += 1
            return Node("pm", (number(0), self.term()), sign)
        return self.term()

    def term(self) -> Node:
        """A product, with or without a sign between the factors."""
        factors = [self.factor()]
        while True:
            if self.take("*", r"\times", r"\cdot", r"\ast"):
                factors.append(self._negative())
            elif self.take("/", r"\div"):
                factors = [Node("div", (balanced("mul", factors), self._negative()))]
            elif self._starts_factor():
                factors = self._beside(factors)
            else:
                return balanced("mul", factors)

    def _negative(self) -> Node:
        return Node("neg", (self.factor(),)) if self.take("-") else self.factor()

    def _beside(self, factors: list[Node]) -> list[Node]:
        token, left = self.token, factors[-1]
        right = self.factor()
        if right.kind == "number" and token and token.kind == "number":
            raise UnreadableError(f"`{token.text}` right behind another factor")
        if len(factors) == 1 and left.kind == "number" and _is_fraction_of_numbers(right, token) and is_whole(left):
            return [Node("add", (left, right))]  # 3\frac{1}{2}
        return [*factors, right]

    def _starts_factor(self) -> bool:
        token = self.token
        if token is None or (token.text in ENDS and not (token.text == "|" and not self.bars)):
            return False
        if token.kind == "word":
            return token.text not in ("and", "or")
        if token.kind == "command":
            return token.text[1:] not in OPERATORS
        return token.kind in ("number", "begin") or token.text in ("(", "{", r"\{", "|")

    def factor(self) -> Node:
        """A primary with what stands behind it: powers, `!`, `%`, degrees."""
        node = self.primary()
        while True:
            if self.take("^", "**"):
                if self.take(r"\circ") or (self.text == "{" and self._is_degree()):
                    node = Node("degree", (node,))
                    continue
                node = Node("pow", (node, self.exponent()))
            elif self.text == "!" and self.take("!"):
                node = Node("factorial", (node,))
            elif self.take("%"):
                node = Node("div", (node, number(100)))
            else:
                return node

    def _is_degree(self) -> bool:
        inside = [token.text for token in self.tokens[self.place : self.place + 3]]
        if inside == ["{", r"\circ", "}"]:
            self.place += 3
            return True
        return False

    def exponent(self) -> Node:
        """What is raised: a group, or one factor, itself perhaps a power."""
        if self.take("-"):
            return Node("neg", (self._positive_exponent(),))
        self.take("+")
        return self._positive_exponent()

    def _positive_exponent(self) -> Node:
        node = self.primary()
        while self.take("!"):
            node = Node("factorial", (node,))
        return Node("pow", (node, self.exponent())) if self.take("^", "**") else node

    def primary(self) -> Node:
        """The smallest whole: a number, a symbol, a function with its argument, a group.

        Raises:
            UnreadableError: There is none.
        """
        token = self.token
        if token is None:
            raise UnreadableError("the text ends where something should follow")
        self.place += 1
        if token.kind == "number":
            return self._number(token)
        self.depth += 1
        if self.depth > DEEPEST + 5:
            raise TooCostlyError(f"nested more than {DEEPEST} deep")
        node = self._whole(token)
        self.depth -= 1
        return node

    def _whole(self, token: Token) -> Node:
        if token.kind == "word":
            return self._word(token.text)
        if token.kind == "text":
            return self._named_in_text(token)
        if token.kind == "command":
            return self._command(token.text)
        if token.text == "|" and not self.bars:
            self.bars += 1
            inside = self.expression()
            self.bars -= 1
            self.need("|")
            return Node("call", (inside,), "abs")
        if token.kind == "begin" or token.text in ("(", "[", "{", r"\{", "]"):
            bars, self.bars = self.bars, 0
            inside = self.group(token.text if token.kind != "begin" else "begin")
            self.bars = bars
            return determinant(inside) if token.kind == "begin" and "{v" in token.text else inside
        raise UnreadableError(f"`{token.text}` where a number or symbol should be")

    def _number(self, token: Token) -> Node:
        if self.take("_"):
            return Node("base", name=f"{token.text.upper()}_{self.subscript()}")
        return Node("number", name=token.text, value=value_of(token.text))

    def _word(self, word: str) -> Node:
        if word in FUNCTIONS:
            return self._call(word)
        if word in CONSTANTS:
            return Node("constant", name=CONSTANTS[word])
        if word in GREEK:
            return self._symbol(word)
        for name in sorted(FUNCTIONS, key=len, reverse=True):
            if word.startswith(name) and word[-1] in "xyzabn" and len(word) - len(name) == 1:
                self.push_back(word[len(name) :])
                return self._call(name)
        if len(word) > 1:
            if len(word) > 4:
                raise UnreadableError(f"`{word}` is a word")
            self.push_back(word[1:])
        return self._letter(word[0])

    def _letter(self, letter: str) -> Node:
        if letter in "ei" and self.text not in ("_", "'"):
            return Node("constant", name=letter)
        return self._symbol(letter)

    def _symbol(self, name: str) -> Node:
        if self.take("_"):
            name = f"{name}_{self.subscript()}"
        while self.take("'"):
            name += "'"
        if name[0] in APPLIED and self.text == "(" and not self.tokens[self.place].spaced:
            self.place += 1
            inside = self.group("(")
            return Node("call", (inside,), f"?{name}")
        return Node("symbol", name=name)

    def _named_in_text(self, token: Token) -> Node:
        word = token.text.strip()
        if len(word) == 1 and word.isalpha():
            return self._letter(word)
        if word in FUNCTIONS:
            return self._call(word)
        raise UnreadableError(f"the words `{word}` in a formula")

    def _command(self, command: str) -> Node:  # noqa: C901 - one line a command
        name = command[1:]
        if name == "frac":
            return Node("div", (self._argument(), self._argument()))
        if name == "sqrt":
            return self._root()
        if name in ("binom", "choose"):
            return Node("binomial", (self._argument(), self._argument()))
        if name in FUNCTIONS:
            return self._call(name)
        if name in CONSTANTS:
            return Node("constant", name=CONSTANTS[name])
        if name in GREEK:
            return self._symbol(name)
        if command in CLOSING:
            call, end = CLOSING[command]
            inside = self.expression()
            self.need(end)
            return Node("call", (inside,), call)
        if name == "langle":
            return self.group(command)
        if name == "mathbb":
            letter = self.subscript()
            if letter in ("R", "Z", "N", "Q", "C"):
                return Node("constant", name=letter)
        if name in ("angle", "triangle"):
            letters = self.text
            self.place += 1
            return Node("symbol", name=f"{name} {letters}")
        if name in ACCENTS:
            return self._accented(name)
        raise UnreadableError(f"`{command}` is not read")

    def _accented(self, accent: str) -> Node:
        """Letters under an accent are a name of their own; anything else is a function nobody knows."""
        place = self.place
        name = self.subscript()
        if name.isalpha() and len(name) <= _LONGEST_NAME:
            return self._marked(f"{accent} {name}")
        self.place = place
        return Node("call", (self._argument(),), f"?{accent}")

    def _marked(self, name: str) -> Node:
        if self.take("_"):
            name = f"{name}_{self.subscript()}"
        while self.take("'"):
            name += "'"
        return Node("symbol", name=name)

    def _argument(self) -> Node:
        """What a command takes: a group, or a single digit or symbol (`\\frac12`)."""
        token = self.token
        if token and token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            self.place += 1
            self.push_back(token.text[1:], "number")
            return number(int(token.text[0]))
        if token and token.kind == "word" and len(token.text) > 1:
            self.place += 1
            self.push_back(token.text[1:])
            return self._letter(token.text[0])
        return self.primary()

    def _root(self) -> Node:
        index = number(2)
        if self.take("["):
            index = self.expression()
            self.need("]")
        inside = self.primary()
        return Node("pow", (inside, Node("div", (number(1), index))))

    def _call(self, name: str) -> Node:
        name = SAME.get(name, name)
        base: Node | None = None
        power: Node | None = None
        for _ in range(2):
            if name == "log" and self.take("_"):
                base = self._argument() if self.text != "{" else self.primary()
            elif self.take("^", "**"):
                power = self.exponent()
        if self.take("{") or self.take("("):
            inside = self.group("{" if self.tokens[self.place - 1].text == "{" else "(")
        else:
            inside = self._open_argument()
        if name == "sqrt":
            return Node("pow", (inside, Node("div", (number(1), number(2)))))
        if power == Node("neg", (number(1),)) or (power and power.kind == "neg" and power.args[0].value == 1):
            name, power = INVERSES.get(name, name), None if name in INVERSES else power
        args = inside.args if inside.kind in ("round", "list") else (inside,)
        call = Node("call", args if base is None else (*args, base), name)
        return call if power is None else Node("pow", (call, power))

    def _open_argument(self) -> Node:
        """Of `\\sin 2x`: factors side by side, up to the next function or operator."""
        inside = self.factor()
        while self._starts_factor() and not self._is_function() and self.text != "(":
            inside = Node("mul", (inside, self.factor()))
        return inside

    def _is_function(self) -> bool:
        return self.text.lstrip("\\") in FUNCTIONS


def _is_fraction_of_numbers(node: Node, token: Token | None) -> bool:
    written = token is not None and token.text == r"\frac"
    return written and node.kind == "div" and all(is_whole(part) for part in node.args)
