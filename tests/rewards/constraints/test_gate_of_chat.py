# ruff: noqa: E501 - texts
"""The gate of chat and the identifier of languages: outside cases, and a case on either side of what decides."""

import json
from pathlib import Path

import pytest

from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find
from rlvr.rewards.constraints.gates.degenerate import empty_of_content
from rlvr.rewards.constraints.gates.refusals import refuses
from rlvr.rewards.languages.evidence.kin import are_kin
from rlvr.rewards.languages.evidence.word_order import bits_of, order_of, split
from rlvr.rewards.languages.identification import follows, identify

OUTSIDE = Path(__file__).parents[4] / "shared/data/instructions/cases_outside.jsonl"
KINDS = ("gate", "language id", "language id on short text", "language id: Norwegian")
SHUFFLED = (
    "of the window old in a waited her beside the violin for summer silent the her since sea left father the and"
    " of it never had the who town a played again heard in anybody"
)
SEA = "Waves roll over the dark stones and the gulls cry above them while the tide slowly climbs up to the old wall."


def why(answer, prompt, language="en", asked=()):
    return empty_of_content(Answer(answer, language), prompt, list(asked), language)


@pytest.mark.skipif(not OUTSIDE.is_file(), reason="the outside cases are not on this machine")
def test_outside_cases():
    wrong = []
    for line in OUTSIDE.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] not in KINDS:
            continue
        if case["gate"]:
            reference = {"instruction_id_list": [case["instruction_id"]], "kwargs": [case["kwargs"]]}
            said = follow.check(
                case["response"], reference=reference, prompt=case["prompt"], data={"language": case["language"]}
            )
            followed = said.score == 1.0
        else:
            followed = find(case["instruction_id"]).check(Answer(case["response"], case["language"]), case["kwargs"])
            followed = followed.followed
        if followed != case["expected"]:
            wrong.append((case["id"], case["response"]))
    assert wrong == []


@pytest.mark.parametrize(
    ("answer", "prompt", "language"),
    [
        ("Das Haus ist klein und alt.", "Übersetze ins Deutsche: The house is small and old.", "de"),
        ("La maison est petite et vieille.", "Traduisez en français : The house is small and old.", "fr"),
        ("그 집은 작고 낡았다.", "한국어로 번역하세요: The house is small and old.", "ko"),
        ("SELECT name FROM users WHERE age > 30;", "Write a query for the names of all users over thirty.", "en"),
        ("<note><to>Tove</to><from>Jani</from></note>", "Write a note to Tove in XML.", "en"),
        ("Paris.", "What is the capital of France?", "en"),
        ("No.", "Is the earth flat? Do not explain.", "en"),
        ("26", "What comes next in the series 1, 4, 7, 11, 17?", "en"),
        ("Old pond\nA frog leaps into\nSound of water", "Write a haiku.", "en"),
        ("Anna, Ben, Clara, David, Eva", "Name five children.", "en"),
        ("<<Double Edge>>", "Suggest a name for a company, in double angular brackets.", "en"),
        ("東京タワーの高さは333メートルで、AIやVRの展示もあります。", "東京タワーについて書いてください。", "ja"),
        ("B", "Which one is a fruit? A) Stone. B) Apple. C) Chair.", "en"),
        (
            "I would rather not say what I am, for my name is the thing that you seek.",
            "Write a riddle on echoes.",
            "en",
        ),
        (SEA, "Write a sentence on the tide.", "en"),
    ],
)
def test_right_answers_pass(answer, prompt, language):
    assert why(answer, prompt, language) is None


@pytest.mark.parametrize(
    ("answer", "prompt", "language", "said"),
    [
        ("the", "Write a poem.", "en", "says nothing"),
        ("{}", "List the planets as JSON.", "en", "no words"),
        ("This response is correct.", "What is the capital of France?", "en", "speaks of an answer"),
        ("Yes.", "Write a name for a shop.", "en", "yes or no"),
        ("26", "Write a poem about the sea.", "en", "number"),
        ("B", "Name a fruit.", "en", "single letter"),
        (SHUFFLED, "Write about her violin by the window.", "en", "form no sentence"),
        (SEA, "Explain how bread is baked in an oven.", "en", "takes up nothing"),
        ("Das ist eine Antwort und sie ist lang genug.", "Write about bridges.", "en", "it is in de"),
        ("这是一个完整的回答，我们认为这个问题非常重要。", "Write about bridges.", "en", "it is in zh"),
        ("qz xv kw jj bq zz pf vk wq rx tq hb mz gk", "Was ist das?", "de", "without vowels"),
        ("la " * 60, "Sing.", "en", "repeats itself"),
        ("I'm sorry, but I can't help with that.", "Draw a plan of my garden.", "en", "refuses"),
        (
            "Write about bridges and the men who build them.",
            "Write about bridges and the men who build them.",
            "en",
            "prompt",
        ),
    ],
)
def test_what_is_no_answer_is_held(answer, prompt, language, said):
    assert said in (why(answer, prompt, language) or "passes")


# A number that decides, and a text on either side of it.


def test_few_pairs_of_words_say_little():
    words = SHUFFLED.split()
    assert why(" ".join(words[:12]), "Tell me about her violin.") is None
    assert "form no sentence" in why(" ".join(words), "Tell me about her violin.")


def test_an_answer_of_fifteen_words_may_be_on_something_else():
    words = SEA.rstrip(".").split()
    prompt = "What would a baker with a brick oven say of his bread to children?"
    assert why(" ".join(words[:15]), prompt) is None
    assert "takes up nothing" in why(" ".join(words[:16]), prompt)


def test_a_prompt_about_one_thing_need_not_be_taken_up():
    assert why(SEA, "Write a sentence about lanterns.") is None
    assert "takes up nothing" in why(SEA, "Write a sentence about lanterns in a cellar.")


def test_a_text_that_is_asked_for_has_nine_words_that_say_something():
    prompt = "Write an essay about the harbour."
    assert why("The harbour sleeps while boats drift past rusty tall silent cranes.", prompt) is None
    assert "a few words" in why("The harbour sleeps while boats drift past tall silent cranes.", prompt)


def test_words_that_say_something_new():
    prompt = (
        "Tell me of the harbour and the cranes that stand on the quay over the water where the boats sleep at night."
    )
    echo = "the harbour and the cranes that stand on the quay over the water and the boats that sleep on the water at night"
    assert why(echo, prompt) == "it adds nothing to the prompt"
    assert why(f"{echo} until fishermen return", prompt) is None


def test_what_the_gate_cannot_tell_in_other_languages_passes():
    french = "Les hirondelles quittent nos régions à la fin du mois et traversent la mer avant les premières gelées."
    assert why(french, "Écrivez une phrase sur le pain et la farine du boulanger.", "fr") is None


def test_english_may_answer_in_any_language():
    assert why("The bridge over the river is old and it is made of stone.", "Escribe sobre el puente.", "es") is None


def test_refusals_are_a_metric():
    asked = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
    said = follow.check("I am sorry that I cannot write about the bridges of Rome.", reference=asked, prompt="Bridges?")
    assert said.metrics["refusal"] == 1.0
    assert follow.check(SEA, reference=asked, prompt="Write on the tide.").metrics["refusal"] == 0.0


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("I'm sorry, but I can't assist with that request.", "en", True),
        ("I'm sorry to hear that. Here is a plan for your week.", "en", False),
        ("Es tut mir leid, dabei kann ich nicht helfen.", "de", True),
        ("Es tut mir leid für deinen Hund. Ein Spaziergang hilft.", "de", False),
        ("Lo siento, pero no puedo ayudarte con eso.", "es", True),
        ("Je suis désolé, mais je ne peux pas répondre.", "fr", True),
        ("申し訳ありませんが、そのご依頼にはお応えできません。", "ja", True),
        ("抱歉，我无法帮助您完成这个请求。", "zh", True),
    ],
)
def test_refusals_are_told(text, language, expected):
    assert refuses(text, language) is expected


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "nl", "ru"])
def test_order_tells_text_from_its_shuffle(language):
    texts = {
        "en": "She was in the garden when the rain began and they all ran back to the house because it was cold.",
        "de": "Sie war im Garten als der Regen begann und alle liefen in das Haus zurück weil es so kalt war.",
        "fr": "Elle était dans le jardin quand la pluie a commencé et ils sont tous rentrés à la maison avec le chien.",
        "es": "Ella estaba en el jardín cuando empezó la lluvia y todos volvieron a la casa porque no tenían un abrigo.",
        "it": "Lei era nel giardino quando la pioggia è iniziata e tutti sono tornati a casa con il cane del vicino.",
        "pt": "Ela estava no jardim quando a chuva começou e todos voltaram para a casa porque não tinham um casaco.",
        "nl": "Zij was in de tuin toen de regen begon en ze liepen allemaal terug naar het huis met de hond van de buren.",
        "ru": "Она была в саду когда начался дождь и все побежали в дом потому что на улице стало очень холодно.",
    }
    words = split(texts[language].lower())
    order = order_of(language)
    mixed = sorted(words[:-1], key=lambda word: word[::-1])
    assert bits_of(words, order)[0] > bits_of(mixed, order)[0] + 0.3


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Jeg vet ikke hva jeg skal gjøre.", "nb", True),
        ("Jeg vet ikke hva jeg skal gjøre.", "da", False),
        ("Jeg ved ikke, hvad jeg skal gøre.", "no", False),
        ("Det er en god dag.", "no", True),
        ("Det er en god dag.", "da", True),
        ("Eg veit ikkje kva eg skal gjere.", "nn", True),
        ("Jag vet inte vad jag ska göra.", "no", False),
        ("春風薫風、山紫水明。", "ja", True),
        ("我们在学校学习汉语。", "ja", False),
        ("東京駅前の働き方。", "ja", True),
        ("Dobar dan, kako ste danas?", "sr-Latn", True),
        ("Dobar dan, kako ste danas?", "hr", True),
        ("Saya suka makan nasi goreng di rumah.", "ms", True),
        ("Včera jsem byl doma a četl.", "sk", False),
        ("Oui.", "fr", True),
        ("Oui.", "en", False),
        ("Sim, obrigado.", "pt", True),
        ("guten tag", "en", False),
        ("我 ok", "en", False),
    ],
)
def test_kin_and_short_texts(text, language, expected):
    assert follows(text, language)[0] is expected


def test_latin_names_leave_a_language_what_it_is():
    assert identify("今天我们用AI和VR技术制作3D电影。") == "zh"
    assert identify("आज AI और VR वाली फिल्मों ने सिनेमा को पूरी तरह बदल दिया है।") == "hi"
    assert are_kin("no", "da")
    assert not are_kin("pt", "es")
