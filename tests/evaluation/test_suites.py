"""Each suite on the files as they are published, through the command line, with a model of random weights."""

import csv
import json

import pytest

from rlvr.evaluation.files import rows_of_file
from rlvr.evaluation.finding import find_suite, suite_names
from rlvr.suite import SuiteRow

from .conftest import rows_of, write

MBPP = [
    {
        "task_id": 11,
        "text": "Write a python function to add two numbers.",
        "code": "def add(a, b):\n    return a + b",
        "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
        "test_setup_code": "",
        "challenge_test_list": [],
    },
    {
        "task_id": 12,
        "text": "Write a python function to negate a number.",
        "code": "def neg(a):\n    return -a",
        "test_list": ["assert neg(1) == -1"],
        "test_setup_code": "",
        "challenge_test_list": [],
    },
]
MATH = [
    {
        "problem": f"What is ${i} + 1$?",
        "solution": f"We add: $\\boxed{{{i + 1}}}$.",
        "answer": str(i + 1),
        "subject": "Algebra" if i % 2 else "Prealgebra",
        "level": 1,
        "unique_id": f"test/algebra/{i}.json",
    }
    for i in range(4)
]


def turn(text, ids, kwargs):
    return {
        "prompt": json.dumps({"role": "user", "content": text}),
        "instruction_id_list": json.dumps(ids),
        "kwargs": json.dumps([json.dumps(one) for one in kwargs]),
    }


def multi_if_rows():
    """Two conversations in the form of facebook/Multi-IF: JSON in the fields of a CSV."""
    rows = []
    for key, language in (("1:1:en", "English"), ("2:1:de", "German")):
        turns = [
            turn("Write about rain.", ["punctuation:no_comma"], [{}]),
            turn("Use capitals.", ["punctuation:no_comma", "change_case:english_capital"], [{}, {}]),
            turn(
                "End with THE END.",
                ["punctuation:no_comma", "change_case:english_capital", "startend:end_checker"],
                [{}, {}, {"end_phrase": "THE END."}],
            ),
        ]
        fields = {f"turn_{i}_{name}": value for i, one in enumerate(turns, 1) for name, value in one.items()}
        rows.append({"key": key, "turns": "[]", "responses": "[]", "language": language, **fields})
    return rows


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def tasks_of(name, *paths):
    rows = [SuiteRow(fields, path.name, place) for path in paths for place, fields in rows_of_file(path)]
    return list(find_suite(name).tasks(rows))


@pytest.mark.parametrize(
    ("suite", "file", "count"),
    [
        ("ifeval", "instructions/ifeval_prompts.jsonl", 540),
        ("ifbench", "instructions/ifbench_test.jsonl", 299),
        ("gsm8k", "math/gsm8k_test.jsonl", 1319),
        ("humaneval", "code/HumanEval.jsonl.gz", 164),
        ("wmt", "translation/mlqe_dev.en-zh.jsonl", 1000),
        ("preference", "translation/mlqe_dev.en-de.jsonl", 500),
    ],
)
def test_published_files_are_read_whole(published, suite, file, count):
    tasks = tasks_of(suite, published(file))
    assert len(tasks) >= count
    assert len({task.id for task in tasks}) == len(tasks)


@pytest.mark.parametrize(
    ("suite", "file", "metrics"),
    [
        (
            "ifeval",
            "instructions/ifeval_prompts.jsonl",
            {"prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose"},
        ),
        (
            "ifbench",
            "instructions/ifbench_test.jsonl",
            {"prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose"},
        ),
        ("gsm8k", "math/gsm8k_test.jsonl", {"accuracy"}),
        ("wmt", "translation/mlqe_dev.en-de.jsonl", {"chrf", "bleu"}),
        ("if-mt", "translation/mlqe_dev.en-de.jsonl", {"follow", "instructions", "all_instructions", "chrf"}),
        ("preference", "translation/mlqe_dev.ro-en.jsonl", {"accuracy"}),
    ],
)
def test_published_files_end_to_end(evaluated, published, suite, file, metrics):
    found = evaluated(suite, "--data", published(file), "--size", 2)
    assert found["metrics"].keys() == metrics
    assert all(row["items"] == 2 and 0 <= row["low"] <= row["high"] <= 1 for row in found["metrics"].values())
    assert found["failed"] == {}
    assert found["generation"]["prompts"] == "chat"
    (data,) = found["data"]
    assert len(data["sha256"]) == 64
    assert found["provenance"]["rewards"]
    assert len(rows_of("rows.jsonl")) == 2


@pytest.mark.slow
def test_humaneval_counts_passes(evaluated, published, sandbox):
    words = ["--data", published("code/HumanEval.jsonl.gz"), "--size", 2, "--samples", 3, "--k", 1, "--k", 2]
    found = evaluated("humaneval", *words)
    assert found["metrics"].keys() == {"pass@1", "pass@2"}
    assert len({row["completion"] for row in rows_of("rows.jsonl")}) > 2


@pytest.mark.slow
def test_humaneval_reads_completions_as_its_own_programs_do(rlvr, published, project, sandbox):
    rows = [row for _, row in rows_of_file(published("code/HumanEval.jsonl.gz"))][:6]
    said = [
        {"task_id": row["task_id"], "completion": row["canonical_solution"] if i % 3 else "    return None\n"}
        for row in rows
        for i in range(3)
    ]
    write(project / "samples.jsonl", said)
    words = ["--data", published("code/HumanEval.jsonl.gz"), "--completions", "samples.jsonl", "--partial"]
    ended = rlvr("eval", "written", "humaneval", *words, "--samples", 3, "--k", 1, "--k", 2, "--json")
    assert ended.code == 0, ended.all
    found = json.loads(ended.out)
    assert found["metrics"]["pass@1"]["value"] == pytest.approx(2 / 3)
    assert found["metrics"]["pass@2"]["value"] == 1.0
    assert found["left_out"] == 158


@pytest.mark.slow
def test_mbpp(rlvr, project, sandbox):
    (project / "mbpp.json").write_text(json.dumps(MBPP))
    write(project / "said.jsonl", [{"task_id": row["task_id"], "completion": row["code"]} for row in MBPP])
    ended = rlvr("eval", "written", "mbpp", "--data", "mbpp.json", "--completions", "said.jsonl", "--json")
    assert ended.code == 0, ended.all
    assert json.loads(ended.out)["metrics"]["pass@1"]["value"] == 1.0


def test_math_by_subject(rlvr, project):
    write(project / "math.jsonl", MATH)
    said = [
        {"id": row["unique_id"], "completion": f"So \\boxed{{{row['answer'] if i else 7}}}"}
        for i, row in enumerate(MATH)
    ]
    write(project / "said.jsonl", said)
    ended = rlvr("eval", "written", "math", "--data", "math.jsonl", "--completions", "said.jsonl", "--json")
    assert ended.code == 0, ended.all
    accuracy = json.loads(ended.out)["metrics"]["accuracy"]
    assert accuracy["value"] == 0.75
    assert {name: part["value"] for name, part in accuracy["groups"].items()} == {"Prealgebra": 0.5, "Algebra": 1.0}


def test_multi_if_answers_stand_between_the_turns(evaluated, project):
    write_csv(project / "multi.csv", multi_if_rows())
    found = evaluated("multi-if", "--data", "multi.csv")
    assert {f"turn{i}" for i in (1, 2, 3)} <= found["metrics"].keys()
    assert found["main"] == "turn3"
    assert set(found["metrics"]["turn3"]["groups"]) == {"en", "de"}
    assert [len(row["turns"]) for row in rows_of("rows.jsonl")] == [2, 2]


def test_multi_if_scores_each_turn(rlvr, project):
    write_csv(project / "multi.csv", multi_if_rows())
    said = [
        {"key": "1:1:en", "completion": ["rain falls", "RAIN FALLS ON THE HILLS", "RAIN FALLS THE END."]},
        {"key": "2:1:de", "completion": ["rain, rain", "rain falls", "Rain THE END."]},
    ]
    write(project / "said.jsonl", said)
    ended = rlvr("eval", "written", "multi-if", "--data", "multi.csv", "--completions", "said.jsonl", "--json")
    assert ended.code == 0, ended.all
    metrics = json.loads(ended.out)["metrics"]
    assert metrics["turn1_conversation_strict"]["value"] == 0.5
    assert metrics["turn2_instruction_strict"]["value"] == 3 / 4
    assert metrics["turn3_instruction_strict"]["value"] == 5 / 6
    assert metrics["turn3"]["value"] == pytest.approx((0.5 + 5 / 6) / 2)


def test_m_rewardbench(rlvr, project):
    rows = [
        {"id": i, "prompt": f"{i} + 1?", "chosen": str(i + 1), "rejected": str(i), "language": "deu", "subset": "math"}
        for i in range(20)
    ]
    write(project / "m.jsonl", rows)
    tasks = tasks_of("preference", project / "m.jsonl")
    assert sorted(task.reference for task in tasks) == ["A"] * 10 + ["B"] * 10
    assert all(task.data["choices"][task.reference] == rows[i]["chosen"] for i, task in enumerate(tasks))
    write(project / "said.jsonl", [{"id": task.id, "completion": "Answer: A"} for task in tasks])
    ended = rlvr("eval", "always-a", "preference", "--data", "m.jsonl", "--completions", "said.jsonl", "--json")
    assert json.loads(ended.out)["metrics"]["accuracy"]["value"] == 0.5


def test_wmt_is_the_mean_of_pairs_and_takes_further_metrics(rlvr, published, project):
    files = [published(f"translation/mlqe_dev.{pair}.jsonl") for pair in ("en-de", "ro-en")]
    said = []
    for file, count in zip(files, (30, 10), strict=True):
        rows = list(rows_of_file(file))[:count]
        write(project / file.name, [row for _, row in rows])
        said += [{"id": place, "completion": row["hypothesis"]} for place, row in rows]
    write(project / "said.jsonl", said)
    data = [word for file in files for word in ("--data", file.name)]
    ended = rlvr("eval", "mt", "wmt", *data, "--completions", "said.jsonl", "--metric", "mt.guards", "--json")
    assert ended.code == 0, ended.all
    found = json.loads(ended.out)
    for name in ("chrf", "bleu", "guards"):
        row = found["metrics"][name]
        assert row["value"] == pytest.approx(sum(part["value"] for part in row["groups"].values()) / 2)
        assert set(row["groups"]) == {"en-de", "ro-en"}
    assert 0.5 < found["metrics"]["chrf"]["value"] < 0.9
    assert 0.2 < found["metrics"]["bleu"]["value"] < 0.7


def test_wmt_24(project):
    row = {"lp": "en-de_DE", "domain": "news", "document_id": "d", "segment_id": 3, "is_bad_source": False}
    rows = [row | {"source": "A house.", "target": "Ein Haus."}, row | {"is_bad_source": True, "source": "canary"}]
    (task,) = tasks_of("wmt", write(project / "en-de_DE.jsonl", rows))
    assert task.data["target_language"] == "de-DE"
    assert task.reference == "Ein Haus."


def test_if_mt_has_two_to_four_instructions_that_the_reference_follows(rlvr, published, project):
    file = published("translation/mlqe_dev.en-de.jsonl")
    write(project / file.name, [row for _, row in list(rows_of_file(file))[:60]])
    tasks = tasks_of("if-mt", project / file.name)[:12]
    assert {len(task.data["constraints"]) for task in tasks} <= {2, 3, 4}
    write(project / "said.jsonl", [{"id": task.id, "completion": task.reference} for task in tasks])
    words = ["--data", file.name, "--size", 12, "--completions", "said.jsonl", "--json"]
    ended = rlvr("eval", "reference", "if-mt", *words)
    assert ended.code == 0, ended.all
    assert {row["value"] for row in json.loads(ended.out)["metrics"].values()} == {1.0}


def test_if_mt_takes_a_judge(rlvr, published, project, endpoint):
    server = endpoint(lambda prompt, _: "[[75]]" if "<translation>\nEin Haus" in prompt else "[[25]]")
    file = published("translation/mlqe_dev.en-de.jsonl")
    tasks = tasks_of("if-mt", file)[:2]
    said = [{"id": task.id, "completion": text} for task, text in zip(tasks, ("Ein Haus.", "Ja."), strict=True)]
    write(project / "said.jsonl", said)
    words = ["--data", file, "--size", 2, "--completions", "said.jsonl", "--json"]
    ended = rlvr("eval", "some", "if-mt", *words, "--judge", server.url, "--judge-model", "j")
    assert ended.code == 0, ended.all
    assert json.loads(ended.out)["metrics"]["judge"]["value"] == 0.5


# Where IFEval's program asks langdetect, which takes these answers for other languages than they are in.
LANGUAGES = {"202", "1843", "2341", "2571", "3456", "3567"}


@pytest.mark.parametrize(("mode", "apart"), [("strict", LANGUAGES), ("loose", LANGUAGES | {"1122"})])
def test_gpt4_on_ifeval_has_the_published_accuracies(rlvr, published, project, mode, apart):
    names = ("prompts", "responses_gpt4", f"verdicts_{mode}")
    prompts, said, recorded = (published(f"instructions/ifeval_{name}.jsonl") for name in names)
    keys = {row["prompt"].strip(): str(row["key"]) for row in rows_of(prompts)}
    ended = rlvr("eval", "gpt-4", "ifeval", "--data", prompts, "--completions", said, "--json", "--results", "all.json")
    assert ended.code == 0, ended.all
    verdicts = {keys[row["prompt"].strip()]: row for row in rows_of(recorded)}
    ours = {item["id"]: item["values"] for item in json.loads((project / "all.json").read_text())["items"]}
    differing = {
        key
        for key, row in verdicts.items()
        if ours[key][f"prompt_{mode}"][0] != row["follow_all_instructions"]
        or ours[key][f"instruction_{mode}"][0] != sum(row["follow_instruction_list"])
    }
    assert differing <= apart
    metrics = json.loads(ended.out)["metrics"]
    whole = sum(row["follow_all_instructions"] for row in verdicts.values()) / len(verdicts)
    marks = [mark for row in verdicts.values() for mark in row["follow_instruction_list"]]
    assert metrics[f"prompt_{mode}"]["value"] == pytest.approx(whole, abs=len(apart) / len(verdicts) + 1e-9)
    assert metrics[f"instruction_{mode}"]["value"] == pytest.approx(
        sum(marks) / len(marks), abs=len(apart) / len(marks) + 1e-9
    )


def test_published_gsm8k_solutions_have_their_published_accuracy(rlvr, published, project):
    rows = rows_of(published("math/gsm8k_model_solutions.jsonl"))
    said = [{"question": row["question"], "completion": row["175b_verification"]["solution"]} for row in rows]
    write(project / "said.jsonl", said)
    recorded = sum(row["175b_verification"]["is_correct"] for row in rows) / len(rows)
    words = ["--data", published("math/gsm8k_test.jsonl"), "--completions", "said.jsonl", "--json"]
    ended = rlvr("eval", "175b", "gsm8k", *words)
    assert ended.code == 0, ended.all
    assert json.loads(ended.out)["metrics"]["accuracy"]["value"] == pytest.approx(recorded, abs=0.002)


def test_a_model_without_a_chat_template_is_asked_in_plain_text(rlvr, model, project, published):
    from shutil import copytree

    bare = copytree(model, project / "bare")
    (bare / "chat_template.jinja").unlink()
    words = ["--data", published("math/gsm8k_test.jsonl"), "--size", 1, "--max-new-tokens", 4]
    ended = rlvr("eval", bare, "gsm8k", *words, "engine.device=cpu", "--json")
    assert ended.code == 0, ended.all
    assert json.loads(ended.out)["generation"]["prompts"] == "plain"


@pytest.mark.parametrize("name", suite_names())
def test_a_missing_file_says_where_it_comes_from(rlvr, project, name):
    suite = find_suite(name)
    needs = ["--judge", "http://127.0.0.1:9/v1", "--judge-model", "j", "--baseline", "b"] if suite.judged else []
    for words, said in (([], "needs its data: --data FILE"), (["--data", "gone.jsonl"], "no file gone.jsonl")):
        ended = rlvr("eval", "x", name, *words, "--completions", "said.jsonl", *needs)
        assert ended.code == 2
        assert said in ended.err
        assert suite.source in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ifevl"], "Did you mean `ifeval`?"),
        (["ifeval", "gsm8k"], "One suite at a time"),
        (["ifeval", "--tasks", "t.jsonl"], "without a suite"),
        ([], "Name a SUITE"),
        (["gsm8k", "--data", "rows.jsonl"], "has no 'answer'"),
        (["gsm8k", "--data", "good.jsonl", "--samples", "2", "--temperature", "0"], "are all the same"),
        (["humaneval", "--data", "good.jsonl", "--k", "5"], "needs as many samples"),
        (["gsm8k", "--data", "good.jsonl", "--completions", "none.jsonl"], "no file none.jsonl"),
        (["gsm8k", "--data", "good.jsonl", "--completions", "rows.jsonl"], "rows.jsonl:1 has no `completion`"),
        (["gsm8k", "--data", "good.jsonl", "--completions", "other.jsonl"], "--partial"),
        (["gsm8k", "--data", "good.jsonl", "--data", "good.jsonl"], "Name each file only once"),
        (["gsm8k", "--data", "good.jsonl", "--metric", "math.nothing"], "no reward `math.nothing`"),
        (["gsm8k", "--data", "good.jsonl", "--judge", "http://x/v1", "--judge-model", "j"], "asks no judge"),
        (["gsm8k", "--data", "good.jsonl", "--results", "."], "is a directory"),
        (["gsm8k", "--data", "good.jsonl"], "there is no folder `nowhere`"),
    ],
)
def test_mistakes(rlvr, project, words, said):
    write(project / "rows.jsonl", [{"question": "1 + 1?"}])
    write(project / "good.jsonl", [{"question": "1 + 1?", "answer": "#### 2"}])
    write(project / "other.jsonl", [{"id": "z", "completion": "2"}])
    ended = rlvr("eval", "nowhere", *words)
    assert ended.code == 2, ended.all
    assert said in " ".join(ended.err.split())
