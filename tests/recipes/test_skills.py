"""Recipes for one skill: each composes, is planned, and trains a model of 256 bytes' vocabulary for two steps."""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from rlvr.config import load, validate
from rlvr.engine.loop import train
from rlvr.recipes import conf
from tests.trajectory import numbers, samples

RECIPES = Path(conf.__file__).parent / "recipe"
DATA = Path(__file__).parents[3] / "shared" / "data"
TEMPLATE = (
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)

PAIRS = [
    ("The house is red.", "Das Haus ist rot."),
    ("The cat sleeps on the old chair.", "Die Katze schläft auf dem alten Stuhl."),
    ("We eat bread in the morning.", "Wir essen am Morgen Brot."),
    ("My brother reads a long book.", "Mein Bruder liest ein langes Buch."),
    ("The train leaves at noon.", "Der Zug fährt am Mittag ab."),
    ("She writes a letter to her aunt.", "Sie schreibt ihrer Tante einen Brief."),
    ("It rains in the mountains.", "In den Bergen regnet es."),
    ("The children play in the garden.", "Die Kinder spielen im Garten."),
    ("He closes the window at night.", "Er schließt nachts das Fenster."),
    ("Our neighbour sells apples.", "Unser Nachbar verkauft Äpfel."),
    ("The river is deep and cold.", "Der Fluss ist tief und kalt."),
    ("A bird sings before sunrise.", "Ein Vogel singt vor Sonnenaufgang."),
    ("You forgot your coat.", "Du hast deinen Mantel vergessen."),
    ("The teacher opens the door.", "Die Lehrerin öffnet die Tür."),
    ("They bought a new lamp.", "Sie haben eine neue Lampe gekauft."),
    ("I hear music in the street.", "Ich höre Musik auf der Straße."),
]
ROWS = {
    "gsm8k": [
        {"question": f"What is {i} + 1?", "answer": f"{i} + 1 = <<{i}+1={i + 1}>>{i + 1}\n#### {i + 1}"}
        for i in range(9)
    ],
    "math": [{"problem": f"Halve {i}.", "solution": rf"It is $\boxed{{\frac{{{i}}}{{2}}}}$."} for i in range(1, 210)],
    "code": [
        {
            "task_id": i,
            "text": f"Add {i}.",
            "code": f"def add(x):\n    return x + {i}",
            "test_list": [f"assert add(1) == {i + 1}"],
        }
        for i in range(110)
    ],
    "translation": [{"source": source, "reference": reference} for source, reference in PAIRS],
}
NEEDED = {
    "gsm8k": ["data.tasks=gsm8k.jsonl", "eval.tasks=gsm8k.jsonl"],
    "math": ["data.tasks=math.jsonl"],
    "code": ["data.tasks=code.jsonl"],
    "instructions": [],
    "translation": [
        "data.env_args.file=translation.jsonl",
        "data.env_args.source_language=en",
        "data.env_args.target_language=de",
    ],
}


@pytest.fixture(scope="session")
def bytewise(tmp_path_factory):
    """A folder with a random Llama that reads and writes bytes, in turns of a chat."""
    folder = tmp_path_factory.mktemp("bytes")
    special = ["<s>", "</s>", "<pad>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({token: i for i, token in enumerate([*special, *letters])}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(special)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=264,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        initializer_range=0.2,
        tie_word_embeddings=True,
        pad_token_id=2,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A working folder with the rows of each data set."""
    monkeypatch.chdir(tmp_path)
    for name, rows in ROWS.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.parametrize("recipe", NEEDED)
@pytest.mark.usefixtures("files")
def test_a_recipe_is_short_and_can_run_given_what_it_needs(recipe, bytewise):
    assert len((RECIPES / f"{recipe}.yaml").read_text().splitlines()) <= 50
    needed = [f"model.path={bytewise}", *NEEDED[recipe]]
    assert validate(load(recipe, needed)) == []
    missing = {problem.partition(":")[0] for problem in validate(load(recipe))}
    assert missing == {key.partition("=")[0].replace("eval.tasks", "eval.every") for key in needed}


@pytest.mark.parametrize("recipe", NEEDED)
def test_a_recipe_is_planned_before_there_is_a_model(recipe, rlvr):
    done = rlvr("plan", recipe, "model.shape=pkg://rlvr.recipes.tower_plus.gemma2_2b", "--device", "h200")
    assert done.code == 0, done.all
    assert "grpo" in done.out
    assert "key-value cache" in done.out


SMALL = [
    "run.name=it",
    "run.steps=2",
    "run.tensorboard=false",
    "data.max_prompt_tokens=3000",
    "eval.every=0",
    "eval.size=2",
    "rollout.max_new_tokens=12",
    "algorithm.prompts_per_step=2",
    "algorithm.group_size=2",
    "algorithm.redraws=1",
    "algorithm.overlong_buffer=0",
    "scoring.workers=1",
    "engine.actors=inline",
    "engine.device=cpu",
    "engine.threads=1",
]


@pytest.mark.parametrize("recipe", NEEDED)
def test_a_recipe_trains(recipe, bytewise, files, request):
    if recipe == "code":
        request.getfixturevalue("sandbox")
    needed = [f"model.path={bytewise}", f"run.dir={files}", *NEEDED[recipe], *SMALL]
    done = train(load(recipe, needed, check=True))
    assert done.finished
    rows = samples(done.folder)
    assert len(rows) == 8
    assert {row["status"] for row in rows} == {"scored"}
    expected = {"gsm8k": "math.final_number", "math": "math.answer", "code": "code.asserts"}
    expected |= {"instructions": "instructions.follow", "translation": "mt.quality"}
    assert {row["reward"].split("@")[0] for row in rows} == {expected[recipe]}
    assert all(row["prompt"].startswith('[{"role"') for row in rows)
    assert [line["step"] for line in numbers(done.folder)] == [0, 1, 2]


def test_the_public_file_of_gsm8k_is_read_as_it_is(bytewise, tmp_path):
    file = DATA / "math" / "gsm8k_test.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    needed = [f"model.path={bytewise}", f"run.dir={tmp_path}", f"data.tasks={file}", f"eval.tasks={file}"]
    done = train(load("gsm8k", [*needed, *SMALL, "run.steps=1"], check=True))
    [first, *_] = samples(done.folder)
    assert first["reference"].strip('"').replace(",", "").isdigit()
