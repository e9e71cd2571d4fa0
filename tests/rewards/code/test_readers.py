"""Each reader judges as its data set's own judge does: right programs are right, on either side of every number."""

import json
import math

import pytest

from rlvr import get_reward, judge_all
from rlvr.rewards.code import readers
from rlvr.rewards.code.entry import entry_of
from rlvr.sample import sample_of

pytestmark = pytest.mark.usefixtures("sandbox")


def score(task, program):
    return judge_all(get_reward(task.reward), [sample_of(task, f"```python\n{program}\n```")])[0].score


def apps(inputs, outputs, name=None, **row):
    packed = {"inputs": inputs, "outputs": outputs} | ({"fn_name": name} if name else {})
    return readers.apps({"question": "?", "input_output": json.dumps(packed)} | row)


def contest(output):
    return readers.code_contests({"description": "?", "public_tests": {"input": [""], "output": [output]}})


def live(output, kind="stdin", given="", **row):
    tests = json.dumps([{"input": given, "output": output, "testtype": kind}])
    return readers.livecodebench(
        {"question_content": "?", "public_test_cases": tests, "metadata": '{"func_name": "f"}'} | row
    )


@pytest.mark.parametrize(
    ("task", "written", "right"),
    [
        (contest("YES\n"), "yes", 1.0),
        (contest("1 2\n3\n"), "1\\n\\n2 3", 1.0),
        (contest("0.5"), "0.500009", 1.0),
        (contest("0.5"), "0.500011", 0.0),
        (contest("5"), "5.0000001", 1.0),
        (contest("5"), "6", 0.0),
        (contest("100000.5"), "100000.6", 0.0),
        (apps([""], ["1\n\n2 3\n"]), "1 \\n 2  3", 1.0),
        (apps([""], [["1", "2"]]), "1\\n2", 1.0),
        (apps([""], ["1 2\n"]), "1\\n2", 0.0),
        (apps([""], ["1 2\n"]), "2 1", 0.0),
        (apps([""], ["YES"]), "yes", 0.0),
        (apps([""], ["0.5"]), "0.500009", 1.0),
        (apps([""], ["0.5"]), "0.500011", 0.0),
        (apps([""], ["100000"]), "100001", 0.0),
        (live("0.5000"), "0.5", 1.0),
        (live("0.5"), "0.5000009", 1.0),
        (live("0.5"), "0.5000011", 0.0),
        (live("1 2\n3"), " 1 2 \\n3", 1.0),
        (live("1 2\n3"), "1 2 3", 0.0),
        (live("Yes"), "YES", 0.0),
        (live("50000000000000000"), "50000000000000001", 0.0),
    ],
)
def test_outputs(task, written, right):
    assert score(task, f"print('{written}')") == right


@pytest.mark.parametrize(
    ("task", "program", "right"),
    [
        (apps([[1]], [[1]], "f"), "def f(x): return [x]", 1.0),
        (apps([[1]], [[1]], "f"), "def f(x): return x", 1.0),
        (apps([[1]], [[[1]]], "f"), "def f(x): return [x]", 1.0),
        (apps([[1], [2]], [[1], [2, 3]], "f"), "def f(x): return 1 if x == 1 else [2, 3]", 0.0),
        (apps([[[1, 2]]], [[3, 4]], "f"), "def f(x): return (3, 4)", 1.0),
        (apps([[[1, 2]]], [[3, 4]], "f"), "def f(x): return 3", 0.0),
        (apps([[{"1": 2}]], [[{"2": 1}]], "f"), "def f(d): return {v: k for k, v in d.items() if k + 0 == k}", 1.0),
        (apps([[2]], [[0.3]], "f"), "def f(x): return 0.300002", 1.0),
        (apps([[2]], [[0.3]], "f"), "def f(x): return 0.30002", 0.0),
        (apps([[[3, 1]]], [[3]], "f"), "class Solution:\n    def f(self, a: List[int]): return -heappop([-3])", 1.0),
        (apps([[4]], [[2]], "f"), "def f(x): return int(np.sqrt(x))", 1.0),
        (live("3", "functional", "[3, 1]"), "class Solution:\n    def f(self, a): return max(Counter(a))", 1.0),
        (live("8", "functional", "2\n3"), "class Solution:\n    def f(self, a, b): return pow(a, b, 100)", 1.0),
        (live("[1, 2]", "functional", "[2, 1]"), "class Solution:\n    def f(self, a): return tuple(sorted(a))", 1.0),
        (live("true", "functional", "1"), "class Solution:\n    def f(self, a): return 1", 0.0),
    ],
)
def test_functions(task, program, right):
    assert score(task, program) == right


def test_what_changes_its_argument_and_returns_nothing():
    program = "class Solution:\n    def f(self, a): a.sort()"
    starter = "class Solution:\n    def f(self, a: List[int]) -> None:\n        "
    assert score(live("[1, 2]", "functional", "[2, 1]", starter_code=starter), program) == 1.0
    assert score(live("[1, 2]", "functional", "[2, 1]"), program) == 0.0
    assert score(live("[1, 2]", "functional", "[2, 1]", starter_code=starter), program.replace("sort", "copy")) == 0.0


@pytest.mark.parametrize(
    ("given", "expected", "program"),
    [
        ("[1, 2, 3]", "[3, 2, 1]",
         "    def f(self, head: Optional[ListNode]) -> Optional[ListNode]:\n        last = None\n        while head:\n"
         "            head.next, last, head = last, head, head.next\n        return last"),
        ("[]", "[]", "    def f(self, head: Optional[ListNode]) -> Optional[ListNode]:\n        return head"),
        ("[[1, 2], [], [3]]", "6",
         "    def f(self, lists: List[Optional[ListNode]]) -> int:\n        total = 0\n        for node in lists:\n"
         "            while node:\n                total += node.val\n                node = node.next\n"
         "        return total"),
        ("[1, null, 2, 3]", "[1, 2, null, null, 3]",
         "    def f(self, root: Optional[TreeNode]) -> Optional[TreeNode]:\n        if root:\n"
         "            root.left, root.right = self.f(root.right), self.f(root.left)\n        return root"),
    ],
)  # fmt: skip
def test_lists_and_trees_of_leetcode(given, expected, program):
    task = live(expected, "functional", given)
    assert score(task, "class Solution:\n    def f(self, x: Optional[ListNode]): return 7") == 0.0


@pytest.mark.parametrize(
    ("returned", "expected", "right"),
    [
        ("[Fraction(1, 3), Fraction(4, 2)]", [1 / 3, 2], 1.0),
        ("{'a': (Decimal('0.1'),)}", {"a": [0.1]}, 1.0),
        ("Fraction(10**400)", 10**400, 1.0),
        ("Decimal('NaN')", math.nan, 1.0),
        ("Decimal('1e999999999')", 1.0, 0.0),
        ("Decimal('0.11')", 0.1, 0.0),
        ("Node(1, Node(2, None))", [1, 2], 1.0),
        ("Node(1, None)", [2], 0.0),
        ("Node(1, 2)", [1, 2], 0.0),
    ],
)
def test_numbers_and_nodes_become_plain(returned, expected, right):
    program = (
        "from decimal import Decimal\nfrom fractions import Fraction\nclass Node:\n    def __init__(self, val, next):\n"
    )
    program += f"        self.val, self.next = val, next\ndef f():\n    return {returned}"
    reference = {"fn_name": "f", "cases": [{"args": [], "expected": expected}]}
    assert get_reward("code.function").check(program, reference=reference).score == right


def test_an_import_from_the_future_stays_first():
    program = (
        "from __future__ import annotations\nclass Solution:\n    def f(self, a: List[int]) -> Nothing: return max(a)"
    )
    assert score(live("3", "functional", "[3, 1]"), program) == 1.0


NODE = "class Node:\n    def __init__(self, data):\n        self.data = data\n        self.left = self.right = None\n"
HEIGHT = f"{NODE}def height(node):\n    return 0 if node is None else 1 + max(height(node.left), height(node.right))"


def test_mbpp_whose_tests_need_the_programs_names():
    tree = {
        "text": "?",
        "test_list": ["assert (height(root)) == 2", "assert (height(root1)) == 1 "],
        "test_setup_code": "root = Node(1) \r\nroot.left = Node(2) \r\nroot1 = Node(1);  ",
        "code": HEIGHT,
    }
    for row in (tree, {name: tree[name] for name in tree if name != "code"}):
        task = readers.mbpp(row)
        assert task.reference["entry"] == ["Node", "height"]
        assert score(task, HEIGHT) == 1.0
        assert score(task, HEIGHT.replace("1 +", "2 +")) == 0.0
        assert score(task, HEIGHT.partition("def height")[2]) == 0.0
    size = {"text": "?", "test_list": ["assert size((1, 2)) == sys.getsizeof((1, 2))"]}
    assert score(readers.mbpp(size), "import sys\ndef size(x): return sys.getsizeof(x)") == 1.0
    assert score(readers.mbpp(size), "def size(x): return 1") == 0.0
    divisors = {"text": "?", "test_list": ["assert sum(10, 15) == 6", "assert sum(4, 4) == 7"]}
    program = "def sum(a, b):\n    t = 0\n    for i in range(1, a + 1): t += i * (a % i == b % i == 0)\n    return t"
    assert score(readers.mbpp(divisors), program) == 1.0
    assert score(readers.mbpp(divisors), "x = 1") == 0.0


def test_the_names_that_tests_use():
    assert entry_of(["assert sorted(f(max(1, 2))) == [1]"], "") == ["f"]
    assert entry_of(["assert set(sum(3)) == {1}"], "", "def sum(n): return [1]") == ["sum"]
    assert entry_of(["def check(f):\n    assert f(1)\ncheck(g)"], "import math") == ["g"]
    assert entry_of(["for i, x in enumerate([1]):\n    assert f(x) == i"], "") == ["f"]


def test_solutions_of_rows_are_kept():
    assert readers.mbpp({"test_list": ["assert f(1)"], "code": "def f(x): return x"}).reference["solution"]
    row = {
        "prompt": "def f(x):\n",
        "canonical_solution": "    return x\n",
        "entry_point": "f",
        "test": "def check(f): pass",
    }
    assert readers.human_eval(row).reference["solution"] == "def f(x):\n    return x\n"
    assert apps([""], ["1"], solutions='["print 1", "print(1)"]').reference["solution"] == "print(1)"
    both = {"language": [2, 3], "solution": ["int main(){}", "print(1)"]}
    task = readers.code_contests(
        {"description": "?", "private_tests": {"input": [""], "output": ["1"]}, "solutions": both}
    )
    assert task.reference["solution"] == "print(1)"


def test_an_entry_may_be_a_text():
    reward = get_reward("code.asserts")
    assert reward.check(
        "def add(a, b): return a + b", reference={"code": "assert add(1, 2) == 3", "entry": "add"}
    ).score
