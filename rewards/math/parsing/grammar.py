r"""Reading whole answers: lists, tuples, intervals, sets, matrices, relations and ratios, made of expressions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rlvr.rewards.math.parsing.expressions import ExpressionReader
from rlvr.rewards.math.parsing.names import closing_bracket, is_applied, name_of
from rlvr.rewards.math.parsing.tokens import Token, tokens
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UnreadableError

_RELATIONS: Final = {
    "=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\approx": "~", r"\in": "in",
    r"\equiv": "==",
}  # fmt: skip
_SET_OPERATIONS: Final = {r"\cup": "union", r"\cap": "intersection", r"\setminus": "minus"}
_DEEPEST: Final = 80
_UNEVALUATED = re.compile(
    r"\\(?P<name>sum|prod|i*int|oint|lim|limsup|liminf|partial|nabla)(?![A-Za-z])"
    r"|\\frac\s*\{\s*(?P<derivative>d)(?:\^\{?\d\}?)?[^{}]{0,20}\}\s*\{\s*d[^{}]{1,10}\}"
)
_SLOPE = re.compile(r"\\frac\s*\{\s*d\s*([A-Za-z])\s*\}\s*\{\s*d\s*([a-z])\s*\}\s*=(?=\s*\S)")
_RANGES = re.compile(r"\\(?:[lcv]?dots|ddots)(?![A-Za-z])|\.\.\.")


@lru_cache(maxsize=4096)
def read(text: str) -> Node:
    r"""The tree of a tidied text.

    Raises:
        UnreadableError: It is no mathematics that we read.
        TooCostlyError: It is longer or more deeply nested than a right answer is.

    >>> read("(1, 2]").kind, read(r"x \le 3").name, read("1, 2").kind
    ('interval', '<=', 'list')
    """
    text = text.strip().rstrip(".").strip()
    if slope := _SLOPE.match(text):
        return Node("relation", (Node("symbol", name=f"d{slope[1]}/d{slope[2]}"), read(text[slope.end() :])), "=")
    if _UNEVALUATED.search(text):
        tokens(text.replace(r"\\", " "))  # for its gate
        return Node("unevaluated", name=text)
    if _RANGES.search(text):
        raise UnreadableError("dots stand for something that is not written")
    reader = _Reader(tokens(text))
    if not reader.tokens:
        raise UnreadableError("nothing there")
    node = reader.sequence(())
    if node.depth() > _DEEPEST:
        raise TooCostlyError(f"a formula of more than {_DEEPEST} levels")
    if reader.token is not None:
        raise UnreadableError(f"`{reader.text}` in {text[:60]!r}")
    return node


class _Reader(ExpressionReader):
    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self.group = self._group

    def sequence(self, ends: tuple[str, ...]) -> Node:
        """Statements between commas, or groups of them between semicolons."""
        groups: list[list[Node]] = [[]]
        word = ""
        while True:
            groups[-1].append(self.statement())
            commas = semicolons = 0
            while self.text in (",", "and", "or", "&", ";"):
                word = self.text if self.text in ("and", "or") else word
                commas, semicolons = commas + (self.text != ";"), semicolons + (self.text == ";")
                self.place += 1
            if not commas and not semicolons:
                break
            if self.token is None or self.text in ends:
                break
            if semicolons:
                groups.append([])
        if len(groups) == 1:
            return groups[0][0] if len(groups[0]) == 1 else Node("list", tuple(groups[0]), word)
        if all(len(group) == 1 for group in groups):
            return Node("list", tuple(group[0] for group in groups))
        return Node("list", tuple(Node("list", tuple(group)) for group in groups))

    def statement(self) -> Node:
        """Expressions with relations between them."""
        parts, operators = [self._named_side() or self._ratio()], list[str]()
        while operator := _RELATIONS.get(self.text):
            self.place += 1
            operators.append(operator)
            parts.append(self._ratio())
        if operators == ["=="]:
            self.need(r"\pmod")
            return Node("congruent", (*parts, self.primary()))
        return Node("relation", tuple(parts), " ".join(operators)) if operators else parts[0]

    def _named_side(self) -> Node | None:
        """The left side of `A(t) = 2t+1`, `f^{-1}(x) = x-1` or `\text{Area} = 6`: a name, not a product."""
        token, start = self.token, self.place
        name = name_of(token) if token else ""
        if not name:
            return None
        self.place += 1
        if self.text == "=" and len(name) > 1:
            return Node("symbol", name=name)
        try:
            node = self._function_side(name)
        except UnreadableError:
            node = None
        if node is None:
            self.place = start
        return node

    def _function_side(self, name: str) -> Node | None:
        while self.text in ("_", "^", "'"):
            if self.take("'"):
                name += "'"
            elif self.take("_"):
                name = f"{name}_{self.subscript()}"
            else:
                self.place += 1
                if self.subscript() != "-1":
                    return None
                name += "^-1"
        start, end = self.place, closing_bracket(self.tokens, self.place)
        if not end or end + 1 >= len(self.tokens) or self.tokens[end + 1].text != "=":
            return None
        if not is_applied(name, [token.text for token in self.tokens[start + 1 : end]]):
            return None
        self.place += 1
        inside = self.group("(")
        return Node("call", inside.args if inside.kind == "round" else (inside,), f"?{name}")

    def _ratio(self) -> Node:
        parts = [self._sets()]
        while self.take(":"):
            parts.append(self._sets())
        return Node("ratio", tuple(parts)) if len(parts) > 1 else parts[0]

    def _sets(self) -> Node:
        left = self.expression()
        while operation := _SET_OPERATIONS.get(self.text):
            self.place += 1
            left = Node(operation, (left, self.expression()))
        return left

    def _group(self, opening: str) -> Node:
        if opening == "begin":
            return self._matrix()
        if opening == r"\{":
            return self._set()
        if opening == "{":
            inside = self.sequence(("}",))
            self.need("}")
            return inside
        if opening == r"\langle":
            inside = self.sequence((r"\rangle",))
            self.need(r"\rangle")
            return Node("round", _items(inside))
        if self.take(")", "]"):
            raise UnreadableError("brackets with nothing between them")
        inside = self.sequence((")", "]"))
        closing = self.text
        if closing not in (")", "]", "["):
            raise UnreadableError(f"`{closing or 'the end'}` where a bracket should close")
        self.place += 1
        return _bracketed(opening, closing, inside)

    def _set(self) -> Node:
        if self.take(r"\}"):
            return Node("constant", name="empty")
        place = self.place
        first = self.statement()
        named = first.kind == "symbol" or (first.kind == "relation" and first.name == "in")
        if named and (self.take(r"\mid") or (first.kind == "symbol" and self.take(":"))):
            condition = self.sequence((r"\}",))
            self.need(r"\}")
            if not first.symbols() <= condition.symbols():
                raise UnreadableError("a condition on something else")
            return condition
        self.place = place
        inside = first = self.statement()
        if self.take(",", ";"):
            inside = Node("list", (first, *_items(self.sequence((r"\}",)))))
        self.need(r"\}")
        return Node("set", _items(inside))

    def _matrix(self) -> Node:
        rows: list[Node] = [Node("row", (self.statement(),))]
        while self._before_end():
            if self.take("&"):
                rows[-1] = Node("row", (*rows[-1].args, self.statement()))
            elif self.tokens[self.place].kind == "row":
                self.place += 1
                if self._before_end():
                    rows.append(Node("row", (self.statement(),)))
            else:
                raise UnreadableError(f"`{self.text}` in a matrix")
        self._need_end()
        return Node("matrix", tuple(rows))

    def _before_end(self) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place].kind != "end"

    def _need_end(self) -> None:
        if self.place >= len(self.tokens):
            raise UnreadableError("a matrix that is not closed")
        self.place += 1


def _items(node: Node) -> tuple[Node, ...]:
    return node.args if node.kind == "list" else (node,)


def _bracketed(opening: str, closing: str, inside: Node) -> Node:
    items = _items(inside)
    if closing == "[" or opening == "]":  # ]0, 1[ as in France
        outer = {"]": "(", "[": "["}[opening] if opening in "[]" else opening
        opening, closing = outer, {"[": ")", "]": "]", ")": ")"}[closing]
        return Node("interval", items, opening + closing)
    if (opening, closing) == ("(", ")"):
        return inside if len(items) == 1 else Node("round", items)
    if (opening, closing) == ("[", "]"):
        if len(items) > 1 and all(item.kind in ("square", "matrix") for item in items):
            return Node("matrix", tuple(Node("row", item.args) for item in items))
        if len(items) == 1:
            return inside.args[0] if inside.kind == "row" else inside
        return Node("square", items)
    return Node("interval", items, opening + closing)
