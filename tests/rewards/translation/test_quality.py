"""chrF, BLEU, and what is made of metrics: gates first, standardised by pair, another one watched."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from rlvr import Sample, Status, get_reward, judge_all, reward
from rlvr.errors import DataError, RewardDefinitionError
from rlvr.rewards.translation import bleu, chrf, quality
from rlvr.rewards.translation.commands import command
from rlvr.rewards.translation.standards import Standard, Standardised, estimated, standardised

DATA = Path(__file__).parents[4] / "shared" / "data" / "translation"
SOURCE, GOOD = "The house by the lake is red and very old.", "Das Haus am See ist rot und sehr alt."
OTHER = "Das Haus am See ist rot und ziemlich alt."


def sample(text, *, source=SOURCE, reference=GOOD, target="de", **data):
    return Sample(
        text, reference=reference, data={"source": source, "source_language": "en", "target_language": target, **data}
    )


def verdict_of(what, *samples):
    found = judge_all(what, samples)
    return found[0] if len(found) == 1 else found


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60).filter(str.strip), st.lists(st.text(max_size=60).filter(str.strip), min_size=1, max_size=3))
def test_scores_are_sacrebleus(text, references):
    task = sample(text, reference=references)
    if task.answer is None:
        return
    assert chrf(task).score == pytest.approx(CHRF().sentence_score(text.strip(), references).score / 100, abs=1e-9)
    metric = BLEU(effective_order=True)
    assert bleu(task).score == pytest.approx(metric.sentence_score(text.strip(), references).score / 100, abs=1e-9)


@pytest.mark.skipif(not DATA.is_dir(), reason="the MLQE-PE sets are not beside the repository")
@pytest.mark.parametrize(("pair", "tokenizer"), [("en-de", "13a"), ("en-zh", "zh"), ("ru-en", "13a")])
def test_scores_of_real_translations_are_sacrebleus(pair, tokenizer):
    rows = [json.loads(line) for line in (DATA / f"mlqe_dev.{pair}.jsonl").read_text().splitlines()[:60]]
    for row in rows:
        text, reference = row["hypothesis"].strip(), row["post_edit"]
        task = sample(text, reference=reference, source=row["source"], target=pair[3:])
        assert chrf(task).score == pytest.approx(CHRF().sentence_score(text, [reference]).score / 100)
        metric = BLEU(effective_order=True, tokenize=tokenizer)
        assert bleu(task).score == pytest.approx(metric.sentence_score(text, [reference]).score / 100)


def test_signatures_say_how_it_was_counted():
    assert (
        "nrefs:2|case:mixed|eff:yes|nc:6|nw:2" in chrf(sample(GOOD, reference=[GOOD, OTHER], word_order=2)).explanation
    )
    assert "tok:zh" in bleu(sample("房子", reference="房子", target="zh")).explanation
    assert "tok:char" in bleu(sample("บ้าน", reference="บ้าน", target="th")).explanation
    assert "tok:13a" in bleu(sample(GOOD)).explanation


def test_quality_floors_what_guards_stop_and_asks_no_metric_about_it():
    verdict = verdict_of(get_reward("mt.quality"), sample(SOURCE))
    assert verdict.score == 0.0
    assert verdict.explanation.startswith("copied: ")
    assert list(verdict.components) == ["mt.guards"]


def test_quality_grows_with_chrf_and_keeps_bleu_out():
    whole = get_reward("mt.quality")
    exact, near, far = verdict_of(
        whole, sample(GOOD), sample(OTHER), sample("Wir gehen heute ins Kino und essen ein Eis.")
    )
    assert exact.score == 1.0
    assert 0.5 < near.score < 1.0
    assert near.score == pytest.approx((chrf(sample(OTHER)).score - 0.35) / 0.65)
    assert far.score == 0.0
    assert near.metrics["watch/mt.bleu/held_out"] == near.components["mt.bleu"].score


def test_chance_is_less_where_there_are_thousands_of_characters():
    chinese = sample("房子是红色的。", reference="房子是红的。", target="zh")
    above = get_reward("mt.chrf_above_chance")
    assert verdict_of(above, chinese).score == pytest.approx((chrf(chinese).score - 0.12) / 0.88)
    assert verdict_of(above, sample(GOOD, source_language=None, target_language=None)).status is Status.ERROR


def test_the_composition_is_what_the_plain_one_is():
    made = quality("mt.chrf", watching="mt.bleu")
    texts = (GOOD, OTHER, SOURCE, "None", "Wir gehen heute ins Kino und essen ein Eis.")
    plain = judge_all(get_reward("mt.quality"), [sample(text) for text in texts])
    composed = judge_all(made, [sample(text) for text in texts])
    assert [verdict.score for verdict in plain] == [verdict.score for verdict in composed]
    assert composed[2].explanation == "stopped at mt.guards: copied: it is the source, and no reference is"


@reward("tests.scale", range=(0.0, 10.0))
def scale(sample):
    return float(sample.completion.count("e"))


def standards(tmp_path, **metrics):
    path = tmp_path / "standards.json"
    path.write_text(json.dumps(metrics))
    return path


def test_scores_are_standardised_by_pair_and_cut(tmp_path):
    pairs = {"en-de": {"mean": 2.0, "std": 2.0}, "en-fr": {"mean": 4.0, "std": 0.5}}
    made = standardised(scale, standards(tmp_path, **{"tests.scale": pairs}))
    assert made.range == (-3.0, 3.0)
    found = judge_all(made, [sample("eeee"), sample("eeee", target="fr"), sample("e" * 10), sample("", target="fr")])
    assert [verdict.score for verdict in found] == [1.0, 0.0, 3.0, -3.0]
    assert found[0].components["tests.scale"].score == 4.0


def test_a_verdict_depends_on_its_sample_alone(tmp_path):
    made = Standardised(scale, (("en-de", Standard(2.0, 2.0)),))
    samples = [sample("e" * n) for n in (1, 5, 3, 9)]
    together = [verdict.score for verdict in judge_all(made, samples)]
    assert together == [judge_all(made, [one])[0].score for one in samples]
    assert together[::-1] == [verdict.score for verdict in judge_all(made, samples[::-1])]


def test_a_pair_without_standards_is_an_error_and_no_score(tmp_path):
    made = standardised(scale, standards(tmp_path, **{"tests.scale": {"en-de": {"mean": 1, "std": 1}}}))
    verdict = verdict_of(made, sample("e", target="fr"))
    assert verdict.status is Status.ERROR
    assert "no mean of tests.scale for en-fr, only for en-de" in verdict.explanation
    assert verdict_of(made, Sample("e")).status is Status.ERROR


def test_standards_enter_the_identity():
    one, other = (Standardised(scale, (("en-de", Standard(mean, 1.0)),)) for mean in (0.0, 0.5))
    assert one.identity != other.identity


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, "has no `tests.scale`"),
        ({"tests.scale": {"en-de": {"mean": 1}}}, "is not {mean, std}"),
        ({"tests.scale": {"en-de": {"mean": 1, "std": 0}}}, "std 0.0"),
    ],
)
def test_broken_standards_are_refused(tmp_path, held, said):
    with pytest.raises(DataError, match=r"standards\.json") as error:
        standardised(scale, standards(tmp_path, **held))
    assert said in str(error.value)


def test_metrics_are_blended_standardised_and_gated(tmp_path):
    numbers = {"en-de": {"mean": 0.5, "std": 0.25}}
    file = standards(tmp_path, **{"mt.chrf": numbers, "tests.scale": {"en-de": {"mean": 2.0, "std": 2.0}}})
    made = quality(scale, standards=file, chrf_weight=0.25, watching="mt.bleu")
    assert made.range == (-3.0, 3.0)
    good, copy = verdict_of(made, sample(GOOD), sample(SOURCE))
    count = GOOD.count("e")
    assert good.score == pytest.approx(0.75 * (count - 2) / 2 + 0.25 * 2.0)
    assert copy.score == -3.0


@pytest.mark.parametrize(
    ("args", "options", "said"),
    [
        ((), {}, "at least one metric"),
        (("mt.chrf",), {"chrf_weight": 1.0}, "a chrf_weight from 0 to below 1"),
        ((scale, "mt.bleu"), {}, "Metrics of different ranges"),
    ],
)
def test_what_cannot_be_composed_is_said(args, options, said):
    with pytest.raises(RewardDefinitionError) as error:
        quality(*args, **options)
    assert said in str(error.value)


def rows(count, **changed):
    data = {"source_language": "en", "target_language": "de"}
    return [{"data": data, "verdict": {"score": i / count}, **changed} for i in range(count)]


def test_the_command_writes_what_is_read_and_keeps_other_metrics(tmp_path):
    judged, out = tmp_path / "judged.jsonl", tmp_path / "standards.json"
    judged.write_text("\n".join(map(json.dumps, rows(50))) + "\n")
    for metric in ("tests.scale", "mt.chrf"):
        done = CliRunner().invoke(command, ["standards", str(judged), "--metric", metric, "--out", str(out)])
        assert done.exit_code == 0, done.output
    assert done.output == "en-de  0.4900 ± 0.2915  of 50 rows\n"
    assert standardised(scale, out).standards == (("en-de", Standard(0.49, 0.291548)),)
    assert standardised(chrf, out).standards == (("en-de", Standard(0.49, 0.291548)),)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rows(10), "en-de has 10 scores"),
        ([*rows(40), {"data": {}, "verdict": {}}], "Row 41: The task has no `data.source_language`"),
        ([{"data": {}}], "Row 1 has no `verdict`"),
        (rows(40, verdict={"score": 0.5}), "all equal"),
    ],
)
def test_rows_that_give_no_standard_are_named(given, said):
    with pytest.raises(DataError) as error:
        estimated(given)
    assert said in str(error.value)


def test_rows_without_a_score_are_passed_over():
    given = [*rows(40), *rows(5, verdict={"score": None, "status": "error"})]
    assert estimated(given)["en-de"]["rows"] == 40
