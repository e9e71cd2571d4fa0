"""Guards: what each stops, that references let off what they do too, and that no text of any length breaks one."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr import Sample, Status, get_reward, judge_all, minimum
from rlvr.rewards.languages.plausibility import coherence, frequent_share
from rlvr.rewards.languages.scripts import code_of, scripts_of
from rlvr.rewards.languages.variants import asked_variant, variant_of
from rlvr.rewards.translation.guards import EACH, GUARDS, guards

SOURCE = "The old house by the lake was sold to a teacher from Berlin last winter."
GOOD = "Das alte Haus am See wurde im letzten Winter an einen Lehrer aus Berlin verkauft."


def judged(text, *, source=SOURCE, source_language="en", target="de", reference=None, **known):
    data = {"source": source, "source_language": source_language, "target_language": target, **known.pop("data", {})}
    return guards.check(text, reference=reference, data=data, **known)


def stopped_by(text, **known):
    verdict = judged(text, **known)
    assert verdict.score in (0.0, 1.0), verdict
    return None if verdict.score else verdict.explanation.partition(":")[0]


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        (GOOD, None),
        ("", "there is no translation"),
        ("None", "extracted"),
        ("null.", "extracted"),
        ("12345 67", "extracted"),
        ("Haus.", "length"),
        (f"{GOOD} {GOOD} {GOOD}", "length"),
        ("Das alte Haus am See wurde im letzten Winter an einen", "ended"),
        (f"Source: {SOURCE} {GOOD}"[: len(SOURCE) + 40] + ".", "echoed"),
        (f"Sure! Here's the translation: {GOOD}", "bare"),
        (f"Übersetzung: {GOOD}", "bare"),
        (f"German: {GOOD}", "bare"),
        (f"Deutsch: {GOOD}", "bare"),
        (f"{GOOD}\n(Note: sold is passive.)", "bare"),
        (f"<translate>{GOOD}</translate>", "bare"),
        (f"```\n{GOOD}\n```", "bare"),
        (f"**{GOOD}**", "bare"),
        (f'"{GOOD}"', "unquoted"),
        (f"„{GOOD}“", "unquoted"),
        (f"«{GOOD}»", "unquoted"),
        (f"'{GOOD}'", "unquoted"),
        (SOURCE, "copied"),
        (SOURCE.upper(), "copied"),
        (SOURCE.title(), "copied"),
        (SOURCE.replace("house", "Haus"), "copied"),
        ("Das alte Haus am 湖边 wurde im letzten Winter an einen 老师 aus Berlin verkauft.", "script"),
        ("Старый дом у озера прошлой зимой продали учителю из Берлина, говорят.", "script"),
        ("La vieille maison au bord du lac a été vendue à un professeur de Berlin.", "language"),
        ("El invierno pasado se vendió la vieja casa del lago a un profesor de Berlín.", "language"),
        ("Das alte Haus am See wurde was sold to a teacher from Berlin last winter.", "switched"),
        ("Das alte Haus am See wurde wurde wurde im letzten Winter an Lehrer verkauft.", "repeated"),
        ("Das alte Haus am See wurde verkauft!!!!!!!!!!!!!!", "repeated"),
        ("sDa ltea suHa ma eeS dewru mi zteltne ntWier na niene hreLer usa lriBen fvtkauer.", "written"),
        ("Das alte Haus\x00 am See\x01 wurde im letzten\x02 Winter an einen Lehrer verkauft.", "written"),
    ],
)
def test_each_is_stopped_by_its_guard(text, guard):
    found = stopped_by(text)
    # A text may well be what two guards stop; the first says so.
    assert (found is None) == (guard is None), found
    if guard in GUARDS:
        alone = get_reward(f"mt.guard.{guard}")
        data = {"source": SOURCE, "source_language": "en", "target_language": "de"}
        assert alone.check(text, data=data).score == 0.0
        assert alone.check(GOOD, data=data).score == 1.0


def test_the_prompt_is_not_to_be_repeated():
    prompt = f"Translate the following English source text to German:\nEnglish: {SOURCE}\nGerman: "
    assert stopped_by(f"Translate the following English source text to German: {GOOD}", prompt=prompt) == "echoed"
    assert stopped_by(f"{SOURCE}\n{GOOD}") == "echoed"
    assert stopped_by(GOOD, prompt=prompt) is None


@pytest.mark.parametrize(
    ("text", "source", "target"),
    [
        ("Sony, Apple, IBM 2024", "Sony, Apple, IBM 2024", "de"),
        ("https://example.org/a", "https://example.org/a", "de"),
        ("Er sagte „Guten Tag“ und ging.", 'He said "Good day" and left.', "de"),
        ("Ja, ja, ja!", "Yes, yes, yes!", "de"),
        ("Mit <b>Rot</b> und **Blau**.", "With <b>red</b> and **blue**.", "de"),
        ("Jane Eyre は 1847 年に出版された。", "Jane Eyre was published in 1847.", "ja"),
        ("我在 Google 工作。", "I work at Google.", "zh"),
        ("Das Wort 房子 heißt Haus.", "The word 房子 means house.", "de"),
        ("Hinweis: Die Tür ist offen.", "Note: the door is open.", "de"),
        ("Так.", "Yes.", "uk"),
        ("他说：“你好。”", 'He said: "Hello."', "zh"),
    ],
)
def test_what_the_source_has_is_let_off(text, source, target):
    assert judged(text, source=source, target=target).explanation == "it passes every guard"


def test_what_a_reference_does_is_let_off_and_only_that():
    title = "Handbook of American Indians of the great plains."
    assert stopped_by(title, source=title) == "copied"
    assert stopped_by(title, source=title, reference=title) is None
    assert stopped_by(title, source=title, reference="Handbuch der Indianer der großen Ebenen.") == "copied"
    assert stopped_by(f'"{GOOD}"', reference=f'"{GOOD}"') is None
    assert stopped_by("Das alte Haus am See wurde im Winter", reference=GOOD) in ("ended", "length")
    assert stopped_by("Das alte Haus am See wurde im Winter einem Lehrer verkauft", reference=GOOD[:-1]) is None


@pytest.mark.parametrize(
    ("text", "target", "guard"),
    [
        ("Apanhei o autocarro e o comboio.", "pt-PT", None),
        ("Apanhei o autocarro e o comboio.", "pt-BR", "language"),
        ("Peguei o ônibus e o trem.", "pt-BR", None),
        ("Peguei o ônibus e o trem.", "pt-PT", "language"),
        ("Peguei o ônibus e o trem.", "pt", None),
        ("我坐了公共汽车和火车,还给老师写信。", "zh-Hans", None),
        ("我坐了公共汽车和火车,还给老师写信。", "zh-TW", "language"),
        ("我坐了公共汽車和火車，還給老師寫信。", "zh-Hant", None),
        ("我坐了公共汽車和火車，還給老師寫信。", "zh-CN", "language"),
        ("バスと電車に乗りました。", "ja", None),
        ("バスと電車に乗りました。", "zh", "script"),
        ("버스와 기차를 탔습니다.", "ko", None),
        ("Узео сам аутобус и воз.", "sr", None),
        ("Uzeo sam autobus i voz.", "sr-Latn", None),
        ("Uzeo sam autobus i voz.", "sr", "script"),
        ("Tuku te pahi me te tereina.", "mi", None),
        ("ฉันขึ้นรถเมล์และรถไฟ", "th", None),
    ],
)
def test_languages_scripts_and_variants(text, target, guard):
    assert stopped_by(text, source="I took the bus and the train", target=target) == guard


def test_missing_fields_are_errors_and_no_text():
    for data in ({"source": None}, {"source": " "}, {"source_language": None}, {"target_language": "xx-!"}):
        verdict = judged(GOOD, data=data)
        assert verdict.status is Status.ERROR
        assert verdict.score is None
    assert judged(GOOD, reference="").status is Status.ERROR


def test_settings_are_read_and_their_mistakes_said():
    assert judged(SOURCE, data={"guards": ["extracted", "length"]}).score == 1.0
    assert "Did you mean `copied`?" in judged(GOOD, data={"guards": ["copid"]}).explanation
    assert judged(GOOD, data={"length_ratio": [0.1, 0.5]}).explanation.startswith("length: ")
    for wrong in ({"guards": []}, {"length_ratio": [2, 1]}, {"length_ratio": "2"}):
        assert judged(GOOD, data=wrong).status is Status.ERROR


def test_components_count_what_came_to_each_guard():
    verdict = judged(SOURCE)
    assert list(verdict.components) == [f"mt.guard.{name}" for name in list(GUARDS)[: len(verdict.components)]]
    assert [part.score for part in verdict.components.values()] == [1.0] * (len(verdict.components) - 1) + [0.0]


def test_some_of_them_are_composed_as_any_reward():
    both = minimum(EACH["copied"], EACH["length"])
    sample = Sample(SOURCE, data={"source": SOURCE, "source_language": "en", "target_language": "de"})
    assert judge_all(both, [sample])[0].score == 0.0


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200),
    st.text(min_size=1, max_size=80).filter(str.strip),
    st.sampled_from(["de", "zh", "ar", "qaa"]),
)
def test_no_text_breaks_a_guard_and_the_verdict_does_not_change(text, source, target):
    first, second = (judged(text, source=source, target=target) for _ in range(2))
    assert first.status is Status.SCORED
    assert (first.score, first.explanation) == (second.score, second.explanation)
    assert first.score == 1.0 or first.explanation


@pytest.mark.parametrize(
    "unit", ["a", "a ", "-", '"', "(", "的", "<b ", "ab ab ", "1.", "[(", "‘", "translation ", "\n# "]
)
def test_a_megabyte_takes_no_more_than_its_share(unit):
    text = (unit * (2**20 // len(unit)))[: 2**20]
    data = {"length_ratio": [1e-6, 1e6]}
    start = time.perf_counter()
    for name in GUARDS:
        judged(text, data={**data, "guards": [name]})
    assert time.perf_counter() - start < 60  # quadratic ones take hours


def test_helpers_of_languages():
    assert coherence("xx", "de") is None
    assert coherence("some words of a text", "zh") is None
    assert frequent_share("no han", "zh") is None
    assert code_of("zh-HK") == "Hant"
    assert scripts_of("qaa") == frozenset()
    assert asked_variant("es-MX") is None
    assert variant_of("Guten Tag", "de") is None
