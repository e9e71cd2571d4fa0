"""The model of the quickstart: its files fit each other, and the repository can make its tokenizer again."""

import json
from pathlib import Path

import pytest
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from rlvr.config import resolve_folder
from rlvr.environment import make, names
from rlvr.recipes.quickstart.tokenizer import CHARACTERS, save_tokenizer

FOLDER = resolve_folder("pkg://rlvr.recipes.quickstart")


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


def test_the_committed_tokenizer_is_the_one_that_is_made(tmp_path):
    save_tokenizer(tmp_path)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (Path(FOLDER) / made.name).read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_sizes_and_special_tokens_agree(tokenizer):
    config = AutoConfig.from_pretrained(FOLDER)
    generation = json.loads((Path(FOLDER) / "generation_config.json").read_text())
    assert config.vocab_size == len(tokenizer)
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        assert getattr(tokenizer, name) == getattr(config, name) == generation[name]
    assert len({tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id}) == 3


def test_a_token_is_a_character_and_a_text_comes_back(tokenizer):
    ids = tokenizer(CHARACTERS, add_special_tokens=False).input_ids
    assert len(set(ids)) == len(CHARACTERS) == len(tokenizer) - 4
    assert tokenizer.decode(ids) == CHARACTERS
    assert tokenizer("a").input_ids[0] == tokenizer.bos_token_id


def test_environments_fit_its_alphabet_and_context(tokenizer):
    for name in ("arithmetic", "quickstart", "strings"):
        assert name in names()
        for index in range(50):
            task = make(name, {}).train(index, 0)
            ids = tokenizer(task.prompt + task.demonstration).input_ids
            assert tokenizer.unk_token_id not in ids
            assert len(ids) < 64


def test_it_is_miniature():
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(FOLDER))
    assert 500_000 < sum(parameter.numel() for parameter in model.parameters()) < 800_000
