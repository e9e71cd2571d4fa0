"""Rows as data sets are published become tasks; one that cannot be read is named."""

import json

import pytest

from rlvr import Message
from rlvr.errors import DataError
from rlvr.rewards.constraints import follow, follow_turns
from rlvr.rewards.constraints.follow_turns import growing, next_turn
from rlvr.rewards.constraints.rows.files import rows_of
from rlvr.rewards.constraints.rows.ifeval import ifeval
from rlvr.rewards.constraints.rows.multilingual import m_ifeval, marco_mif, multi_if
from rlvr.rewards.constraints.rows.open_instruct import if_multi_constraints, rlvr_ifeval

NULLS = {"N": None, "quantifier": None, "keyword_list": None, "options": None}
POEM = [{"role": "user", "content": "Write a poem on rain."}, {"role": "assistant", "content": "Rain."}]


@pytest.mark.parametrize(
    ("truth", "ids", "kwargs"),
    [
        ({"func_name": "validate_lowercase", **NULLS}, ["validate_lowercase"], {}),
        (
            {"func_name": "validate_word_constraint", **NULLS, "N": 50, "quantifier": "around"},
            ["validate_word_constraint"],
            {"N": 50, "quantifier": "around"},
        ),
        (
            {"func_name": "validate_choice", **NULLS, "options": "(yes, no, maybe)"},
            ["validate_choice"],
            {"options": ["yes", "no", "maybe"]},
        ),
        (
            {"func_name": "validate_choice", **NULLS, "options": "['a, b', 'c']"},
            ["validate_choice"],
            {"options": ["a, b", "c"]},
        ),
    ],
)
@pytest.mark.parametrize("written", [json.dumps, lambda truth: [json.dumps(truth)], lambda truth: truth])
def test_rlvr_ifeval(truth, ids, kwargs, written):
    task = rlvr_ifeval({"messages": POEM, "ground_truth": written(truth), "dataset": "ifeval"})
    assert task.reference == {"instruction_id_list": ids, "kwargs": [kwargs]}
    assert task.prompt == (Message("user", "Write a poem on rain."),)
    assert task.reward == "instructions.follow"


@pytest.mark.parametrize("written", [repr, json.dumps, list])
def test_if_multi_constraints(written):
    truth = [
        {
            "instruction_id": ["detectable_format:title", "last_word:last_word_sent", "keywords:exclude_word_harder"],
            "kwargs": [None, {"last_word": ["rain"]}, {"keyword": "sun", "instruction": None}],
        }
    ]
    task = if_multi_constraints({"key": "a7", "messages": POEM[:1], "ground_truth": written(truth)})
    assert task.reference["kwargs"] == [{}, {"last_word": "rain"}, {"keyword": "sun"}]
    assert task.id == "a7"


def conversation(**changed):
    row = {"key": "30:2:ja", "language": "Chinese", "turns": "None", "responses": "None"}
    for number in (1, 2, 3):
        ids = ["punctuation:no_comma", "length_constraints:number_words", "keywords:existence"][:number]
        kwargs = ['{"N": null}', '{"relation": "at least", "num_words": 10}', '{"keywords": ["雨"]}'][:number]
        row[f"turn_{number}_prompt"] = json.dumps({"role": "user", "content": f"第{number}问"})
        row[f"turn_{number}_instruction_id_list"] = json.dumps(ids)
        row[f"turn_{number}_kwargs"] = json.dumps(kwargs)
    return row | changed


def test_a_conversation_of_three_turns():
    task = multi_if(conversation())
    assert task.data == {"language": "zh"}
    assert [len(turn["kwargs"]) for turn in task.reference["turns"]] == [1, 2, 3]
    said = [
        "雨水落在古老的屋顶上整夜都没有停下来邻居们却睡得很香。",
        "太短了",
        "雨水落在古老的屋顶上整夜没有停下来孩子们在屋里唱歌。",
    ]
    verdicts = []
    for answer in said:
        prompt = tuple(vars_of(message) for message in task.prompt)
        verdicts.append(follow_turns.check(answer, reference=task.reference, prompt=task.prompt, data=task.data))
        assert prompt[-1] == ("user", f"第{len(verdicts)}问")
        last, task = task, next_turn(task, answer)
    assert task is None
    assert [verdict.score for verdict in verdicts] == [1.0, 0.0, 1.0]
    assert {name: verdicts[2].metrics[name] for name in ("turn1", "turn2", "turn3")} == {
        "turn1": 1.0,
        "turn2": 0.0,
        "turn3": 1.0,
    }
    assert verdicts[2].metrics["turn3/strict/keywords:existence"] == 1.0
    whole = follow_turns.check(
        said[-1], reference=last.reference, prompt=last.prompt, data={**last.data, "scope": "conversation"}
    )
    assert whole.score == pytest.approx(2 / 3)


def vars_of(message):
    return message.role, message.content


def test_two_turns_are_published_as_none():
    task = multi_if(conversation(turn_3_prompt="None", turn_3_kwargs="None", turn_3_instruction_id_list="None"))
    assert len(task.reference["turns"]) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scope": "all"}, "`turn` or `conversation`"),
        ({"mode": "losse"}, "Did you mean `loose`"),
    ],
)
def test_settings_of_a_conversation(changed, said):
    task = multi_if(conversation())
    verdict = follow_turns.check("x", reference=task.reference, prompt=task.prompt, data=changed)
    assert said in verdict.explanation


def test_constraints_that_only_say_what_they_add():
    added = [
        {"prompt": "a", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        {"prompt": "b", "instruction_id_list": ["keywords:word_once"], "kwargs": [{"keyword": "rain"}]},
    ]
    assert growing(added)[1]["kwargs"] == [{}, {"keyword": "rain"}]
    assert added[1]["kwargs"] == [{"keyword": "rain"}]


@pytest.mark.parametrize(
    ("id", "given", "shared", "read"),
    [
        ("ja:letters:kanji", {"kanji_limit": 5, "relation": "以上"}, None, {"kanji_limit": 5, "relation": "以上"}),
        (
            "ja:length_constraints:number_sentences",
            {"num_sentences": 5, "relation": "未満"},
            True,
            {"num_sentences": 5, "relation": "less than"},
        ),
        (
            "fr:keywords:frequency",
            {"keyword": "pluie", "frequency": 2, "relation": "au moins"},
            True,
            {"keyword": "pluie", "frequency": 2, "relation": "at least"},
        ),
        (
            "es:length_constraints:number_words",
            {"num_words": 9, "relation": "como máximo"},
            True,
            {"num_words": 10, "relation": "less than"},
        ),
        (
            "es:change_case:capital_word_frequency",
            {"capital_frequency": 2, "capital_relation": "como máximo"},
            True,
            {"capital_frequency": 3, "capital_relation": "less than"},
        ),
        (
            "es:detectable_content:number_placeholders",
            {"num_placeholders": 2, "relation": "al menos"},
            True,
            {"num_placeholders": 2},
        ),
        (
            "es:special_character:tildes",
            {"num_words": 2, "relation": "al menos"},
            None,
            {"num_words": 2, "relation": "al menos"},
        ),
        (
            "fr:special_character:accents",
            {"word_to_accentuate": {"ete": "été"}},
            None,
            {"word_to_accentuate": {"ete": "été"}},
        ),
    ],
)
def test_m_ifeval(id, given, shared, read):
    task = m_ifeval({"key": 1, "prompt": "…", "instruction_id_list": [id], "kwargs": [given]})
    assert task.reference["kwargs"] == [read]
    assert task.reference["instruction_id_list"] == [id.partition(":")[2] if shared else id]
    assert task.data == {"language": id[:2]}


def test_marco_mif_is_judged_in_its_language():
    row = {
        "key": 9,
        "prompt": "اكتب عن المطر.",
        "instruction_id_list": ["punctuation:no_comma"],
        "kwargs": [{"N": None}],
    }
    task = marco_mif(row, "ar")
    text = "المطر يسقط على السطح القديم طوال الليل، ولا أحد من الجيران يهتم بذلك في هذه المدينة الصغيرة."
    assert follow.check(text, reference=task.reference, prompt=task.prompt, data=task.data).score == 0.0
    assert (
        follow.check(text.replace("،", ""), reference=task.reference, prompt=task.prompt, data=task.data).score == 1.0
    )


BROKEN = [
    (rlvr_ifeval, {"messages": POEM, "ground_truth": "{"}, "'Write a poem on rain.': `ground_truth` is no JSON"),
    (rlvr_ifeval, {"messages": POEM, "ground_truth": '{"N": 3}'}, "names no `func_name`"),
    (
        rlvr_ifeval,
        {"key": 4, "messages": POEM, "ground_truth": '{"func_name": "validate_titel"}'},
        "Row 4: .*validate_title",
    ),
    (rlvr_ifeval, {"key": 4, "messages": [], "ground_truth": '{"func_name": "validate_title"}'}, "Row 4: no message"),
    (
        if_multi_constraints,
        {"key": "k", "messages": POEM, "ground_truth": "[{'kwargs': []}]"},
        "Row k: .*lacks `instruction_id`",
    ),
    (
        if_multi_constraints,
        {"key": "k", "messages": POEM, "ground_truth": "[{'instruction_id': ['keywords:palindrome'], 'kwargs': [5]}]"},
        "Row k: 5 in the kwargs",
    ),
    (
        if_multi_constraints,
        {"key": "k", "messages": POEM, "ground_truth": "[{'instruction_id': ['keywords:palindrome'], 'kwargs': []}]"},
        "Row k: 1 ids and 0 kwargs",
    ),
    (multi_if, conversation(turn_2_kwargs='["{}"]'), "Row 30:2:ja, turn 2: 2 ids and 1 kwargs"),
    (multi_if, conversation(turn_1_prompt="["), "Row 30:2:ja: `turn_1_prompt` is no message"),
    (multi_if, conversation(language=""), "Row 30:2:ja names no language"),
    (multi_if, {"key": 3}, "Row 3 lacks `turn_1_prompt`"),
    (
        m_ifeval,
        {"key": 8, "prompt": "p", "instruction_id_list": ["ja:a", "es:b"], "kwargs": [{}, {}]},
        "Row 8: its ids begin with es, ja",
    ),
    (
        m_ifeval,
        {"key": 8, "prompt": "p", "instruction_id_list": ["ja:letters:kanij"], "kwargs": [{}]},
        "Row 8: There is no check",
    ),
    (
        marco_mif,
        {"key": 2, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        "Row 2 names no language",
    ),
    (
        ifeval,
        {"key": 2, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": ["x"]},
        "Row 2: 'x' in the kwargs",
    ),
]


@pytest.mark.parametrize(("read", "row", "said"), BROKEN)
def test_a_row_that_cannot_be_read_is_named(read, row, said):
    with pytest.raises(DataError, match=said):
        read(row)


def test_files_as_they_are_published(tmp_path):
    rows = [{"key": 1, "prompt": "a\nb"}, {"key": 2, "prompt": "c"}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    (tmp_path / "rows.csv").write_text('key,prompt\n1,"a\nb"\n2,c\n')
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pytest.importorskip("pyarrow").Table.from_pylist(rows), tmp_path / "rows.parquet")
    for name in ("rows.jsonl", "rows.json", "rows.csv", "rows.parquet"):
        found = [(str(row["key"]), row["prompt"]) for _, row in rows_of(tmp_path / name)]
        assert found == [("1", "a\nb"), ("2", "c")], name


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"key": 1}\n{"key"', "a.jsonl:2 holds no JSON"),
        ("a.jsonl", "[1]", "a.jsonl:1 holds no JSON object"),
        ("a.json", "[1", "a.json holds no JSON"),
        ("a.parquet", "x", "a.parquet is no parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=said):
        list(rows_of(tmp_path / name))
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read: No such file"):
        list(rows_of(tmp_path / "none.jsonl"))
