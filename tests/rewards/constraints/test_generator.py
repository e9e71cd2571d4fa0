"""Drawn constraints can be met together: an answer is written for each pair that is allowed, and for drawn sets."""

import json
import math
from itertools import combinations, cycle, islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from rlvr.environment import make
from rlvr.errors import ConfigError, DataError
from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find
from rlvr.rewards.constraints.commands import command
from rlvr.rewards.constraints.generating.conflicts import conflict
from rlvr.rewards.constraints.generating.drawing import arguments, constrain, draw, drawable, material, spoken
from rlvr.rewards.constraints.wording import describe, has_words, languages
from rlvr.tasks import read_tasks

LANGUAGES = sorted(spoken())
WITH_GATE = sorted(languages())
SENTENCES = json.loads((Path(__file__).parent / "filler_sentences.json").read_text(encoding="utf-8"))
UNSPACED = ("zh", "ja")
PALINDROMES = {"ru": "шалаш", "uk": "потоп", "zh": "天上天", "ja": "しんぶんし", "ko": "기러기", "hi": "जहाज"}
CAPITALS = {"ru": "ООН", "uk": "ООН"}
FIRST_WORDS = {"zh": "雨", "ja": "雨"}
HEADLINES = (
    "The quick brown fox jumps over the lazy dog.",
    "I am sorry, but I cannot help with that.",
    "<<A title>>\n\n*One* part and *another* part.\n\n* One\n* Two\n\nP.S. That is all.",
    '{"answer": "river bread garden winter"}',
    '"Section 1\nThe river.\nSection 2\nThe window."',
    "Use the words river and window. That is all I wanted to say",
    "river\n\nThe garden is green.\n\nIt rains.\n\nriver",
    " ".join(["It rained all day and we stayed at home [name]."] * 30),
)


def answer(asked, language, prompt):
    """A text that follows all constraints, by a template that asks no check, and what the checks say of it."""
    spoken = asked.get("language:response_language", {}).get("language", language)
    text = written(asked, spoken, prompt, length_of(asked, spoken))
    return text, judged(asked, language, prompt, text)


def length_of(asked, language):
    """How many sentences are enough, by the words and letters of those there are; eight where nothing asks for more."""
    wanted = {
        "length_constraints:number_words": ("num_words", "relation", words_of),
        "letters:letter_counting": ("N", "relation", letters_of),
    }
    length = 8
    for id, (name, relation, measure) in wanted.items():
        if asked.get(id, {}).get(relation) == "at least":
            each = sum(map(measure, SENTENCES[language])) / len(SENTENCES[language])
            length = max(length, math.ceil(1.1 * asked[id][name] / each) + 1)
    if asked.get("length_constraints:number_sentences", {}).get("relation") == "at least":
        length = max(length, asked["length_constraints:number_sentences"]["num_sentences"] + 2)
    return length


def words_of(sentence):
    # Words written together are two characters long at the most on average, and kana make some longer.
    return len(sentence.split()) if " " in sentence else len(sentence) / 3


def letters_of(sentence):
    return sum(map(str.isalpha, sentence))


def written(asked, language, prompt, length):
    if "detectable_format:json_format" in asked:
        return json.dumps({"text": " ".join([*SENTENCES[language], *words_wanted(asked)])}, ensure_ascii=False)
    gap, mark = "" if language in UNSPACED else " ", mark_allowed(asked, language)
    sentences = sentences_of(asked, language, length, mark)
    text = arranged(asked, sentences, gap)
    count = asked.get("detectable_format:number_bullet_lists", {}).get("num_bullets", 0)
    text += "".join(f"\n* {one}{mark}" for one in SENTENCES[language][:count])
    if "detectable_content:postscript" in asked:
        text += f"\n{asked['detectable_content:postscript']['postscript_marker']} {sentences[2]}"
    if "combination:two_responses" in asked:
        text = text + "\n******\n" + gap.join(sentences[::-1])
    return at_the_edges(asked, language, prompt, text, mark)


def mark_allowed(asked, language):
    """A mark of the end of a sentence that nothing forbids."""
    marks = "。！？" if language in UNSPACED else "।!?" if language == "hi" else ".!?"
    forbidden = ("punctuation:punctuation_dot", "punctuation:punctuation_exclamation", "")
    return next(mark for mark, check in zip(marks, forbidden, strict=True) if check not in asked)


def sentences_of(asked, language, length, mark):
    sentences = list(islice(cycle(SENTENCES[language]), length))
    limit = asked.get("length_constraints:number_sentences", {})
    if limit.get("relation") == "less than" and length > 8:
        # As many words in fewer sentences.
        sentences = [f"{one} – {other}" for one, other in zip(sentences[::2], sentences[1::2], strict=False)]
    sentences += [f"{sentences[at % 6]} {one}" for at, one in enumerate(additions_to(asked, language))]
    if "keywords:palindrome" in asked:
        sentences.append(PALINDROMES.get(language, "radar"))
    if "fr:detectable_content:informal_address" in asked:
        sentences.append("tu viens avec ton ami")
    if "first_word:first_word_answer" in asked:
        sentences[0] = asked["first_word:first_word_answer"]["first_word"] + " " + sentences[0]
    sentences = [one[0].upper() + one[1:] + mark for one in sentences]
    own = {"es:punctuation:question_marks": "¿vienes hoy?", "es:punctuation:exclamation_marks": "¡qué bien!"}
    return [sentences[0], *(said for id, said in own.items() if id in asked), *sentences[1:]]


def additions_to(asked, language):
    """What stands at the end of a sentence each."""
    yield from words_wanted(asked)
    yield from ["[name]"] * asked.get("detectable_content:number_placeholders", {}).get("num_placeholders", 0)
    capitals = asked.get("change_case:capital_word_frequency", {})
    if capitals.get("capital_relation") == "at least":
        yield from [CAPITALS.get(language, "NATO")] * capitals["capital_frequency"]
    highlights = asked.get("detectable_format:number_highlighted_sections", {}).get("num_highlights", 0)
    yield from [f"*{SENTENCES[language][0][:4].strip()}*"] * highlights
    if "detectable_format:title" in asked:
        yield f"<<{SENTENCES[language][1]}>>"


def at_the_edges(asked, language, prompt, text, mark):
    if "combination:repeat_prompt" in asked:
        text = f"{prompt}\n{text}"
    if "startend:end_checker" in asked:
        text += f"\n{asked['startend:end_checker']['end_phrase']}"
    if "last_word:last_word_answer" in asked:
        text += f" {asked['last_word:last_word_answer']['last_word']}{mark}"
    if "keywords:start_end" in asked:
        word = FIRST_WORDS.get(language, SENTENCES[language][3].split()[-1])
        text = f"{word}\n{text}\n{word}"
    if "startend:quotation" in asked:
        text = f'"{text}"'
    if "change_case:english_capital" in asked:
        text = text.upper()
    return text.lower() if "change_case:english_lowercase" in asked else text


def arranged(asked, sentences, gap):
    count = next(
        (given[name] for given in asked.values() for name in ("num_paragraphs", "num_sections") if name in given), 1
    )
    count = 2 if "paragraphs:paragraphs2" in asked else count
    parts = [gap.join(sentences[at::count]) for at in range(count)]
    if "length_constraints:nth_paragraph_first_word" in asked:
        given = asked["length_constraints:nth_paragraph_first_word"]
        parts[given["nth_paragraph"] - 1] = given["first_word"] + " " + parts[given["nth_paragraph"] - 1]
    if "detectable_format:multiple_sections" in asked:
        name = asked["detectable_format:multiple_sections"]["section_spliter"]
        before = parts[0].split(gap or "。")[0] + "\n" if "first_word:first_word_answer" in asked else ""
        return before + "\n".join(f"{name} {number}\n{part}" for number, part in enumerate(parts, start=1))
    return ("\n***\n" if "length_constraints:number_paragraphs" in asked else "\n\n").join(parts)


def words_wanted(asked):
    for id, given in asked.items():
        if id == "keywords:existence":
            yield from given["keywords"]
        elif id == "keywords:frequency" and given["relation"] == "at least":
            yield from [given["keyword"]] * given["frequency"]
        elif id == "keywords:word_once":
            yield given["keyword"]
        elif id == "count:count_increment_word":
            yield from (given["keyword1"], given["keyword2"], given["keyword2"])
        elif id == "keywords:letter_frequency" and given["let_relation"] == "at least":
            yield given["letter"] * given["let_frequency"]


def judged(asked, language, prompt, text):
    reference = {"instruction_id_list": list(asked), "kwargs": list(asked.values())}
    return follow.check(text, reference=reference, prompt=prompt, data={"language": language, "gate": False})


def request_in(language):
    return material(language).kinds[0].format(subject=material(language).subjects[2])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_does_not_conflict_can_be_met_together(language):
    prompt = request_in(language)
    failed = []
    for pair in [*combinations(drawable(language), 2), *((id,) for id in drawable(language))]:
        if len(pair) == 1 or not conflict(*pair):
            asked = arguments(pair, prompt, language, "pairs")
            text, verdict = answer(asked, language, prompt)
            if verdict.score != 1.0:
                failed.append((asked, verdict.explanation, text))
    assert failed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_drawn_sets_can_be_met(language):
    prompt = request_in(language)
    for number in range(60):
        asked = dict(draw(prompt, language, 2 + number % 4, f"sets/{number}"))
        text, verdict = answer(asked, language, prompt)
        assert verdict.score == 1.0, (asked, verdict.explanation, text)


def test_conflicts_hold_both_ways():
    ids = sorted({id for language in LANGUAGES for id in drawable(language)})
    assert all(conflict(one, other) == conflict(other, one) for one, other in combinations(ids, 2))
    assert conflict("keywords:start_end", "startend:end_checker")
    assert conflict("combination:repeat_prompt", "punctuation:no_comma")
    assert not conflict("keywords:existence", "startend:quotation")


def test_a_seed_says_it_all():
    one, again = (constrain("Write a poem.", "en", count=3, seed="7") for _ in "ab")
    assert one == again
    others = {constrain("Write a poem.", "en", count=3, seed=str(seed)).prompt for seed in range(50)}
    assert len(others) == 50


def test_every_check_is_drawn():
    drawn = {id for seed in range(300) for id, _ in draw("Write.", "es", 3, str(seed))}
    assert drawn == set(drawable("es"))


def test_plural_forms():
    def asked(count, language):
        return describe(find("length_constraints:number_paragraphs"), {"num_paragraphs": count}, language)

    assert [asked(count, "ru").split(" и ")[0] for count in (1, 2, 5, 21)] == [
        "Напиши 1 абзац.",
        "Напиши 2 абзаца",
        "Напиши 5 абзацев",
        "Напиши 21 абзац.",
    ]
    assert asked(1, "de") == "Schreibe 1 Absatz."
    assert asked(2, "es").startswith("Escribe 2 párrafos")
    existence = find("keywords:existence")
    words = [describe(existence, {"keywords": ["река", "лес"][:count]}, "ru") for count in (1, 2)]
    assert words == ["Используй слово «река».", "Используй слова «река», «лес»."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_description_says_its_arguments(language):
    stated = [id for id in drawable(language) if has_words(id, language)]
    assert len(stated) >= 30
    for id in stated:
        for seed in range(8):
            given = arguments((id,), "Ask me.", language, str(seed))[id]
            said = describe(find(id), find(id).bind(given), language)
            assert "{" not in said, said
            shown = [value for name, value in given.items() if "relation" not in name and name != "language"]
            for value in shown:
                assert all(str(one) in said for one in (value if isinstance(value, list) else [value])), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_stands_in_another(language):
    words = material(language).words
    assert len(set(words)) == len(words) == 36
    assert not [pair for pair in combinations(words, 2) if pair[0].lower() in pair[1].lower().split()]
    ends = " ".join(material(language).ends).lower()
    assert not [word for word in words if word.lower() in ends.split()]


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("xx", 2, "Constraints cannot be asked for in `xx`"), ("en", 0, "ask for 1 or more")],
)
def test_what_cannot_be_drawn(language, count, said):
    with pytest.raises(DataError, match=said):
        constrain("Write.", language, count=count)


def test_the_environment_holds_requests_out():
    env = make("instructions", {"languages": ["en", "zh", "ru"], "least": 2, "most": 3})
    first = {env.train(index, seed).prompt[0].content.split("\n")[0] for index in range(150) for seed in (0, 1)}
    other = {env.held_out(index, seed).prompt[0].content.split("\n")[0] for index in range(50) for seed in (2, 3)}
    assert len(first) > 80
    assert other
    assert not first & other
    assert env.train(5, 1) == make("instructions", {"languages": ["en", "zh", "ru"], "least": 2, "most": 3}).train(5, 1)
    assert {len(env.train(index, 0).reference["kwargs"]) for index in range(60)} == {2, 3}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"languages": ["en", "xx"]}, "there is no `xx`"),
        ({"languages": []}, "name at least one"),
        ({"least": 3, "most": 2}, "must be from 1 to 10"),
    ],
)
def test_arguments_of_the_environment(args, said):
    with pytest.raises(ConfigError, match=said):
        make("instructions", args)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fixed_text_meets_what_is_drawn(language):
    assert len(material(language).kinds) * len(material(language).subjects) == 200
    tasks = [draw(request_in(language), language, 1 + number % 3, f"fixed/{number}") for number in range(120)]
    for text in HEADLINES:
        met = sum(
            all(find(id).check(Answer(text, language), given).followed is not False for id, given in asked)
            for asked in tasks
        )
        assert met <= 1, text


@pytest.mark.parametrize("language", WITH_GATE)
def test_tasks_of_the_environment_can_be_followed(language):
    env = make("instructions", {"languages": [language], "least": 1, "most": 3})
    for index in range(12):
        task = env.train(index, seed=0)
        prompt = task.prompt[0].content.partition("\n\n")[0]
        asked = dict(zip(task.reference["instruction_id_list"], task.reference["kwargs"], strict=True))
        text, _ = answer(asked, language, prompt)
        # The sentences that fill it up are about nothing that the prompt is about.
        said = follow.check(text, reference=task.reference, prompt=task.prompt, data={**task.data, "gate": False})
        assert said.score == 1.0, (task, said.explanation, text)
        for nothing in ("the", "x", task.prompt[0].content, "!!!"):
            assert follow.check(nothing, reference=task.reference, prompt=task.prompt, data=task.data).score == 0.0


def run(*words):
    return CliRunner().invoke(command, list(map(str, words)))


def test_the_command_draws(tmp_path):
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "Écrivez un poème."}\n{"prompt": "Décrivez la mer."}\n')
    done = run("draw", file, "--language", "fr", "--count", 2, "--each", 3, "--seed", 5)
    assert done.exit_code == 0, done.output
    (tmp_path / "tasks.jsonl").write_text(done.stdout)
    tasks = read_tasks(tmp_path / "tasks.jsonl")
    assert len(tasks) == 6
    assert tasks[0].prompt[0].content.startswith("Écrivez un poème.\n\n")
    assert run("draw", file, "--language", "fr", "--count", 2, "--each", 3, "--seed", 5).stdout == done.stdout


def test_the_command_reads_rows(tmp_path):
    file = tmp_path / "rows.jsonl"
    row = {"key": 9, "prompt": "Hi.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
    file.write_text(json.dumps(row) + "\n" + json.dumps({"key": 10}) + "\n")
    done = run("tasks", "ifeval", file)
    assert "rows.jsonl:2: Row 10 lacks" in str(done.exception)
    skipped = run("tasks", "ifeval", file, "--skip", "--compat", "ifeval")
    assert json.loads(skipped.stdout)["data"] == {"language": "en", "compat": "ifeval"}
    assert "Row 10 lacks" in skipped.stderr
    arabic = run("tasks", "marco-mif", file, "--language", "ar", "--skip")
    assert json.loads(arabic.stdout)["data"] == {"language": "ar"}
    (tmp_path / "no.jsonl").write_text('{"text": "x"}')
    assert "no.jsonl:1 has no text as its `prompt`" in str(run("draw", tmp_path / "no.jsonl").exception)
