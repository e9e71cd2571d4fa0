"""The miniature's world: nothing held out is learned from, right demonstrations are right, its tokenizer fits it."""

import ast
import itertools
import json
from pathlib import Path

import pytest
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from rlvr import get_reward
from rlvr.config import load, resolve_folder
from rlvr.engine.rollout.chat import encode_chat, render_chat
from rlvr.environment import make
from rlvr.envs.drawing import Draw, is_held_out
from rlvr.envs.invented import NOUNS
from rlvr.envs.invented import translation as invented_translation
from rlvr.envs.miniature.environment import Miniature
from rlvr.envs.miniature.languages import LANGUAGES, Sentence, draw_sentence, words_of
from rlvr.envs.miniature.skills import SKILLS
from rlvr.envs.miniature.texts import HELD_OUT, write_texts
from rlvr.errors import ConfigError
from rlvr.recipes.miniature.tokenizer import save_tokenizer
from rlvr.sample import Message, sample_of

FOLDER = resolve_folder("pkg://rlvr.recipes.miniature")


def vocabulary(language):
    return {word for words in words_of(language) for word in words}


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    write_texts(folder, documents=1500, chats=1500)
    return folder


def rows(file):
    return [json.loads(line) for line in Path(file).read_text().splitlines()]


def tasks(skill, count, *, held_out=False, flaws=0.0, seed=0):
    env = Miniature((skill,), flaws)
    return [(env.held_out if held_out else env.train)(index, seed) for index in range(count)]


def what_is_asked(task):
    """What a task asks for, without what changes nothing: who has the coins."""
    said = task.prompt[0].content
    return said.partition(" ")[2] if "coins" in said else said


@pytest.mark.parametrize("skill", SKILLS)
def test_training_and_held_out_tasks_never_coincide(skill):
    seen = {what_is_asked(task) for seed in range(3) for task in tasks(skill, 600, seed=seed)}
    kept = {what_is_asked(task) for seed in range(3) for task in tasks(skill, 200, held_out=True, seed=seed)}
    assert len(kept) > 50
    assert not seen & kept


def test_no_held_out_sentence_is_in_what_is_learned_from(world):
    """In neither language, whichever file it is in."""
    sides = {True: set(), False: set()}
    for file in world.rglob("*.jsonl"):
        for number, row in enumerate(rows(file)):
            sides[number < HELD_OUT] |= set(sentences(row))
    for held_out, language in itertools.product(sides, LANGUAGES):
        assert len({sentence for tag, sentence in sides[held_out] if tag == language}) > 100
    assert not sides[True] & sides[False]
    assert not any(is_held_out(sentence) for tag, sentence in sides[False] if tag == "qaa")


def sentences(row):
    """Those of a document, of a pair, and of what a chat asks to translate, with their language."""
    if "target" in row:
        yield from zip(LANGUAGES, (row["source"], row["target"]), strict=True)
    elif "text" in row:
        parts = row["text"].removesuffix(".").split(". ")
        yield from ((LANGUAGES[parts[0].split()[0] not in vocabulary("qaa")], part) for part in parts)
    else:
        asked = row["messages"][0]["content"].partition("\n")[0]
        if asked[:3] in LANGUAGES:
            yield asked[:3], asked.partition(": ")[2]


@pytest.mark.parametrize("skill", SKILLS)
def test_right_demonstrations_are_right_and_flawed_ones_are_not(skill):
    judge = get_reward(SKILLS[skill].reward)
    for task in tasks(skill, 25):
        assert task.reward == SKILLS[skill].reward
        assert judge(sample_of(task, task.demonstration)).score == 1.0
    flawed = [judge(sample_of(task, task.demonstration)).score for task in tasks(skill, 25, flaws=1.0)]
    assert sum(flawed) <= 2  # a step that is forgotten may change nothing
    both = zip(tasks(skill, 200, flaws=0.35), tasks(skill, 200), strict=True)
    shares = [a.demonstration != b.demonstration for a, b in both]
    assert 0.25 < sum(shares) / 200 < 0.45


def test_sentences_translate_as_in_the_invented_pair():
    plain = Sentence("ben", "", "lom", "jos", "gar")
    assert plain.target() == "tak ver sumi rono" == invented_translation(("ben", "lom", "gar", "jos"), {})
    for index in range(200):
        sentence = draw_sentence(Draw(str(index)), held_out=bool(index % 2))
        for language in LANGUAGES:
            assert set(sentence.written(language).split()) <= set(vocabulary(language))
    assert Sentence("ben", "gar", "lom", "jos", "").target({"ben": "pum"}) == "pum sumo ver rono"
    assert {usual for usual, _, _ in NOUNS.values()}.isdisjoint(other for _, other, _ in NOUNS.values())


def test_programs_of_demonstrations_do_what_is_asked():
    for task in tasks("code", 40):
        namespace = {}
        exec(compile(ast.parse(task.demonstration), "f", "exec"), namespace)
        for case in task.reference["cases"]:
            assert namespace["f"](*case["args"]) == case["expected"]


def test_the_same_seed_writes_the_same_texts_and_another_one_others(world, tmp_path):
    write_texts(tmp_path / "again", documents=20, chats=20)
    write_texts(tmp_path / "other", documents=20, chats=20, seed=1)
    for file in (tmp_path / "again").rglob("*.jsonl"):
        name = file.relative_to(tmp_path / "again")
        assert rows(file) == rows(world / name)[: HELD_OUT + 20]
        assert rows(file) != rows(tmp_path / "other" / name)


def test_bad_arguments_are_named():
    with pytest.raises(ConfigError) as error:
        make("miniature", {"skills": ["translaton"], "flaws": 2.0})
    assert [problem.partition(":")[0] for problem in error.value.problems] == [
        "data.env_args.skills",
        "data.env_args.flaws",
    ]
    assert "Did you mean `translation`?" in error.value.problems[0]


def test_the_committed_tokenizer_is_the_one_that_is_made(tmp_path):
    save_tokenizer(tmp_path)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (Path(FOLDER) / made.name).read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_words_are_tokens_and_texts_come_back(tokenizer):
    assert len(tokenizer) == AutoConfig.from_pretrained(FOLDER).vocab_size
    for word in (*vocabulary("qaa"), *vocabulary("qab")):
        assert len(tokenizer(f" {word}", add_special_tokens=False).input_ids) == 1, word
    for text in ("qaa to qab: ben lom", "def f(a, b):\n    return (a + b) * 3", "What? Zebras!"):
        assert tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids) == text


@pytest.mark.parametrize("skill", SKILLS)
def test_tasks_fit_what_the_recipe_allows(tokenizer, skill):
    config = load("miniature")
    for task in tasks(skill, 100):
        said = Message("assistant", task.demonstration)
        chat = encode_chat(tokenizer, [*task.prompt, said])
        learned = tokenizer.decode(chat.ids[chat.learned])
        assert learned == f"{task.demonstration}<eos>"
        assert int(chat.learned.sum()) <= config.rollout.max_new_tokens
        assert len(chat.ids) - int(chat.learned.sum()) <= config.data.max_prompt_tokens
        assert render_chat(tokenizer, task.prompt, open_turn=True) == tokenizer.decode(chat.ids[~chat.learned])


def test_the_model_has_at_most_three_million_parameters():
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(FOLDER))
    assert 500_000 < sum(parameter.numel() for parameter in model.parameters()) <= 3_000_000
