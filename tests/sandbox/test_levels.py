"""Which level is reached where; below the required one nothing runs."""

import pytest

from rlvr.sandbox import Lane, Level, SandboxPool, SandboxUnavailableError
from rlvr.sandbox.levels import level_of, require, required

START = """
import json
from rlvr.errors import RlvrError
from rlvr.sandbox import Lane, Level
from rlvr.sandbox.layers import escaped
try:
    with Lane(Level("{least}")) as lane:
        run = lane.run("print(int(input()) + 1)", b"41")
        print(json.dumps({{"level": lane.level, "said": run.stdout.decode(), "escaped": escaped(lane),
                           "layers": lane.layers}}))
except RlvrError as error:
    print(json.dumps({{"refused": str(error)}}))
"""


@pytest.mark.parametrize("uid", [0, 12345])
def test_users_reach_the_strict_level_with_namespaces(lane, elsewhere, uid):
    found = elsewhere(START.format(least="strict"), uid=uid)
    assert found["level"] == "strict"
    assert found["said"] == "42\n"
    assert found["escaped"] == []


@pytest.mark.parametrize("uid", [0, 12345])
def test_a_container_without_namespaces_is_refused_and_says_why(elsewhere, uid):
    found = elsewhere(START.format(least="strict"), uid=uid, container="docker")
    assert "strict" in found["refused"]
    assert "unshare: Operation not permitted" in found["refused"]
    assert "sandbox.require=standard" in found["refused"]


@pytest.mark.parametrize("uid", [0, 12345])
def test_a_container_without_namespaces_can_have_the_standard_level(elsewhere, uid):
    found = elsewhere(START.format(least="standard"), uid=uid, container="docker")
    if "refused" in found:
        pytest.skip(f"no Landlock from ABI 6 on: {found['refused']}")
    assert found["level"] == "standard"
    assert found["said"] == "42\n"
    assert found["escaped"] == []
    assert found["layers"]["namespaces"].startswith("no: ")


@pytest.mark.parametrize("uid", [0, 12345])
def test_where_the_kernel_gives_no_user_namespaces(elsewhere, uid):
    found = elsewhere(START.format(least="strict"), uid=uid, container="no-user-namespaces")
    assert "No space left on device" in found["refused"]
    found = elsewhere(START.format(least="standard"), uid=uid, container="no-user-namespaces")
    if "refused" in found:
        pytest.skip(f"no Landlock from ABI 6 on: {found['refused']}")
    assert (found["level"], found["said"], found["escaped"]) == ("standard", "42\n", [])


def test_what_makes_a_level():
    namespaces, filtered, locked = {"namespaces": "user"}, {"seccomp": "on"}, {"landlock": "ABI 6"}
    assert level_of(namespaces | filtered) is Level.STRICT
    assert level_of(locked | filtered) is Level.STANDARD
    assert level_of(filtered | {"landlock": "ABI 5"}) is Level.NONE
    assert level_of(namespaces | locked | {"seccomp": "no: ENOSYS"}) is Level.NONE


def test_below_the_required_level_is_an_error_that_names_what_is_missing():
    require(Level.STRICT, Level.STANDARD, {})
    with pytest.raises(SandboxUnavailableError, match="namespaces: EPERM"):
        require(Level.STANDARD, Level.STRICT, {"namespaces": "no: EPERM"})


def test_the_variable_says_what_is_required(monkeypatch):
    monkeypatch.delenv("RLVR_SANDBOX_REQUIRE", raising=False)
    assert required() is Level.STRICT
    monkeypatch.setenv("RLVR_SANDBOX_REQUIRE", "standard")
    assert required() is Level.STANDARD
    monkeypatch.setenv("RLVR_SANDBOX_REQUIRE", "strickt")
    with pytest.raises(SandboxUnavailableError, match="Did you mean `strict`"):
        SandboxPool(1)


def test_without_namespaces_asked_for_strict_is_refused():
    with pytest.raises(SandboxUnavailableError):
        Lane(Level.STRICT, namespaces=False)


def test_a_run_says_its_level_where_rewards_look(monkeypatch):
    from rlvr.config.schema import TrainConfig
    from rlvr.engine.run.scorers import say_sandbox_level

    monkeypatch.setenv("RLVR_SANDBOX_REQUIRE", "none")
    config = TrainConfig()
    say_sandbox_level(config)
    assert required() is Level.STRICT
    config.sandbox.require = "standard"
    say_sandbox_level(config)
    assert required() is Level.STANDARD
