"""Every class of checkpoint: scores and spans are those of comet's own `predict()`, texts that do not fit are said."""

import json
import subprocess
import sys

import pytest

from rlvr.rewards.translation.comet.metric import Metric, Segment
from rlvr.rewards.translation.comet.settings import Settings

REFERENCELESS = ("kiwi", "referenceless")


def segments(rows, references=True):
    return [Segment(row["src"], row["mt"], row["ref"] if references else None) for row in rows]


@pytest.mark.parametrize("name", ["regression", "referenceless", "ranking", "kiwi", "unite", "xcomet"])
def test_scores_are_those_of_predict(name, metrics, comet_itself, rows):
    want = comet_itself[name]
    found = metrics(name).score(segments(rows, references=name not in REFERENCELESS))
    assert [one.score for one in found] == pytest.approx(want["scores"], abs=1e-5)
    assert max(want["scores"]) - min(want["scores"]) > 1e-2
    if want["spans"] is not None:
        assert [[_row(span) for span in one.spans if span.counted] for one in found] == [
            [_row(span) for span in spans] for spans in want["spans"]
        ]
        assert any(want["spans"])


def _row(span):
    row = span if isinstance(span, dict) else {name: getattr(span, name) for name in span.__slots__}
    return row["start"], row["end"], row["severity"], pytest.approx(row["confidence"], abs=1e-5)


def test_an_xcomet_without_a_reference(metrics, comet_itself, rows):
    want = comet_itself["xcomet without reference"]
    mixed = metrics("xcomet").score(segments(rows[:8]) + segments(rows, references=False))
    assert [one.score for one in mixed[8:]] == pytest.approx(want["scores"], abs=1e-5)
    assert set(mixed[0].parts) == {"src", "ref", "unified", "mqm"}
    assert set(mixed[8].parts) == {"src", "mqm"}


def test_a_span_that_runs_to_the_end_is_there_and_not_counted(environment):
    # Tags that no tiny model gives on demand: the decoder itself, beside comet's.
    program = """
import json, sys, types, torch
from types import ModuleType
for name in ("rlvr", "rlvr.rewards", "rlvr.rewards.translation", "rlvr.rewards.translation.comet"):
    sys.modules[name] = ModuleType(name); sys.modules[name].__path__ = [sys.argv[1]]
from comet.models.multitask.unified_metric import UnifiedMetric
from comet.models.utils import LabelSet
from rlvr.rewards.translation.comet.worker.spans import Decoder
class Words:
    decode = staticmethod(str)
model = types.SimpleNamespace(label_encoder=LabelSet(["minor", "major", "critical"]), decoding_threshold=None,
                              encoder=types.SimpleNamespace(tokenizer=Words()))
torch.manual_seed(0)
probabilities = torch.softmax(torch.randn(200, 9, 4) + torch.tensor([1.0, 0, 0, 0]), dim=-1)
offsets = [[(0, 0), *((2 * i, 2 * i + 1) for i in range(7)), (0, 0)]] * 200
ours = Decoder(model)
found = ours(probabilities, torch.zeros(200, 9), offsets)
theirs = UnifiedMetric.decode(model, probabilities, torch.zeros(200, 9), offsets)
print(json.dumps([found, theirs, ours.open]))
"""
    folder = __import__("rlvr.rewards.translation.comet", fromlist=["place"]).__path__[0]
    done = subprocess.run([environment, "-I", "-c", program, folder], capture_output=True, text=True, check=True)
    ours, theirs, opened = json.loads(done.stdout.splitlines()[-1])
    assert sum(map(len, theirs)) > 200
    for one, other in zip(ours, theirs, strict=True):
        # comet takes the end of the last subword, which is 0 where that is a mark; ours never is before the start.
        assert [(s["start"], s["severity"], pytest.approx(s["confidence"])) for s in one] == [
            (s["start"], s["severity"], s["confidence"]) for s in other
        ]
    last = [span for span in opened if span is not None]
    assert len(last) > 20
    assert all(span["end"] == 13 for span in last)


@pytest.mark.parametrize(("name", "window"), [("regression", 510), ("kiwi", 512), ("unite", 512), ("metricx", 1536)])
def test_what_the_model_would_not_see_is_said(name, window, metrics, rows):
    metric = metrics(name)
    long = Segment(rows[0]["src"], "das Haus ist rot und alt " * 400, rows[0]["ref"])
    short, longest = metric.score([segments(rows)[0], long])
    assert short.score is not None
    assert longest.score is None
    assert longest.too_long.window == window
    assert longest.too_long.mt > window
    assert longest.too_long.each == (name == "regression")


def test_just_what_fits_is_scored_as_predict_scores_it(metrics, comet_itself, edge):
    metric = metrics("kiwi")
    source, fits, does_not = edge
    over = metric.score([Segment(source, does_not)])[0].too_long
    assert over.mt + over.src + 4 == 513
    assert [metric.score([Segment(source, fits)])[0].score] == pytest.approx(comet_itself["edge"]["scores"], abs=1e-5)


def test_a_reference_that_is_needed_and_missing_is_no_empty_text(metrics, rows):
    found = metrics("regression").score(segments(rows[:2], references=False))
    assert [one.score for one in found] == [None, None]
    assert "reference" in found[0].error


def test_halves_of_surrogates_do_no_harm(metrics):
    broken, mended = metrics("kiwi").score(
        [Segment("a \ud800 house", "ein \udfff Haus"), Segment("a � house", "ein � Haus")]
    )
    assert broken.score == mended.score


def test_metricx_is_the_logit_of_its_token(metrics, environment, checkpoints, rows):
    program = """
import json, sys, torch
from transformers import AutoTokenizer, MT5ForConditionalGeneration
model = MT5ForConditionalGeneration.from_pretrained(sys.argv[1]).eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
scores = []
for row in json.load(sys.stdin):
    text = f"source: {row['src']} candidate: {row['mt']}" + (f" reference: {row['ref']}" if row["ref"] else "")
    ids = torch.tensor([tokenizer(text)["input_ids"][:-1]])
    with torch.no_grad():
        logits = model(input_ids=ids, decoder_input_ids=torch.zeros(1, 1, dtype=torch.long)).logits
    scores.append(float(logits[0, 0, 250089].clamp(0, 25)))
print(json.dumps(scores))
"""
    asked = rows[:10] + [row | {"ref": None} for row in rows[10:20]]
    command = [environment, "-c", program, checkpoints / "metricx"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    want = json.loads(done.stdout.splitlines()[-1])
    found = metrics("metricx").score(segments(asked))
    assert [one.score for one in found] == pytest.approx(want, abs=1e-4)
    assert max(want) - min(want) > 0.1


def test_the_worker_has_nothing_of_rlvr_and_little_of_the_trainer(environment):
    # The worker's modules are found beside this installation, and its interpreter needs none.
    done = subprocess.run([environment, "-I", "-c", "import rlvr"], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr or sys.executable == str(environment)


def test_half_precision_is_of_the_encoder_alone(checkpoints, metrics, rows):
    whole = [one.score for one in metrics("unite").score(segments(rows))]
    metric = Metric(Settings(str(checkpoints / "unite"), device="cpu", precision="bfloat16"))
    half = [one.score for one in metric.score(segments(rows))]
    assert metric.about()["precision"] == "bfloat16"
    metric.close()
    assert half == pytest.approx(whole, abs=0.05)
    assert half != pytest.approx(whole, abs=1e-7)
