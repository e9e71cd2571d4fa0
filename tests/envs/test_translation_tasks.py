"""Translation tasks: from parallel text, and of an invented language pair."""

import json

import pytest

from rlvr.environment import make
from rlvr.envs.invented import Invented
from rlvr.envs.translation_prompts import TEMPLATES, prompt_for
from rlvr.errors import ConfigError, DataError


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = [{"source": f"Sentence {i} of {{many}}.", "reference": f"Satz {i} von vielen."} for i in range(80)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    return path


def parallel(path, **args):
    return make("parallel", {"file": str(path), "source_language": "en", "target_language": "de", **args})


def test_every_row_is_given_once_a_turn_and_none_on_both_sides(rows):
    env = parallel(rows)
    held_out = {env.held_out(i, 0).data["source"] for i in range(40)}
    count = 80 - len(held_out)
    first = [env.train(i, 0).data["source"] for i in range(count)]
    second = [env.train(i, 0).data["source"] for i in range(count, 2 * count)]
    assert len(set(first)) == count
    assert set(first) == set(second)
    assert first != second
    assert not set(first) & held_out
    assert first != [env.train(i, 1).data["source"] for i in range(count)]


def test_a_source_with_braces_is_left_alone(rows):
    task = parallel(rows).train(0, 0)
    assert task.data["source"] in task.prompt[0].content
    assert "{many}" in task.prompt[0].content


def test_documents_are_consecutive_rows(rows):
    task = parallel(rows, sentences=4, template="document", chat=False).train(0, 0)
    numbers = [int(line.split()[1]) for line in task.data["source"].split("\n")]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert [int(line.split()[1]) for line in task.reference.split("\n")] == numbers
    assert task.prompt.startswith("Translate the following English document to German.")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"reference": "post_edit"}, "line 1, has no text `post_edit`; it has source, reference"),
        ({"template": "towr"}, "Did you mean `tower`?"),
        ({"target_language": "xx-!"}, "`xx-!` is no language tag"),
        ({"file": "nowhere.jsonl"}, "nowhere.jsonl cannot be read"),
        ({"sentences": 0}, "must be at least 1"),
        ({"sentences": 80}, "too few to hold some out"),
    ],
)
def test_what_cannot_be_used_is_said(rows, args, said):
    with pytest.raises(ConfigError, match=r"data\.env_args\.") as error:
        parallel(rows, **args)
    assert said in str(error.value)


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_hold_the_source_and_name_the_language(template):
    prompt = prompt_for("Guten Tag {x}!", "de", "zh-Hant", template)
    assert "Guten Tag {x}!" in prompt
    assert "Chinese (Traditional)" in prompt or "zh-Hant" in prompt


def test_a_template_with_another_field_is_refused():
    with pytest.raises(DataError, match="Its fields: source, source_name"):
        prompt_for("x", "en", "de", "{source} {style}")


def test_the_invented_language_is_learnable_and_consistent():
    env = Invented(glossary=0.5, copies=0.1)
    tasks = [env.train(i, 0) for i in range(400)]
    held_out = {env.held_out(i, 0).data["source"] for i in range(400)}
    assert not {task.data["source"] for task in tasks} & held_out
    copies = sum(task.demonstration == task.data["source"] for task in tasks)
    assert 20 <= copies <= 60
    assert all(term in task.reference.split() for task in tasks for term in task.data["glossary"].values())
    known = {}
    for task in tasks:
        key = (task.data["source"], tuple(task.data["glossary"].items()))
        assert known.setdefault(key, task.reference) == task.reference
