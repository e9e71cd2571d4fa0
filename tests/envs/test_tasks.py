"""Tasks from files, and the order in which they are trained on."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.errors import DataError
from rlvr.sample import Message, Task
from rlvr.tasks import TaskList, TaskStream, read_tasks


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        file = tmp_path / "tasks.jsonl"
        file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        return file

    return write


def test_every_field_arrives(write):
    row = {
        "prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}],
        "reference": {"any": ["json"]},
        "data": {"language": "de"},
        "demonstration": "4",
        "candidates": ["5", "four"],
        "reward": "math.final_number",
        "id": 7,
    }
    assert read_tasks(write(row)) == [
        Task(
            (Message("system", "Be brief."), Message("user", "2 + 2?")),
            reference={"any": ["json"]},
            data={"language": "de"},
            reward="math.final_number",
            demonstration="4",
            candidates=("5", "four"),
            id="7",
        )
    ]


def test_ids_default_to_file_and_line_and_blank_lines_count(write):
    tasks = read_tasks(write({"prompt": "a"}, b"", {"prompt": "b"}, b"  \r"))
    assert [task.id for task in tasks] == ["tasks.jsonl:1", "tasks.jsonl:3"]


def test_line_ends_are_those_of_files_and_not_of_unicode(write):
    line = '{"prompt": "a\u2028b\u0085c"}'.encode()
    assert read_tasks(write(b"\xef\xbb\xbf" + line + b"\r"))[0].prompt == "a\u2028b\u0085c"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"prompt": "a"', "no JSON: Expecting ',' delimiter at character 15."),
        (b'{"prompt": "\xff"}', "no UTF-8 at byte 13."),
        (["a"], "a list instead of an object."),
        (b"[" * 100_000, "nested too deeply."),
        ({}, "no `prompt`."),
        ({"prompt": ""}, "`prompt` is empty."),
        ({"prompt": []}, "`prompt` is empty."),
        ({"prompt": "a", "candidates": "b"}, "`candidates` is a text; it is a list of texts."),
        ({"prompt": "a", "candidates": ["b", 3]}, "`candidates` holds a number; it is a list of texts."),
        ({"prompt": 3}, "`prompt` is a number; it is a text or a list of messages."),
        ({"prompt": ["hello"]}, "message 1 of `prompt` is a text;"),
        (
            {"prompt": [{"role": "usr", "content": "a"}]},
            "message 1 of `prompt` has the role `usr`. Did you mean `user`?",
        ),
        (
            {"prompt": [{"role": "user", "content": None}]},
            "message 1 of `prompt` has null as its content; it is a text.",
        ),
        (
            {"prompt": [{"role": "user", "content": "", "name": ""}]},
            "message 1 of `prompt` has the unknown key `name`.",
        ),
        ({"prompt": "a", "refrence": "b"}, "unknown key `refrence`. Did you mean `reference`?"),
        ({"prompt": "a", "data": ["b"]}, "`data` is a list; it is an object."),
        ({"prompt": "a", "reward": 1}, "`reward` is a number; it is a text."),
        ({"prompt": "a", "demonstration": {}}, "`demonstration` is an object; it is a text."),
        ({"prompt": "a", "id": []}, "`id` is a list; it is a text."),
    ],
)
def test_a_broken_line_is_named_and_shown(write, line, problem):
    file = write({"prompt": "fine"}, line)
    with pytest.raises(DataError) as error:
        read_tasks(file)
    head, where, shown = str(error.value).splitlines()
    assert head == f"{file} has a broken line:"
    assert where.startswith(f"  line 2: {problem}")
    assert shown.strip(" .") == file.read_bytes().split(b"\n")[1].decode(errors="replace")[:80]


def test_five_broken_lines_are_listed_and_the_rest_counted(write):
    with pytest.raises(DataError) as error:
        read_tasks(write(*[{"prompt": "x" * 200, "Prompt": 1}] * 7))
    text = str(error.value)
    assert "has 7 broken lines" in text
    assert text.count("unknown key `Prompt`") == 5
    assert text.endswith("and 2 more.")
    assert max(map(len, text.splitlines()[1:])) < 100


def test_several_problems_of_a_line_are_told_together(write):
    with pytest.raises(DataError, match=r"unknown key `refrence`.*no `prompt`.*`data` is a number"):
        read_tasks(write({"refrence": "a", "data": 1}))


def test_gsm8k_as_published_comes_with_a_conversion_that_works(write, tmp_path):
    file = write({"question": "How many?", "answer": "Six times twelve is 72.\n#### 72"})
    with pytest.raises(DataError) as error:
        read_tasks(file)
    _, _, command = error.value.hint.partition("\n")
    command = command.replace("IN.jsonl", str(file)).replace("OUT.jsonl", str(tmp_path / "out.jsonl"))
    subprocess.run(command.replace("python", sys.executable, 1), shell=True, check=True)
    [task] = read_tasks(tmp_path / "out.jsonl")
    assert (task.prompt, task.reference) == ("How many?", "72")


@pytest.mark.parametrize(("content", "problem"), [(b"\n \n", "holds no tasks"), (None, "cannot be read: No such file")])
def test_a_file_without_tasks_is_an_error(tmp_path, content, problem):
    file = tmp_path / "tasks.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError, match=problem):
        read_tasks(file)


@given(st.binary(max_size=60))
def test_whatever_a_file_holds_is_tasks_or_a_data_error(content):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tasks.jsonl"
        file.write_bytes(content)
        with pytest.raises(DataError):
            read_tasks(file)


def stream(size, seed=0, *, shuffle=True):
    return TaskStream(TaskList([Task(str(number)) for number in range(size)]), seed, shuffle=shuffle)


@given(size=st.integers(1, 20), seed=st.integers(0, 5), cut=st.integers(0, 60), length=st.integers(0, 60))
def test_a_stream_can_be_cut_anywhere(size, seed, cut, length):
    whole = stream(size, seed).take(0, cut + length)
    assert stream(size, seed).take(0, cut) + stream(size, seed).take(cut, length) == whole


@given(size=st.integers(1, 20), seed=st.integers(0, 5), epoch=st.integers(0, 5))
def test_an_epoch_holds_every_task_once(size, seed, epoch):
    taken = [task.prompt for task in stream(size, seed).take(epoch * size, size)]
    assert sorted(taken) == sorted(str(number) for number in range(size))


def test_epochs_and_seeds_differ_and_are_pinned():
    prompts = ["".join(task.prompt for task in stream(8, seed).take(place, 8)) for seed in (0, 1) for place in (0, 8)]
    assert prompts == ["54203167", "02537146", "24317056", "42017563"]


def test_without_shuffle_the_order_is_the_source_order():
    assert [task.prompt for task in stream(3, shuffle=False).take(2, 5)] == ["2", "0", "1", "2", "0"]


def test_an_empty_source_is_refused():
    with pytest.raises(ValueError, match="without tasks"):
        stream(0)
