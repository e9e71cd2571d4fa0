"""Errors are the built-ins a caller would guess, and cross process borders whole."""

import pickle

import pytest

from rlvr import errors


@pytest.mark.parametrize(
    "kind",
    [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.RlvrError)],
)
def test_every_error_travels(kind):
    made = kind(["a is wrong", "b too"], hint="do x") if kind is errors.ConfigError else kind("It failed.", hint="do x")
    copy = pickle.loads(pickle.dumps(made))
    assert type(copy) is kind
    assert str(copy) == str(made)
    assert copy.hint == "do x"
    assert vars(copy) == vars(made)


def test_config_errors_list_everything():
    text = str(errors.ConfigError(["a is wrong", "b is wrong"]))
    assert "2 problems" in text
    assert "a is wrong" in text
    assert "b is wrong" in text


def test_suggestions_only_when_something_is_near():
    assert errors.did_you_mean("lerning_rate", ["learning_rate", "seed"]) == " Did you mean `learning_rate`?"
    assert errors.did_you_mean("zzz", ["learning_rate", "seed"]) == ""
