"""A judge over a real socket: what it is asked, how its replies are read, and replies that are hostile."""

import json
import socket
import time
from pathlib import Path

import pytest

from rlvr import Status
from rlvr.errors import ConfigError
from rlvr.evaluation.arena import duel
from rlvr.evaluation.judge import KEY, Judge
from rlvr.sample import Task
from rlvr.suite import Question
from tests.endpoints import completion

from .conftest import rows_of, write

SECRET = "sk-very-secret-key"


def asked(judge):
    (verdict,) = judge.ask_all([Question("Which?", float)])
    return verdict


def test_it_speaks_the_api(endpoint, monkeypatch):
    monkeypatch.setenv(KEY, SECRET)
    server = endpoint(lambda *_: "0.5")
    assert asked(Judge(server.url, "judge-1")).score == 0.5
    (seen,) = server.seen
    assert seen["path"] == "/v1/chat/completions"
    assert seen["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert seen["model"] == "judge-1"
    assert seen["messages"] == [{"role": "user", "content": "Which?"}]


def test_a_lone_surrogate_in_an_answer_is_asked_about_too(endpoint):
    server = endpoint(lambda *_: "1")
    (verdict,) = Judge(server.url, "j").ask_all([Question("said: \udc80", float)])
    assert verdict.score == 1.0
    assert server.seen[0]["messages"][0]["content"] == "said: \\udc80"


def test_it_is_asked_again_after_a_passing_failure(endpoint):
    failures = [(429, b"slow down", {"Retry-After": "0"}), (503, b"", {})]
    server = endpoint(lambda _, seen: failures[seen - 1] if seen <= 2 else "1")
    assert asked(Judge(server.url, "j", pause=0.01)).score == 1.0
    assert len(server.seen) == 3


def trickle(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(200):
        try:
            handler.wfile.write(b"1\r\n \r\n")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.02)


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


HOSTILE = {
    "no JSON": ((200, b"<html>hello</html>", {}), "no chat completion"),
    "other JSON": ((200, b'{"choices": []}', {}), "no chat completion"),
    "a list": ((200, b"[]", {}), "no chat completion"),
    "deep": ((200, b"[" * 100_000, {}), "no chat completion"),
    "null": ((200, completion(None), {}), "empty reply"),
    "blank": (" \n", "empty reply"),
    "no text": ((200, completion([1, 2]), {}), "empty reply"),
    "no verdict": ("I would rather not say.", "holds no verdict"),
    "huge": ((200, completion("x" * (3 << 20)), {}), "more than 1 MiB"),
    "broken UTF-8": ((200, b'{"choices": "\xff\xfe', {}), "no chat completion"),
    "server error": ((500, b"oops", {}), "HTTP 500 oops"),
    "redirect": ((302, b"", {"Location": "http://127.0.0.1:9/v1"}), "HTTP 302"),
    "trickle": (trickle, "no whole reply"),
    "hangs up": (hang_up, "gave no answer"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_reply_is_an_error_and_never_a_score(endpoint, kind):
    reply, said = HOSTILE[kind]
    server = endpoint(lambda *_: reply)
    verdict = asked(Judge(server.url, "j", deadline=0.3 if kind == "trickle" else 10, attempts=2, pause=0.01))
    assert verdict.status is Status.ERROR
    assert said in verdict.explanation
    assert len(verdict.explanation) < 500


def test_the_key_is_in_no_message(endpoint, monkeypatch):
    monkeypatch.setenv(KEY, SECRET)
    server = endpoint(lambda *_: (400, f"bad key {SECRET}".encode(), {}))
    judge = Judge(server.url, "j")
    assert SECRET not in asked(judge).explanation
    assert SECRET not in repr(judge)
    echo = endpoint(lambda *_: f"1 {SECRET}")
    (verdict,) = Judge(echo.url, "j").ask_all([Question("?", lambda reply: float(reply.split()[0]))])
    assert (verdict.score, SECRET in verdict.explanation) == (1.0, False)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x/v1", "http://", "http://user:pass@x/v1"])
def test_an_address_that_is_none(url):
    with pytest.raises(ConfigError, match="no address"):
        Judge(url, "j")


@pytest.mark.parametrize("said", ["", "A wins", "[[A>B]] or [[B>A]]", "[[C>A]]"])
def test_a_duel_without_one_verdict_stays_open(said):
    for question in duel(Task("Hi!"), "a", "b"):
        with pytest.raises(ValueError, match=r"verdict|none like"):
            question.read(said)


@pytest.fixture
def arena(project):
    """Four questions, the baseline's answers, and ours: two are longer, one is equal, one shorter."""
    rows = [{"question_id": f"q{i}", "prompt": f"Question {i}?", "language": "de"} for i in range(4)]
    write(project / "arena.jsonl", rows)
    write(project / "base.jsonl", [{"id": f"q{i}/de", "completion": "x" * 10} for i in range(4)])
    write(
        project / "ours.jsonl",
        [{"prompt": f"Question {i}?", "completion": "y" * n} for i, n in enumerate((20, 15, 10, 5))],
    )
    return ["arena", "--data", "arena.jsonl", "--baseline", "base.jsonl", "--completions", "ours.jsonl"]


def longer_wins(prompt, _):
    if "<answer_a>" not in prompt:
        return "OK"
    first, second = (prompt.split(f"<answer_{one}>\n")[1].split("\n</answer_")[0] for one in "ab")
    verdict = "A>B" if len(first) > len(second) else "B>A" if len(second) > len(first) else "A=B"
    return f"The longer one. [[{verdict}]]"


def test_arena_through_the_command_line(rlvr, arena, endpoint, monkeypatch):
    monkeypatch.setenv(KEY, SECRET)
    server = endpoint(longer_wins)
    words = [
        "--judge",
        server.url,
        "--judge-model",
        "judge-1",
        "--json",
        "--results",
        "found.json",
        "--out",
        "rows.jsonl",
    ]
    ended = rlvr("eval", "ours", *arena, *words)
    assert ended.code == 0, ended.all
    found = json.loads(ended.out)
    assert found["metrics"]["judge"]["value"] == (1 + 1 + 0.5 + 0) / 4
    assert 0 <= found["metrics"]["judge"]["low"] < found["metrics"]["judge"]["high"] <= 1
    assert found["judge"] == {"url": server.url, "model": "judge-1", "max_tokens": 2048}
    assert len(server.seen) == 1 + 2 * 4
    for file in ("found.json", "rows.jsonl"):
        assert SECRET not in Path(file).read_text()
    assert "The longer one." in rows_of("rows.jsonl")[0]["judge"]["explanation"]


def test_a_judge_that_always_prefers_the_first_gives_one_half(rlvr, arena, endpoint):
    server = endpoint(lambda *_: "[[A>>B]]")
    ended = rlvr("eval", "ours", *arena, "--judge", server.url, "--judge-model", "j", "--json")
    assert ended.code == 0, ended.all
    assert json.loads(ended.out)["metrics"]["judge"]["value"] == 0.5


def test_a_judge_that_says_nothing_useful_ends_with_1(rlvr, arena, endpoint):
    server = endpoint(lambda *_: "Both are fine.")
    ended = rlvr("eval", "ours", *arena, "--judge", server.url, "--judge-model", "j", "--out", "rows.jsonl")
    assert ended.code == 1
    assert "100.0% of the answers unjudged" in ended.err
    assert "none like [[A>B]]" in rows_of("rows.jsonl")[0]["judge"]["explanation"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needs a judge"),
        (["--judge", "http://127.0.0.1:9/v1"], "belong together"),
        (["--judge", "http://127.0.0.1:9/v1", "--judge-model", "j"], "gives no answer"),
    ],
)
def test_a_judge_that_is_missing(rlvr, arena, words, said, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    ended = rlvr("eval", "ours", *arena, *words)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
