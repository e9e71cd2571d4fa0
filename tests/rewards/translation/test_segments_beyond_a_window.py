"""COMET's texts beyond a window, and several references, without a model."""

import warnings

import pytest

from rlvr import Sample
from rlvr.rewards.translation.comet.languages import name_unknown_languages
from rlvr.rewards.translation.comet.metric import Result, Segment
from rlvr.rewards.translation.comet.segments import by_sentences, score_samples
from tests.rewards.translation.window_metric import Window


def test_sentences_that_do_not_fit_together_are_scored_apart():
    sample = Sample("Aber eins zwei. Aber drei vier.", data={"source": "But one two three. But four five six."})
    (results,) = score_samples(Window(), [sample], None)
    assert [one.score for one in results] == [0.3, 0.3]
    assert by_sentences(Segment("One two.", "Eins. Zwei.")) == (Segment("One two.", "Eins. Zwei."),)


def test_of_several_references_the_best_counts_or_the_mean():
    class Likes:
        def score(self, segments):
            return [Result(1.0 if segment.ref == segment.mt else 0.5) for segment in segments]

    sample = Sample("Ja.", reference=["Ja.", "Doch."], data={"source": "Yes."})
    (best,), (mean,) = score_samples(Likes(), [sample], True), score_samples(Likes(), [sample], True, "mean")
    assert [one.score for one in best] == [1.0]
    assert [one.score for one in mean] == [1.0, 0.5]


def test_a_language_that_the_encoder_does_not_know_is_named_once():
    sample = Sample("x", data={"source_language": "en", "target_language": "mi"})
    with pytest.warns(UserWarning, match="not trained on `mi`"):
        name_unknown_languages(sample, "a/checkpoint", "comet")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        name_unknown_languages(sample, "a/checkpoint", "comet")
        name_unknown_languages(sample, "a/checkpoint", "metricx")  # mT5 knows it
