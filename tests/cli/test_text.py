"""The verbs that look at text to learn from: `curate` and `data`, and `train` told of a mixture."""

import json

import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForSequenceClassification

from rlvr.engine.policy.reward_model import RewardModel
from rlvr.sample import Message, Sample
from rlvr.tasks import read_tasks

from ..engine.conftest import MINIATURE
from ..engine.test_chat import CHATML, SPECIAL


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


ANSWERS = [
    {"prompt": "2 + 2 =", "reference": "4", "candidates": ["5", "It is 4.", "= 4"], "id": "sum", "model": "some"},
    {"prompt": "3 + 3 =", "reference": "6", "candidates": ["5", "7"]},
    {"prompt": [{"role": "user", "content": "1 + 1 ="}], "reference": "2", "data": {"level": 1}, "candidates": ["2"]},
]


def test_the_best_answer_is_kept_and_of_equals_the_shortest(rlvr, tmp_path):
    file = written(tmp_path / "answers.jsonl", ANSWERS)
    done = rlvr(
        "curate", file, "--reward", "math.final_number", "--min-score", 1, "--to", tmp_path / "t.jsonl", "--json"
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["prompts"], found["candidates"], found["kept"]) == (3, 6, 2)
    assert found["dropped"] == {"best below 1": 1}
    assert found["mean_score"] == 0.5
    first, second = read_tasks(tmp_path / "t.jsonl")
    assert (first.id, first.demonstration, first.reference) == ("sum", "= 4", "4")
    assert first.data == {"curation": {"score": 1.0, "candidates": 3}}
    assert (second.prompt, second.data["level"]) == ((Message("user", "1 + 1 ="),), 1)


def test_rows_of_one_prompt_stand_together(rlvr, tmp_path):
    rows = [
        {"prompt": row["prompt"], "reference": row["reference"], "completion": text}
        for row in ANSWERS
        for text in row["candidates"]
    ]
    file = written(tmp_path / "answers.jsonl", rows)
    done = rlvr("curate", file, "--reward", "math.final_number", "--to", tmp_path / "tasks.jsonl")
    assert done.code == 0, done.err
    assert [task.demonstration for task in read_tasks(tmp_path / "tasks.jsonl")] == ["= 4", "5", "2"]
    assert "mean score, kept" in done.out


@pytest.mark.parametrize(
    ("rows", "words", "said"),
    [
        (
            [{"prompt": "a", "candidate": ["b"]}],
            [],
            "answers.jsonl:1 has neither `candidates` nor `completion`. Did you",
        ),
        ([{"prompt": "a", "candidates": "b"}], [], "answers.jsonl:1: `candidates` is a text; it is a list of texts."),
        ([{"prompt": "a", "candidates": []}], [], "answers.jsonl:1: `candidates` is an empty list"),
        ([{"candidates": ["b"]}], [], "answers.jsonl:1: no `prompt`."),
        (ANSWERS[1:2], ["--min-score", "1"], "No prompt of "),
        (ANSWERS, ["--model", "x"], "either --reward or --model"),
    ],
)
def test_what_cannot_be_curated_is_named_and_nothing_is_written(rlvr, tmp_path, rows, words, said):
    file = written(tmp_path / "answers.jsonl", rows)
    done = rlvr("curate", file, "--reward", "math.final_number", "--to", tmp_path / "tasks.jsonl", *words)
    assert done.code == 2
    assert said in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["answers.jsonl"]


@pytest.fixture(scope="module")
def judge_dir(tmp_path_factory):
    """A model that gives one number for a chat."""
    folder = tmp_path_factory.mktemp("judge")
    tokenizer = AutoTokenizer.from_pretrained(MINIATURE)
    tokenizer.add_special_tokens({"additional_special_tokens": SPECIAL})
    tokenizer.chat_template = CHATML
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=112,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        initializer_range=0.5,
        num_labels=1,
        pad_token_id=0,
    )
    LlamaForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_a_reward_model_gives_each_answer_its_number_however_they_are_batched(judge_dir):
    samples = [Sample(text, prompt="2 + 2 =") for text in ("4", "It is 4, I think.", "5", "")]
    one, other = (RewardModel(judge_dir, device="cpu", tokens_per_batch=n).score(samples) for n in (1, 9999))
    assert one == pytest.approx(other, abs=1e-5)
    assert len({round(score, 4) for score in one}) == 4
    model = LlamaForSequenceClassification.from_pretrained(judge_dir)
    ids = AutoTokenizer.from_pretrained(judge_dir).apply_chat_template(
        [{"role": "user", "content": "2 + 2 ="}, {"role": "assistant", "content": "4"}], return_tensors="pt"
    )
    assert one[0] == pytest.approx(float(model.eval()(**ids).logits.detach()), abs=1e-5)


def test_a_reward_model_curates(rlvr, tmp_path, judge_dir):
    file = written(tmp_path / "answers.jsonl", ANSWERS[:2])
    done = rlvr("curate", file, "--model", judge_dir, "--to", tmp_path / "tasks.jsonl")
    assert done.code == 0, done.err
    scores = RewardModel(judge_dir).score([Sample(text, prompt="2 + 2 =") for text in ANSWERS[0]["candidates"]])
    best = ANSWERS[0]["candidates"][scores.index(max(scores))]
    assert read_tasks(tmp_path / "tasks.jsonl")[0].demonstration == best


def test_data_tells_what_is_left_out_before_anything_is_trained(rlvr, tmp_path):
    texts = ["One sentence.", "one sentence", "Two.", "A third sentence that is longer."]
    file = written(tmp_path / "web.jsonl", [{"text": text} for text in texts])
    web = [f"data.mixture.web.path={file}", "data.mixture.web.weight=3", "data.mixture.web.dedup=exact"]
    other = [f"data.mixture.raw.path={file}", "data.mixture.raw.weight=1", "data.mixture.raw.min_characters=5"]
    done = rlvr("data", "recipe=cpt", *web, *other, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["web"] == {
        "share": 0.75,
        "rows": 4,
        "kept": 3,
        "characters": sum(len(text) for text in texts) - len(texts[1]),
        "dropped": {"duplicate": 1},
        "languages": {"": {"rows": 4, "kept": 3, "characters": found["web"]["characters"]}},
    }
    assert found["raw"]["dropped"] == {"too short": 1}
    assert "75.0%" in rlvr("data", "recipe=cpt", *web, *other).out


def test_data_counts_by_language_and_pair(rlvr, tmp_path):
    targets = ["cs"] * 5 + ["pt_br", "por_BR", "de"]
    rows = [{"source": f"a{i}", "target": "b", "target_language": tag} for i, tag in enumerate(targets)]
    file = written(tmp_path / "p.jsonl", rows)
    weights = "language_weights: {en/cs: 3, en/pt-BR: 1}"
    asked = f"data.mixture.p={{path: {file}, weight: 1, kind: parallel, source_language: en, {weights}}}"
    found = json.loads(rlvr("data", "recipe=cpt", asked, "--json").out)["p"]
    assert found["dropped"] == {"language without a weight": 1}
    counts = {name: (of["rows"], of["kept"], of.get("share")) for name, of in found["languages"].items()}
    assert counts == {"en/cs": (5, 5, 0.75), "en/de": (1, 0, None), "en/pt-BR": (2, 2, 0.25)}
    shown = rlvr("data", "recipe=cpt", asked).out
    assert any(line.split()[:4] == ["en/pt-BR", "25.0%", "2", "2"] for line in shown.splitlines())


def test_mistakes_in_a_mixture_are_listed_together(rlvr, tmp_path):
    file = written(tmp_path / "web.jsonl", [{"txt": "a"}])
    done = rlvr(
        "train",
        "recipe=cpt",
        f"model.init={MINIATURE}",
        f"data.mixture.web.path={file}",
        "data.mixture.web.weight=1",
        "data.mixture.web.reward=no.such",
        "data.mixture.two.path=no.jsonl",
        "data.mixture.two.weight=1",
        "cpt.sequence_tokens=4096",
    )
    assert done.code == 2
    for said in (
        "data.mixture.web.path: web.jsonl:1 has no `text`; it has txt.",
        "data.mixture.web.reward: there is no reward `no.such`.",
        "data.mixture.two.path: there is no file no.jsonl",
        "cpt.sequence_tokens: `4096` is more than the",
    ):
        assert said in done.err, done.err
    done = rlvr(
        "train", "recipe=sft", f"model.init={MINIATURE}", f"data.mixture.web.path={file}", "data.mixture.web.weight=1"
    )
    assert "data.mixture.web.kind: sft learns from chats, and this source is of kind=text" in done.err


def test_a_run_prints_what_its_mixture_contained(rlvr, tmp_path):
    file = written(tmp_path / "web.jsonl", [{"text": f"Sentence {i}."} for i in range(30)])
    done = rlvr(
        "train",
        "recipe=cpt",
        f"model.init={MINIATURE}",
        f"data.mixture.web.path={file}",
        "data.mixture.web.weight=1",
        "data.mixture.web.holdout=3",
        "cpt.steps=2",
        "cpt.batch_size=2",
        "cpt.sequence_tokens=32",
        "engine.actors=inline",
        f"run.dir={tmp_path}",
        "run.name=it",
        "run.tensorboard=false",
    )
    assert done.code == 0, done.err
    assert "held out, bits per byte" in done.out
    assert "left out" in done.out
    assert (tmp_path / "it" / "mixture-cpt.json").is_file()
    assert "Pretraining loss" in (tmp_path / "it" / "report.html").read_text()
