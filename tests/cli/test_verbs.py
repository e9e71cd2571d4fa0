"""Every verb at work, on real tasks and with a real, if tiny, model."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml
from transformers import AutoTokenizer

from rlvr.cli import VERBS
from rlvr.config import load
from rlvr.config.schema import TrainConfig
from tests.trajectory import numbers, samples

from .conftest import GSM8K, ROOT, TEMPLATE, plain, tasks


@pytest.fixture
def gsm8k(project):
    """Writes the first problems of GSM8K as tasks."""
    if not GSM8K.is_file():
        pytest.skip(f"{GSM8K} is not there")

    def written(prompt_of, count=24):
        with GSM8K.open(encoding="utf-8") as lines:
            rows = [json.loads(next(lines)) for _ in range(count)]
        made = [
            {"prompt": prompt_of(row["question"]), "reference": row["answer"].rpartition("####")[2].strip()}
            for row in rows
        ]
        (project / "gsm8k.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made))
        return rows

    return written


def test_train_on_text_prompts(rlvr, words, gsm8k, project):
    rows = gsm8k(lambda question: question)
    ended = rlvr(*words("data.tasks=gsm8k.jsonl", "data.holdout=4"))
    assert ended.code == 0, ended.all
    assert "grpo 2/2" in ended.err
    assert "runs/it" in plain(ended.out)
    drawn = samples(project / "runs" / "it")
    assert len(drawn) == 2 * 2 * 4
    assert {row["prompt"] for row in drawn} <= {row["question"] for row in rows[:20]}
    assert {row["status"] for row in drawn} == {"scored"}
    assert all(row["expected"] for row in drawn)
    assert (project / "runs" / "it" / "report.html").stat().st_size > 1000


@pytest.fixture
def chat_dir(model_dir, tmp_path):
    folder = shutil.copytree(model_dir, tmp_path / "chat-model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [1, 5]}))  # `<|end|>` ends a turn
    return folder


def test_train_on_chat_messages(rlvr, words, gsm8k, project, chat_dir):
    system = {"role": "system", "content": "Answer with a number."}
    gsm8k(lambda question: [system, {"role": "user", "content": question}])
    ended = rlvr(*words("data.tasks=gsm8k.jsonl", f"model.path={chat_dir}", "rollout.max_new_tokens=64"))
    assert ended.code == 0, ended.all
    tokenizer = AutoTokenizer.from_pretrained(chat_dir)
    for row in samples(project / "runs" / "it"):
        chat = json.loads(row["prompt"])
        assert chat[0] == system
        text = f"<|system|>{system['content']}<|end|><|user|>{chat[1]['content']}<|end|><|assistant|>"
        assert row["n_prompt_tokens"] == len(tokenizer(text, add_special_tokens=False).input_ids)
        assert "<|end|>" not in row["completion"]


def test_chat_messages_without_a_template_are_an_error(rlvr, words, gsm8k):
    gsm8k(lambda question: [{"role": "user", "content": question}])
    ended = rlvr(*words("data.tasks=gsm8k.jsonl"))
    assert ended.code == 2
    assert "no chat template" in plain(ended.err)
    assert "gsm8k.jsonl:1" in ended.err


def test_train_resume_export_and_eval_tell_one_story(rlvr, words, project):
    tasks(project / "held-out.jsonl", count=6)
    ended = rlvr(
        *words("reward=text.length", "eval.tasks=held-out.jsonl", "eval.strict=text.exact", "eval.lenient=text.length")
    )
    assert ended.code == 0, ended.all
    ended = rlvr("resume", "runs/it")
    assert ended.code == 0, ended.all
    ended = rlvr("export", "runs/it", "--to", "out/model")
    assert ended.code == 0, ended.all
    assert "step 2" in plain(ended.out)

    asked = ["out/model", "--tasks", "held-out.jsonl", "--reward", "text.exact", "--lenient", "text.length"]
    asked += ["--max-new-tokens", "8", "engine.device=cpu", "engine.threads=1"]
    ended = rlvr("eval", *asked, "--json", "--out", "rows.jsonl")
    assert ended.code == 0, ended.all
    found = json.loads(ended.out)
    after = numbers(project / "runs" / "it")[-1]
    for key in ("strict", "lenient"):
        assert found["metrics"][key]["value"] == after[f"eval/{key}"], key
    for key in ("length", "truncated"):
        assert found["generation"][key] == after[f"eval/{key}"], key
    assert found["metrics"]["strict"]["items"] == 6
    rows = [json.loads(line) for line in (project / "rows.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [f"sum-{i}" for i in range(6)]
    assert all({"strict", "lenient", "completion", "reference"} <= row.keys() for row in rows)

    ended = rlvr("eval", *asked, "--size", "2")
    assert ended.code == 0, ended.all
    assert "strict" in ended.out
    ended = rlvr("export", "runs/it", "--to", "out/model")
    assert ended.code == 2
    assert "not empty" in ended.err


def test_eval_of_a_reward_that_cannot_score_says_so_as_json(rlvr, model_dir, project):
    tasks(project / "odd.jsonl", count=3)
    (project / "odd.jsonl").write_text((project / "odd.jsonl").read_text().replace('"reference": "', '"reference": "x'))
    asked = ["--tasks", "odd.jsonl", "--reward", "math.final_number", "--max-new-tokens", "4", "--json"]
    ended = rlvr("eval", model_dir, *asked, "engine.device=cpu")
    assert ended.code == 0, ended.all
    assert (
        json.loads(ended.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))["metrics"]["strict"][
            "value"
        ]
        is None
    )
    assert json.loads(ended.out)["failed"]["strict"] == 1.0


def test_config_prints_every_key(rlvr):
    ended = rlvr("config", "quickstart", "run.steps=7")
    assert ended.code == 0
    printed = yaml.safe_load(ended.out)
    assert printed["run"]["steps"] == 7
    assert printed.keys() == TrainConfig.__dataclass_fields__.keys()
    assert printed["optim"]["lr"] == load("quickstart").optim.lr
    assert rlvr("config", "recipe=quickstart", "run.steps=7").out == ended.out


def test_help_is_quick_and_shows_an_example_of_every_verb():
    """In a process that has imported nothing yet."""
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from rlvr.cli import main
for words in [["--help"], ["-h"], ["--version"], *([verb, "--help"] for verb in {list(VERBS)!r})]:
    print("==", *words)
    try:
        main(words)
    except SystemExit as ended:
        assert not ended.code, (words, ended.code)
heavy = {{"torch", "transformers", "ray", "pyarrow", "sympy"}} & set(sys.modules)
assert not heavy, heavy
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    pages = dict(page.split("\n", 1) for page in ended.stdout.split("== ")[1:])
    assert all(verb in pages["--help"] for verb in VERBS)
    assert pages["-h"] == pages["--help"]
    for verb in VERBS:
        assert f"rlvr {verb} " in pages[f"{verb} --help"].partition("Example:")[2], verb


@pytest.mark.parametrize(("word", "meant"), [("trian", "train"), ("evla", "eval"), ("reusme", "resume")])
def test_a_wrong_verb_gets_a_suggestion(rlvr, word, meant):
    ended = rlvr(word, "recipe=grpo")
    assert ended.code == 2
    assert f"There is no `rlvr {word}`. Did you mean `{meant}`?" in ended.err


def test_no_verb_at_all_shows_the_help(rlvr):
    ended = rlvr()
    assert "train" in ended.all
    assert ended.code in (0, 2)


def test_a_project_with_modules_called_like_ours(project, model_dir, words):
    """The installed command, in a folder with its own rewards.py, envs.py and recipes.py."""
    (project / "rewards.py").write_text(
        "from rlvr import Sample, reward\n\n\n"
        '@reward("mine.short")\n'
        "def short(sample: Sample) -> bool:\n"
        "    import rlvr.rewards\n\n"
        '    assert hasattr(rlvr.rewards, "__path__"), "shadowed"\n'
        "    return len(sample.completion) < 20\n"
    )
    for name in ("envs", "recipes", "sandbox"):
        (project / f"{name}.py").write_text("raise ImportError('this is not what anybody asked for')\n")
    command = [sys.executable, "-c", "from rlvr.cli import main; main()"]  # puts the folder itself on the path
    ended = subprocess.run(
        [*command, *words("reward=rewards.py:short", "data.holdout=2")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=project,
    )
    assert ended.returncode == 0, ended.stderr
    rows = samples(project / "runs" / "it")
    assert {row["status"] for row in rows} == {"scored"}
    assert {row["reward"].split("@")[0] for row in rows} == {"mine.short"}
