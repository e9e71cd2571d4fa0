"""What a translation task holds."""

import pytest

from rlvr import Sample
from rlvr.errors import DataError
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.fields import hypothesis_of, pair_of, references_of, source_of


@pytest.mark.parametrize(
    ("data", "says"),
    [({}, "no `data.source`"), ({"source": None}, "no `data"), ({"source": " \n"}, "is empty"), ({"source": 3}, "int")],
)
def test_a_source_that_is_no_text_is_an_error(data, says):
    with pytest.raises(DataError, match=says):
        source_of(Sample("x", data=data))


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (None, "no `reference`"),
        ([], "empty list"),
        ("", "is empty"),
        (["a", ""], "`reference` 2 is empty"),
        ([None], "no `reference` 1"),
        ({"a": 1}, "dict"),
    ],
)
def test_a_reference_that_is_no_text_is_an_error(reference, says):
    with pytest.raises(DataError, match=says):
        references_of(Sample("x", reference=reference))


def test_references_may_be_left_out_but_not_wrong():
    assert references_of(Sample("x", reference=[]), required=False) == ()
    with pytest.raises(DataError):
        references_of(Sample("x", reference=""), required=False)


@pytest.mark.parametrize("tag", ["", None, "klingonese!", "English", "e"])
def test_a_language_is_a_tag(tag):
    with pytest.raises(DataError, match="source_language"):
        pair_of(Sample("x", data={"source_language": tag, "target_language": "de"}))


def test_tags_are_standardised():
    sample = Sample("x", data={"source_language": "EN_us", "target_language": "zh-hant"})
    assert pair_of(sample) == Pair("en-US", "zh-Hant")


def test_a_source_keeps_its_space():
    assert source_of(Sample("x", data={"source": " a\n"})) == " a\n"
    assert hypothesis_of(Sample(" \n")) is None
