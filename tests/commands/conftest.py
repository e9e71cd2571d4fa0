"""What a person brings: a model folder, tasks of their own, and a terminal."""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

from rlvr.cli import main

GSM8K = Path(__file__).parents[2] / ".." / "shared" / "data" / "math" / "gsm8k_train.jsonl"
CHAT = (
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def gsm8k(count):
    """The first rows of GSM8K, as they are published."""
    if not GSM8K.is_file():
        pytest.skip(f"GSM8K is not here ({GSM8K.resolve()})")
    with GSM8K.open(encoding="utf-8") as file:
        return [json.loads(next(file)) for _ in range(count)]


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory):
    """A tiny Llama with a byte-level tokenizer, which reads any text."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("bytes")
    plain = ByteLevelBPETokenizer()
    plain.train_from_iterator(["#### 72"], vocab_size=258, min_frequency=10, special_tokens=["<pad>", "<eos>"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain._tokenizer, pad_token="<pad>", eos_token="<eos>")
    tokenizer.chat_template = CHAT
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"eos_token_id": 1, "pad_token_id": 0}
    config = LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=2048, **ends, **sizes)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def tasks(tmp_path):
    return write_rows(tmp_path / "tasks.jsonl", [{"prompt": f"{i} + 1 = ", "reference": str(i + 1)} for i in range(8)])


@pytest.fixture
def rlvr(capsys):
    """Runs the command line in this process; gives exit code, standard output and standard error."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return ended.value.code or 0, out, err

    return run


@pytest.fixture
def settings(model_dir, tasks, tmp_path):
    """A run of two small steps."""
    return [
        "recipe=grpo",
        f"model.path={model_dir}",
        f"data.tasks={tasks}",
        "reward=math.final_number",
        "engine.actors=inline",
        "algorithm.group_size=2",
        "algorithm.prompts_per_step=2",
        "rollout.max_new_tokens=4",
        "run.steps=2",
        "run.tensorboard=false",
        f"run.dir={tmp_path / 'runs'}",
        "run.name=first",
    ]
