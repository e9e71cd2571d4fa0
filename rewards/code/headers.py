"""What judges of data sets put before every program, so that answers which leave out these imports are right there."""

from __future__ import annotations

import ast
from typing import Final

from rlvr.sandbox.judges.conventions import HEADER_MODULES, imports_of

LIVECODEBENCH_HEADER: Final = f"{imports_of(HEADER_MODULES)}sys.setrecursionlimit(50000)\n"

APPS_HEADER: Final = """\
import sys, time, itertools, collections, math, fractions, random, heapq
from itertools import accumulate, product, permutations, combinations
from collections import Counter, OrderedDict, deque, defaultdict, ChainMap
from functools import lru_cache
from math import sqrt, sin, cos, tan, ceil, fabs, floor, gcd, exp, log, log2
from typing import List, Tuple
from heapq import *
stdin, stdout = sys.stdin, sys.stdout
class np:
    def __getattr__(self, name):
        return getattr(__import__("num" + "py"), name)
np = np()
"""
"""That of APPS and TACO. Few programs use numpy, so `np` looks it up when it is used; its whole name, standing in every
program, would have each of them start from a process that has numpy in memory."""


def imports_in(prompt: str) -> str:
    """The imports that a prompt begins with: an answer often leaves them out.

    >>> imports_in("from typing import List\\ndef f(x: List[int]): pass")
    'from typing import List'
    """
    try:
        body = ast.parse(prompt).body
    except SyntaxError:
        return ""
    return "\n".join(ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))
