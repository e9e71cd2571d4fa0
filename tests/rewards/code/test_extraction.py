"""Which part of an answer is the program: labels, ends of fences, and what stands beside the program."""

import pytest

from rlvr.rewards.code.extraction import blocks, program_of
from rlvr.sample import Sample

CODE = "a = 1\n"


def program(answer, language="python"):
    return program_of(Sample(answer), language)[0]


@pytest.mark.parametrize(
    "label",
    [
        "python", "Python", "python3", "python3.11", "python 3", "py3", "ipython", "ipython3", "{.python}", "{python}",
        "{.python .numberLines}", "python:a.py", "python title='a.py'", "python, linenos", "python {1,3}", "pypy3",
        " python ",
    ],
)  # fmt: skip
def test_labels_of_python(label):
    assert program(f"```{label}\n{CODE}```") == CODE


@pytest.mark.parametrize(
    ("label", "language"),
    [
        ("c++17", "cpp"), ("cpp20", "cpp"), ("{.cpp}", "cpp"), ("cpp:main.cpp", "cpp"), ("c11", "c"),
        ("rust,no_run", "rust"), ("golang", "go"),
        ("java17", "java"), ("node", "javascript"), ("js", "javascript"), ("zsh", "bash"),
    ],
)  # fmt: skip
def test_labels_of_other_languages(label, language):
    assert program(f"```{label}\nint x;\n```", language) == "int x;\n"
    assert program(f"```{label}\nint x;\n```") is None


@pytest.mark.parametrize("label", ["text", "output", "json", "c", "pythonx", "r", "3"])
def test_labels_of_no_python(label):
    assert program(f"```{label}\n{CODE}```") is None


@pytest.mark.parametrize(
    "end",
    [
        "```", "```\n", "```<|im_end|>", "```</s>", "``` <|eot_id|><|end|>", "``` That is all.", "```That's it", "```.",
        "```\n<|im_end|>", "```  \r\n", "``` Done. It prints 5 here.",
    ],
)  # fmt: skip
def test_what_stands_behind_the_closing_fence(end):
    assert program(f"```python\n{CODE}{end}") == CODE


@pytest.mark.parametrize("end", ["```", "```\nIt prints\n```\n5\n```", "```<|im_end|>", "``` </s>\nmore", "```\n"])
def test_a_fence_on_the_codes_last_line(end):
    assert program(f"```python\na = 1{end}") == CODE


@pytest.mark.parametrize(
    "line",
    ["s = '```'", "x = 1  # see ```f``` and", "s = 'a```b'", "print(f'```{x}')", "```python", "```json", "x = '`'"],
)
def test_fences_within_a_line_of_code_end_no_block(line):
    assert program(f"```python\n{line}\nb = 2\n```") == f"{line}\nb = 2\n"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("```python\na = 1\n```\n```\n6\n```", CODE),
        ("```\n2 3\n```\n```python\na = 1\n```", CODE),
        ("```python\na = 1\n```\n```text\n6", CODE),
        ("```python\na = 1\n```\n```\n6", CODE),
        ("```python\na = 1\n```\n```python\n# python a.py\n```", CODE),
        ("```python\na = 1\n```\n```python\n\n```", CODE),
        ("```python\n# only this\n```", "# only this\n"),
        ("```python\na = 0\n```\n```python\na = 1\n```", CODE),
        ("```\na = 0\n```\n```\na = 1\n```", CODE),
        ("```\na = 1\n```\nOutput:\n```\n2 3\n```", CODE),
        ("```\n5\n```", "5\n"),
        ("```\n2 3\n```\n```\na = 1", None),
        ("The code: ```python\na = 1\n```", CODE),
        ("1. So:\n   ```python\n   a = 1\n   ```", CODE),
        ("```python\na = 1\n```\n```python\na = 2", None),
        ("```\na = 1", None),
        ("```text\na = 1", None),
        ("```text\na = 1\n```", None),
    ],
)
def test_which_block_is_the_program(answer, wanted):
    assert program(answer) == wanted


@pytest.mark.parametrize(
    "text", ["x```<" * 200_000, "```python\n" + "x```\n```python\n" * 100_000, "x ```py\n" * 150_000]
)
def test_marks_take_a_megabyte(text):
    assert sum(len(block.text) for block in blocks(text)) <= len(text)
