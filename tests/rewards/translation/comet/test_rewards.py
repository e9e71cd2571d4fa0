"""`mt.comet` and its kin as rewards: what a verdict says, and what is no text for a metric."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from rlvr import Sample, Status, registry
from rlvr.judging import judge_all
from rlvr.rewards.translation.comet import actor
from rlvr.rewards.translation.comet.metric import Metric, Segment, Span
from rlvr.rewards.translation.comet.rewards import MODELS, comet_reward
from rlvr.rewards.translation.comet.segments import by_lines, score_samples
from rlvr.rewards.translation.quality import quality
from rlvr.scoring import Scorer
from tests.rewards.translation.window_metric import Window


@pytest.fixture(autouse=True, scope="module")
def _one_worker_each(checkpoints):
    """The rewards of this module share their workers, and leave none behind."""
    with pytest.MonkeyPatch.context() as patch:
        made = {}

        def metric_of(settings):
            return made.setdefault(settings, Metric(settings))

        patch.setattr("rlvr.rewards.translation.comet.rewards.metric_of", metric_of)
        patch.setenv("RLVR_METRIC_DEVICE", "cpu")
        patch.setenv("RLVR_MT_COMET", str(checkpoints / "regression"))
        patch.setenv("RLVR_MT_XCOMET", str(checkpoints / "xcomet"))
        patch.setenv("RLVR_MT_METRICX", str(checkpoints / "metricx"))
        yield
        for metric in made.values():
            metric.close()


def task(completion, reference="das Haus ist rot", **data):
    return Sample(completion, reference=reference, data={"source": "the house is red"} | data)


def test_a_scorer_asks_many_at_once_and_keeps_raw_scores(checkpoints):
    wide = comet_reward("mine.comet", str(checkpoints / "regression"), range=(-2.0, 2.0))
    samples = [task(f"das Haus {word}") for word in ("ist rot", "ist alt", "schläft", "ist rot")]
    with Scorer(wide) as scorer:
        verdicts = scorer.score(samples)
    assert [verdict.status for verdict in verdicts] == [Status.SCORED] * 4
    assert verdicts[0].score == verdicts[3].score != verdicts[1].score
    cut = judge_all(registry.get("mt.comet"), samples)
    assert [one.metrics["raw"] for one in cut] == pytest.approx([one.score for one in verdicts], abs=1e-6)
    assert [one.score for one in cut] == [min(1.0, max(0.0, one.metrics["raw"])) for one in cut]
    assert verdicts[0].explanation.startswith(str(checkpoints / "regression"))


def test_the_best_reference_counts():
    reward = registry.get("mt.comet")
    references = ["das Haus ist rot", "eine Katze schläft im Garten und alt"]
    alone = [reward(samples)[0].metrics["raw"] for samples in ([task("das Haus", one)] for one in references)]
    (both,) = reward([task("das Haus", references)])
    assert alone[0] != alone[1]
    assert both.metrics["raw"] == pytest.approx(max(alone), abs=1e-6)


def test_what_is_missing_is_an_error_and_no_text():
    reward = registry.get("mt.comet")
    broken = [
        Sample("Haus", data={"source": "a"}),
        Sample("Haus", reference="b"),
        task("Haus", ""),
        task("Haus", [None]),
    ]
    verdicts = judge_all(reward, [task("das Haus"), *broken])
    assert [verdict.status for verdict in verdicts] == [Status.SCORED, *[Status.ERROR] * 4]
    assert "`reference`" in verdicts[1].explanation


@pytest.mark.parametrize("completion", ["", " \n", "<think>das Haus", "None"[:0]])
def test_an_answer_without_a_translation_scores_lowest(completion, checkpoints):
    reward = comet_reward("mine.floor", str(checkpoints / "regression"), range=(-2.0, 1.0))
    (verdict,) = judge_all(reward, [task(completion)])
    assert (verdict.score, verdict.explanation) == (-2.0, "the answer holds no translation")


def test_an_xcomet_tells_its_errors():
    long = "das Haus ist rot und alt und eine Katze schläft im Garten " * 3
    verdicts = judge_all(
        registry.get("mt.xcomet"), [task(long + word) for word in ("rot", "alt", "das", "Haus", "ein")]
    )
    counts = [sum(one.metrics[f"{kind}_errors"] for kind in ("minor", "major", "critical")) for one in verdicts]
    assert max(counts) > 0
    told = verdicts[counts.index(max(counts))]
    assert any(f"{kind} '" in told.explanation for kind in ("minor", "major", "critical"))
    assert set(told.metrics) >= {"raw", "src", "ref", "unified", "mqm"}


def test_metricx_points_upwards():
    (verdict,) = judge_all(registry.get("mt.metricx"), [task("das Haus")])
    assert 0 < verdict.metrics["metricx"] < 25
    assert verdict.score == pytest.approx(1 - verdict.metrics["metricx"] / 25)


def test_a_translation_that_leaves_no_room_for_the_source_scores_lowest():
    (verdict,) = score_samples(Window(), [Sample("a " * 9, data={"source": "b b"})], None)
    assert verdict.score == 0.0
    assert "9 tokens of translation, 2 of source" in verdict.explanation
    assert verdict.metrics == {"tokens": 9.0, "window": 10.0}


def test_a_task_that_never_fits_is_an_error():
    (verdict,) = score_samples(Window(), [Sample("a", data={"source": "b " * 10})], None)
    assert verdict.status is Status.ERROR
    assert "too long for this metric" in verdict.explanation


def test_lines_that_correspond_are_scored_one_by_one():
    document = Sample("a a a a\nb b\n", data={"source": "c c c\nd d d\n"})
    (results,) = score_samples(Window(), [document], None)
    assert [one.score for one in results] == [0.4, 0.2]
    assert by_lines(Segment("a\nb", "a")) == (Segment("a\nb", "a"),)
    (verdict,) = score_samples(Window(), [Sample("a a a a a a a\nb", data={"source": "c\nc\nc\nc"})], None)
    assert verdict.score == 0.0


def test_another_checkpoint_is_another_identity(monkeypatch):
    program = "from rlvr import get_reward; print(get_reward('mt.comet').identity)"

    def identity(checkpoint):
        environment = os.environ | {"RLVR_MT_COMET": checkpoint}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert identity("/a") == identity("/a") != identity("/b")


def test_licences_name_what_is_not_for_commercial_use():
    assert MODELS["Unbabel/wmt22-comet-da"] == "Apache-2.0"
    assert all("not for commercial use" in said for said in MODELS.values() if "-NC-" in said)


def test_a_span_says_where_it_is():
    span = Span(0, 3, "major", 0.9, counted=False)
    assert (span.start, span.counted) == (0, False)


def test_one_model_for_all_processes_of_a_cluster(checkpoints):
    program = f"""
        import json, os, ray
        ray.init(address="local", num_cpus=3, include_dashboard=False, log_to_driver=False)
        from rlvr.rewards.translation.comet.actor import RemoteMetric, metric_of
        from rlvr.rewards.translation.comet.metric import Segment
        from rlvr.rewards.translation.comet.settings import Settings
        settings = Settings({str(checkpoints / "kiwi")!r}, device="cpu")
        segments = [Segment("the house", f"das Haus {{i}}") for i in range(20)]

        @ray.remote
        def other(part):
            metric = RemoteMetric(settings, 0.0)
            return [one.score for one in metric.score(part)], metric.worker_pid()

        metric = metric_of(settings)
        found = [one.score for one in metric.score(segments)]
        others = ray.get([other.remote(segments) for _ in range(2)])
        os.kill(metric.worker_pid(), 9)
        more = [one.score for one in metric.score([Segment("a cat", f"eine Katze {{i}}") for i in range(5)])]
        try:
            RemoteMetric(Settings("/absent", device="cpu"), 0.0).score(segments[:1])
        except Exception as error:
            said = [type(error).__name__, str(error)]
        counts = metric.counts()
        ray.kill(ray.get_actor([one for one in ray.util.list_named_actors(all_namespaces=True)][0]["name"], "rlvr"))
        again = [one.score for one in metric.score(segments[:3])]
        print(json.dumps([found, others, more, said, counts.scored, counts.lost_workers, again]))
    """
    environment = os.environ | {actor.SHARE: "0", "RAY_AUTH_MODE": "disabled"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found, others, more, said, scored, lost, again = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == 20
    assert all(isinstance(score, float) for score in found + more)
    assert [scores for scores, _ in others] == [found, found]
    assert len({pid for _, pid in others}) == 1
    assert (scored, lost) == (25, 1)
    assert again == pytest.approx(found[:3], abs=1e-6)
    assert said[0] == "ModelError"
    assert "There is no checkpoint at /absent" in said[1]


def test_quality_asks_comet_behind_the_guards_blends_chrf_and_watches_another_metric():
    mixed = quality("mt.comet", chrf_weight=0.25, watching="mt.metricx")
    languages = {"source_language": "en", "target_language": "de"}
    good = task("das Haus ist rot", **languages)
    bad = task("the house is red", **languages)
    with Scorer(mixed) as scorer:
        passed, stopped = scorer.score([good, bad])
    (alone,) = judge_all(registry.get("mt.comet"), [good])
    assert passed.status is Status.SCORED
    assert passed.score == pytest.approx(0.75 * alone.score + 0.25, abs=1e-6)  # chrF of the reference itself is 1
    assert "mt.metricx" in str(passed.as_dict())
    assert stopped.score == 0.0
    assert "mt.comet" not in str(stopped.as_dict()["components"])


def test_an_evaluation_reports_comet_beside_its_own_metrics(rlvr, tmp_path, rows, comet_itself):
    """`rlvr eval ... --metric mt.comet` says the mean of what comet itself says of the same segments."""
    parallel, said, results = tmp_path / "wmt.jsonl", tmp_path / "said.jsonl", tmp_path / "results.json"
    languages = {"source_language": "en", "target_language": "de"}
    texts = [{"source": row["src"], "reference": row["ref"]} | languages for row in rows]
    answers = [{"id": f"wmt.jsonl:{place}", "completion": row["mt"]} for place, row in enumerate(rows, 1)]
    parallel.write_text("".join(json.dumps(row) + "\n" for row in texts))
    said.write_text("".join(json.dumps(row) + "\n" for row in answers))
    ended = rlvr(
        "eval", "them", "wmt", "--data", parallel, "--completions", said, "--metric", "mt.comet", "--results", results,
        "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.all
    metrics = json.loads(ended.out)["metrics"]
    assert metrics.keys() > {"comet"}
    theirs = [min(1.0, max(0.0, score)) for score in comet_itself["regression"]["scores"]]
    assert len(set(theirs)) > 1
    assert metrics["comet"]["value"] == pytest.approx(sum(theirs) / len(theirs), abs=1e-5)
    assert metrics["comet"]["items"] == len(rows)
