"""What is extra or missing relative to the source: thresholds from both sides, and what right translations do."""

import pytest

from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.guards import guards
from rlvr.rewards.translation.guards.added import bracketed, counted, labelled
from rlvr.rewards.translation.guards.chatter import bare, unquoted
from rlvr.rewards.translation.guards.copying import copied, switched
from rlvr.rewards.translation.guards.evidence import evidence, foreign_words
from rlvr.rewards.translation.guards.kept import numbers_kept, tokens_kept
from rlvr.rewards.translation.guards.length import expected_length, length
from rlvr.rewards.translation.guards.masking import composed, masked, visible
from rlvr.rewards.translation.guards.noise import written
from rlvr.rewards.translation.guards.presence import ended, extracted
from rlvr.rewards.translation.guards.repeats import repeated
from rlvr.rewards.translation.guards.segment import Segment
from rlvr.rewards.translation.guards.sentences import lines_of, sentences_of
from rlvr.rewards.translation.guards.tongue import in_language, one_script

SOURCE = "The house by the lake is red."


def segment(text, source=SOURCE, target="de", *references, from_="en"):
    return Segment(text, source, Pair(from_, target), references)


def x(count, stop=""):
    """A text of one sentence with so many characters."""
    return "w" * (count - len(stop)) + stop


@pytest.mark.parametrize(("first", "passes"), [(49, False), (50, True)])
def test_half_of_the_first_sentence_is_none_of_its_own(first, passes):
    source = f"{x(100, '.')} "
    found = counted(segment(f"{x(first, '.')} Www{x(100, '.')}", source))
    assert (found is None) == (passes and first + 103 <= 1.3 * 117), found


@pytest.mark.parametrize(("second", "passes"), [(69, True), (72, False)])
def test_a_sentence_parted_in_two_has_a_third_of_room(second, passes):
    # Beside a reference of a hundred characters 130 are expected at most.
    found = counted(segment(f"{x(60, '.')} W{x(second, '.')}", x(100, "."), "de", x(100, ".")))
    assert (found is None) == passes


@pytest.mark.parametrize(("second", "passes"), [(11, True), (13, False)])
def test_the_denser_the_writing_the_more_room(second, passes):
    # Of forty characters Korean is expected to have twenty, and to have 29 at most.
    found = counted(segment(f"{'가' * 15}. {'나' * second}.", x(40, "."), "ko"))
    assert (found is None) == passes


@pytest.mark.parametrize(
    ("text", "source", "stopped"),
    [
        ("Klar!\nDas Haus ist rot.", "The house is red.", True),
        ("Das alte Haus am See mit dem Garten\nist rot.", "The old house by the lake with the garden is red.", False),
        ("Das\nHaus ist\nrot.", "The house is red.", True),
        ("Eins.\nZwei.", "One.\nTwo.", False),
        ("Eins.\nZwei.\nDrei.", "One.\nTwo.", True),
        ("Hej {name}! Din order kommer i morgon.", "Hello {name}, your order will arrive tomorrow.", False),
        ("Hej! Din order kommer i morgon eftermiddag.", "Your order will arrive tomorrow afternoon.", True),
    ],
)
def test_lines_and_sentences(text, source, stopped):
    assert (counted(segment(text, source)) is not None) == stopped


@pytest.mark.parametrize(("rest", "passes"), [(74, True), (75, False)])
def test_before_a_colon_stands_a_label_where_three_quarters_follow(rest, passes):
    found = labelled(segment(f"Abc: {x(rest, '.')}", x(90, "."), "de", x(100, ".")))
    assert (found is None) == passes


@pytest.mark.parametrize(("before", "passes"), [(60, False), (61, True)])
def test_a_label_has_sixty_characters_at_most(before, passes):
    assert (labelled(segment(f"{x(before)}: {x(90, '.')}", x(90, "."))) is None) == passes


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Voici le plan : nous partons.", "Here is the plan: we leave."),
        ("Gelöscht: %(count)s Dateien.", "Deleted %(count)s files."),
        ("Er sagte: „Wir gehen jetzt.“", 'He said, "We are leaving now."'),
        ("Um 10:30 Uhr.", "At half past ten."),
        ("EU:n päätös.", "The decision of the EU."),
        ("Code: 639174 ist gültig.", "Your code is 639174 now."),
    ],
)
def test_colons_of_their_own_are_no_labels(text, source):
    assert labelled(segment(text, source, "fi" if text.startswith("EU") else "de")) is None


@pytest.mark.parametrize(
    ("text", "source", "target", "stopped"),
    [
        ("Das Haus am See ist rot. (Wörtlich übersetzt.)", SOURCE, "de", True),
        ("Das Haus am See (house by the lake) ist rot.", SOURCE, "de", True),
        ("Benutzer(in) wählen", "Choose user", "de", False),
        ("吉甘特（Gigante）走了。", "Gigante left.", "zh", False),
        ("Norsk (nynorsk)", "Norwegian Nynorsk", "nn", False),
        ("Das Haus am See ist rot / Das Haus am See ist rot gestrichen.", SOURCE, "de", True),
        ("Datei / Ordner", "File/folder", "de", False),
    ],
)
def test_brackets_and_strokes(text, source, target, stopped):
    assert (bracketed(segment(text, source, target)) is not None) == stopped


@pytest.mark.parametrize(
    ("text", "source", "stopped"),
    [
        ("Das Haus ist rot.", "The house is red.", False),
        ("→ Das Haus ist rot.", "The house is red.", True),
        ("- Das Haus ist rot.", "The house is red.", True),
        ("- Das Haus", "- The house", False),
        ("– Das Haus ist rot, sagte er.", '"The house is red," he said.', False),
        ("1. Das Haus ist rot.", "The house is red.", True),
        ("1. Das Haus", "1. The house", False),
        ("(Das Haus ist rot.)", "The house is red.", True),
        ("(Das Haus)", "(The house)", False),
        ("_Das Haus ist rot._", "The house is red.", True),
        ("Das Haus ist rot. :)", "The house is red.", True),
        ("Das Haus ist rot. 😀", "The house is red.", True),
        ("Das Haus ist rot!?", "The house is red?", False),
        ("Das Haus ist rot!?!", "The house is red?", True),
        ("Das Haus ist rot,", "The house is red.", True),
        ("DAS HAUS IST ROT.", "The house is red.", True),
        ("DAS HAUS IST ROT.", "THE HOUSE IS RED.", False),
        ('"""Das Haus ist rot."""', "The house is red.", True),
    ],
)
def test_signs_of_its_own(text, source, stopped):
    assert (bare(segment(text, source)) is not None) == stopped


def test_a_title_may_stand_in_quotation_marks_and_a_sentence_may_not():
    assert unquoted(segment("«Война и мир»", "War and Peace", "ru")) is None
    assert unquoted(segment("«Дом стоит.»", "The house stands.", "ru")) is not None


@pytest.mark.parametrize(("characters", "passes"), [(81, False), (83, True)])
def test_without_a_reference_a_short_one_without_its_stop_was_cut(characters, passes):
    # 100 characters have 117 in German on the mean; 0.7 of that are 81.9.
    assert (ended(segment(x(characters), x(100, "."))) is None) == passes
    assert ended(segment(x(81, "."), x(100, "."))) is None


def test_a_sentence_fewer_than_source_and_references_is_lacking_where_it_is_shorter_too():
    source, reference = f"{x(50, '.')} W{x(49, '.')}", f"{x(50, '.')} W{x(49, '.')}"
    assert ended(segment(x(99, "."), source, "de", reference)) is not None
    assert ended(segment(x(101, "."), source, "de", reference)) is None
    assert ended(segment(x(70, "."), source)) is not None  # 0.6 of 117
    assert ended(segment(x(71, "."), source)) is None


@pytest.mark.parametrize(("text", "found"), [("Das Haus am See ist", True), ("Das Haus am Weiher ist", False)])
def test_what_a_reference_goes_on_from_was_cut(text, found):
    why = ended(segment(text, "The house by the lake is red.", "de", "Das Haus am See ist rot."))
    assert ((why or "").startswith("the reference goes on") or "cut off" in (why or "")) == found


@pytest.mark.parametrize(
    ("text", "source", "target", "stopped"),
    [
        ("12", "twelve", "de", False),
        ("12345 67", SOURCE, "de", True),
        ("\u200b\u2060", "Hello!", "de", True),
        ("\u3164", "Hello!", "de", True),
        ("None", "Niemand", "en", False),
        ("None", "Niemand kam zu dem Fest.", "en", True),
    ],
)
def test_what_is_no_text(text, source, target, stopped):
    assert (extracted(segment(text, source, target)) is not None) == stopped


@pytest.mark.parametrize(("hidden", "passes"), [(3, True), (4, False)])
def test_three_invisible_characters_may_be_a_program_s(hidden, passes):
    assert (written(segment("Das Haus ist rot." + "\u200b" * hidden)) is None) == passes
    assert visible("a" + "\u200b" * hidden) == "a"


@pytest.mark.parametrize(
    ("text", "target", "stopped"),
    [
        ("D a s H a u s i s t", "de", True),
        ("房 子 是 红 色 的 很 大", "zh", True),
        ("房子 是 红色 的 , 很 大 吗", "zh", False),
        ("DasHausamSeeistrotundsehrgroß.", "de", True),
        ("Das Haus ist rot.", "de", False),
    ],
)
def test_spaces_stand_between_words(text, target, stopped):
    assert (written(segment(text, SOURCE, target)) is not None) == stopped


@pytest.mark.parametrize(
    ("text", "source", "target", "stopped"),
    [
        ("Er kam um 15 Uhr.", "He came at 3 p.m.", "de", False),
        ("Er kam um 16 Uhr.", "He came at 3 p.m.", "de", True),
        ("1.500 Mann", "1,500 men", "de", False),
        ("1.501 Mann", "1,500 men", "de", True),
        ("12,00,000 निवासी", "1,200,000 inhabitants", "hi", False),
        ("5万人", "50,000 people", "zh", False),
        ("6万人", "50,000 people", "zh", True),
        ("Version 3.2", "Version 3.2", "da", False),
        ("Version 3.3", "Version 3.2", "da", True),
        ("die 60er Jahre", "the 1960s", "de", False),
        ("20 Euro", "twenty euros", "de", False),
        ("90 Euro", "twenty euros", "de", True),
        ("zehn Euro", "12 euros", "de", False),  # a word alone is no other number: it may mean anything
        ("31.12.2024", "12/31/2024", "de", False),
        ("31.11.2024", "12/31/2024", "de", True),
        ("Preis: 5 von 10", "Price", "de", False),
    ],
)
def test_numbers_are_read_by_their_language(text, source, target, stopped):
    assert (numbers_kept(segment(text, source, target)) is not None) == stopped


def test_a_reference_may_have_another_number():
    assert numbers_kept(segment("Wählen Sie +49.", "Dial +1.", "de", "+49 wählen.")) is None


@pytest.mark.parametrize(
    ("text", "source", "stopped"),
    [
        ("<b>Weiter</b> zu {name}", "<b>Next</b> to {name}", False),
        ("<i>Weiter</b> zu {name}", "<b>Next</b> to {name}", True),
        ("Weiter zu {Name}", "Next to {name}", True),
        ("Datei %s, %d", "%d of file %s", False),
        ("Datei %s", "%d of file %s", True),
        ("siehe https://a.example/b/", "see https://a.example/b", False),
        ("siehe https://a.example/c", "see https://a.example/b", True),
        ("<ursprünglicher Eintrag>", "<original entry>", False),
    ],
)
def test_what_a_program_reads_is_kept(text, source, stopped):
    assert (tokens_kept(segment(text, source)) is not None) == stopped


@pytest.mark.parametrize(
    ("text", "source", "target", "stopped"),
    [
        ("Er ging and then the dog", "He went and then the dog came.", "de", True),
        ("Er ging and then the", "He went and then Bob and Kim came.", "de", False),
        ("Он сказал breakfast and parking.", "He said breakfast and parking.", "ru", True),
        ("Гены sonic hedgehog и wingless.", "The genes sonic hedgehog and wingless.", "ru", False),
        ("Zutaten:\nMehl\neggs", "Ingredients:\nflour\neggs", "de", False),
        ("Zutaten:\neggs\nmilk", "Ingredients:\neggs\nmilk", "de", True),
        ("Ингредиенты:\nмука\neggs", "Ingredients:\nflour\neggs", "ru", True),
        ("Vi har en hund og to barn.", "Vi har en hund og to børn.", "no", False),
    ],
)
def test_a_part_that_was_not_translated(text, source, target, stopped):
    assert (switched(segment(text, source, target, from_="da" if target == "no" else "en")) is not None) == stopped


@pytest.mark.parametrize(
    ("text", "source", "target", "from_", "stopped"),
    [
        ("Water is warm.", "Water is warm.", "nl", "en", False),
        ("Water is warm here.", "Water is warm here.", "nl", "en", True),
        ("Vi har en hund og to barn.", "Vi har en hund og to børn.", "no", "da", False),
        ("Vi har en hund og to børn.", "Vi har en hund og to børn.", "no", "da", True),
        ("東京大学", "東京大学", "ja", "zh", False),
        ("git commit -m fix", "git commit -m fix", "fr", "en", False),
    ],
)
def test_copies_of_four_words_are_told(text, source, target, from_, stopped):
    assert (copied(segment(text, source, target, from_=from_)) is not None) == stopped


@pytest.mark.parametrize(
    ("text", "target", "stopped"),
    [
        ("Fare", "da", False),
        ("Non, non, non !", "fr", False),
        ("2023年年次報告書", "ja", False),
        ("这本书非常有意思，我们都喜欢。", "ja", True),
        ("O gato perseguiu o rato.", "pt-BR", False),
        ("Apanhei o autocarro e o comboio.", "pt-BR", True),
        ("Jeg kom gärna hem.", "nb", False),
        ("Jeg kom gärna tillbaka när jul kom.", "nb", True),
        ("Das Haus ist rot. Il est très grand et très beau.", "de", True),
    ],
)
def test_languages_of_short_texts_and_of_sentences(text, target, stopped):
    assert (in_language(segment(text, "Something else entirely. It is so.", target)) is not None) == stopped


def test_evidence_is_of_words_too():
    found = evidence("Je ne sais pas où il est", "de")
    assert found is not None
    assert (found.other, found.lead > 0.5, found.words > 1) == ("fr", True, True)
    assert foreign_words(["gärna", "hem"], "nb") == ["gärna"]
    assert foreign_words(["anything"], "qaa") == []


@pytest.mark.parametrize(
    ("text", "source", "target", "stopped"),
    [
        ("Установите max_tokens=512 в config.yaml.", "Set max_tokens=512 in config.yaml.", "ru", False),
        ("Wagtail을 사용하려면", "To use Wagtail", "ko", False),
        ("집이 빨갛다. Certainly.", "The house is red.", "ko", True),
        ("JSON-данные", "JSON data", "ru", False),
    ],
)
def test_scripts(text, source, target, stopped):
    assert (one_script(segment(text, source, target)) is not None) == stopped


@pytest.mark.parametrize(
    ("text", "source", "stopped"),
    [
        ("慢慢来，慢慢来。", "Take your time.", False),
        ("你慢慢来吧，你慢慢来吧。", "Take your time.", True),
        ("チクタク、チクタク。", "Tick-tock, tick-tock.", False),
        ("哈哈哈哈哈哈哈哈", "Hahaha", False),
        ("五吗？五吗？五吗？", "Until Friday?", True),
        ("他来了很久了。他来了很久了。她走了。", "He came long ago. She left.", True),
    ],
)
def test_repetition(text, source, stopped):
    assert (repeated(segment(text, source, "zh")) is not None) == stopped


@pytest.mark.parametrize(("characters", "passes"), [(2, True), (1, False)])
def test_a_word_may_say_a_few_words(characters, passes):
    assert (length(segment(x(characters), x(29))) is None) == passes
    assert length(segment("Vorstandsvorsitzender", "CEO")) is None


def test_texts_are_composed_and_code_is_taken_out():
    decomposed = "\u1112\u1161\u11ab"
    assert Segment(decomposed, "x", Pair("en", "ko")).hypothesis == "한"
    assert composed("ş", "ro") == "ș"
    assert masked("Open <b>%(x)s</b> in a_b.c").split() == ["Open", "\ufffc", "in"]


@pytest.mark.parametrize(
    ("text", "count", "generous"),
    [
        ("Er kam z. B. am 3. Mai. Sie ging.", 2, 5),
        ("Er kam. sie ging", 1, 2),
        ("「いいね！」しました。", 1, 2),
        ("Er sagte: „Nein!“ und ging.", 1, 1),
        ("Ja; nein", 1, 2),
        ("... und so", 1, 1),
    ],
)
def test_sentences_are_counted_low_or_high(text, count, generous):
    assert len(sentences_of(text)) == count
    assert len(sentences_of(text, generous=True)) == generous
    assert lines_of(text) == [text]


def test_what_is_expected_is_the_longest_reference_or_the_mean_of_the_languages():
    assert expected_length(segment("", "", "de", "abc", "abcde")) == 5
    assert round(expected_length(segment("", x(100)))) == 117


WORDS = ("pencil, teacher, chair, onion", "crayon, enseignant, chaise, oignon")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("{}", False),
        ("Sure! {}", True),
        ("[{}] (or otherwise)", True),
        ("[{}]", True),
    ],
)
def test_what_is_no_sentence_has_nothing_before_it_either(text, held):
    source, right = WORDS
    data = {"source": source, "source_language": "en", "target_language": "fr"}
    verdict = guards.check(text.format(right), reference=right, data=data)
    assert (verdict.score == 0.0) == held, verdict.explanation
