"""The suites `humaneval` and `mbpp`: pass@k."""

from __future__ import annotations

import re
from typing import Final

from rlvr import Task
from rlvr.rewards.code.readers import human_eval
from rlvr.rewards.code.readers import mbpp as mbpp_row
from rlvr.sample import prompt_text
from rlvr.suite import Suite, each_row

_CODE: Final = re.compile(r"```python\n(.*)```\Z", re.DOTALL)


def completed(task: Task, completion: str) -> str:
    """The whole function of a completion as HumanEval's programs write it: the lines that go on from the prompt.

    >>> task = human_eval({"prompt": "def f():\\n", "entry_point": "f", "test": "def check(f):\\n    assert f() == 1"})
    >>> print(completed(task, "    return 1\\n"))
    def f():
        return 1
    """
    asked = _CODE.search(prompt_text(task.prompt))
    body = completion.strip("\n")
    # What is indented is the body; all else stands for itself.
    return f"{asked[1]}{body}" if asked and body[:1] in (" ", "\t") else completion


humaneval = Suite(
    "humaneval",
    "Python functions by their docstrings.",
    "data/HumanEval.jsonl.gz of github.com/openai/human-eval, or evalplus/humanevalplus on the hub",
    each_row(human_eval),
    {"passed": "code.asserts"},
    main="pass@1",
    pass_at=True,
    completed=completed,
)

mbpp = Suite(
    "mbpp",
    "Short Python programs by a sentence and a test.",
    "google-research-datasets/mbpp on the hub, or mbpp/mbpp.jsonl of github.com/google-research/google-research",
    each_row(mbpp_row),
    {"passed": "code.asserts"},
    main="pass@1",
    pass_at=True,
)
