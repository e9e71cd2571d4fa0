"""Retries beside what clients really raise: against a closed port, a server that answers 503, and a slow one.

openai is not among our dependencies: where it is not installed, classes of the same names stand in for its errors.
"""

import asyncio
import contextlib
import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rlvr import Sample, Status, reward
from rlvr.passing_failures import is_passing
from rlvr.scoring import Scorer

aiohttp = pytest.importorskip("aiohttp")
httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")
SLOW = 0.15  # seconds a client waits for an answer that never comes
PATIENT = 60.0  # and for one that comes, on a machine that has much else to do


def patience(url):
    return SLOW if url.endswith("/slow") else PATIENT


class Handler(BaseHTTPRequestHandler):
    """Answers `/STATUS`; `/slow` not in time, `/torn` with half of what it promised, `/flaky` well the third time."""

    def do_GET(self):
        self.server.asked.append(self.path)
        what = self.path.strip("/")
        if what == "slow":
            self.server.closing.wait(5)
        status = int(what) if what.isdigit() else 200
        if what == "flaky" and len(self.server.asked) < 3:
            status = 503
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", "1000" if what == "torn" else "3")
            self.end_headers()
            self.wfile.write(b"1.0")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def running():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.asked, made.closing = [], threading.Event()
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.closing.set()
        made.shutdown()


@pytest.fixture
def server(running):
    running.asked.clear()
    return running


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr("rlvr.judging.random.uniform", lambda low, high: 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def closed_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def by_urllib(url):
    with urllib.request.urlopen(url, timeout=patience(url)) as answer:
        return float(answer.read())


def by_http_client(url):
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=patience(url))
    try:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise urllib.error.HTTPError(url, answer.status, answer.reason, answer.headers, None)
        return float(answer.read())
    finally:
        connection.close()


def by_requests(url):
    answer = requests.get(url, timeout=patience(url))
    answer.raise_for_status()
    return float(answer.text)


def by_httpx(url):
    return float(httpx.get(url, timeout=patience(url), trust_env=False).raise_for_status().text)


async def by_async_httpx(url):
    async with httpx.AsyncClient(timeout=patience(url), trust_env=False) as client:
        return float((await client.get(url)).raise_for_status().text)


async def by_aiohttp(url):
    limit = aiohttp.ClientTimeout(total=patience(url))
    async with aiohttp.ClientSession(timeout=limit, raise_for_status=True) as client, client.get(url) as answer:
        return float(await answer.text())


CLIENTS = {ask.__name__: ask for ask in (by_urllib, by_http_client, by_requests, by_httpx, by_async_httpx, by_aiohttp)}


@pytest.fixture(params=CLIENTS)
def asking(request):
    """Makes a reward that asks a service by one of the clients, and lists its attempts."""
    ask = CLIENTS[request.param]

    def made(url, **settings):
        attempts = []

        def plain(sample):
            attempts.append(sample)
            return ask(url)

        async def later(sample):
            attempts.append(sample)
            return await ask(url)

        function = later if asyncio.iscoroutinefunction(ask) else plain
        return reward(f"t.{request.param}", **{"retries": 3, **settings})(function), attempts

    return made


def judged(made):
    with Scorer(made, max_error_rate=1.0) as scorer:
        return scorer.score([Sample("4")])[0]


def test_a_closed_port_is_asked_again(asking):
    made, attempts = asking(f"http://127.0.0.1:{closed_port()}/")
    verdict = judged(made)
    assert len(attempts) == 4
    assert verdict.status is Status.ERROR
    assert "4 attempts" in verdict.explanation


@pytest.mark.parametrize(("status", "count"), [(503, 4), (429, 4), (404, 1), (501, 1)])
def test_a_status_says_whether_to_ask_again(asking, server, status, count):
    made, _ = asking(f"http://127.0.0.1:{server.server_port}/{status}")
    assert judged(made).status is Status.ERROR
    assert len(server.asked) == count


@pytest.mark.parametrize("path", ["slow", "torn"])
def test_a_slow_answer_and_a_torn_one_are_asked_for_again(asking, server, path):
    made, attempts = asking(f"http://127.0.0.1:{server.server_port}/{path}", retries=1)
    verdict = judged(made)
    assert len(attempts) == 2
    assert verdict.status is Status.ERROR
    assert "2 attempts" in verdict.explanation


def test_what_comes_right_is_a_score(asking, server):
    made, _ = asking(f"http://127.0.0.1:{server.server_port}/flaky")
    assert judged(made).score == 1.0
    assert len(server.asked) == 3


def test_nothing_is_asked_twice_by_default(asking):
    made, attempts = asking(f"http://127.0.0.1:{closed_port()}/", retries=0)
    assert judged(made).status is Status.ERROR
    assert len(attempts) == 1


def test_the_deadline_ends_the_asking(monkeypatch):
    monkeypatch.setattr("rlvr.judging.random.uniform", lambda low, high: 30.0)

    @reward("t.late", retries=3, timeout=0.3)
    async def made(sample):
        raise ConnectionError

    start = time.monotonic()
    verdict = judged(made)
    assert verdict.status is Status.TIMEOUT
    assert time.monotonic() - start < 5


def test_further_exceptions_are_those_that_are_named():
    attempts = []

    @reward("t.named", retries=2, retry_on=(LookupError,))
    def made(sample):
        attempts.append(sample)
        raise {1: KeyError, 2: ConnectionError}.get(len(attempts), ValueError)

    assert made.check("").explanation.startswith("ValueError")
    assert len(attempts) == 3


def raised(error, *, said=None, unsaid=None):
    """The error as if raised `from` one, or while another was being handled."""
    error.__cause__, error.__context__ = said, unsaid or said
    return error


def test_what_a_failure_was_raised_from_counts():
    told = RuntimeError("the judge gave no answer")
    assert is_passing(raised(told, said=httpx.ReadTimeout("slow")))
    assert not is_passing(raised(told, said=KeyError("score")))
    assert not is_passing(raised(ValueError("no number in what was said"), unsaid=ConnectionError()))


def test_a_refused_certificate_stays_refused():
    refused = ssl.SSLCertVerificationError("self-signed certificate")
    assert not is_passing(urllib.error.URLError(refused))
    assert not is_passing(raised(httpx.ConnectError("self-signed"), said=refused))
    assert not is_passing(raised(requests.exceptions.SSLError(refused), unsaid=refused))
    assert is_passing(httpx.ConnectError("refused"))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("503"),
        FileNotFoundError(2, "no such file"),
        urllib.error.URLError("unknown url type: htp"),
        httpx.UnsupportedProtocol("no scheme"),
        httpx.DecodingError("no JSON"),
        requests.exceptions.InvalidURL("no host"),
        socket.gaierror(socket.EAI_NONAME, "no such name"),
        aiohttp.InvalidURL("x"),
        type("Timeout", (Exception,), {})("of somebody else's"),
    ],
    ids=repr,
)
def test_what_asking_again_does_not_mend(error):
    assert not is_passing(error)


def openai_errors():
    """openai's own classes, or classes of their names and ancestry where it is not installed."""
    try:
        import openai
    except ImportError:

        def made(name, *bases, **known):
            return type(name, bases, {"__module__": "openai", **known})

        top = made("OpenAIError", Exception)
        status = made("APIStatusError", made("APIError", top))
        unreachable = made("APIConnectionError", made("APIError", top))
        late = made("APITimeoutError", unreachable)
        of = {code: made(name, status, status_code=code)() for code, name in _OPENAI_STATUSES.items()}
        return unreachable(), late(), of
    request = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")
    of = {
        code: getattr(openai, name)("said so", response=httpx.Response(code, request=request), body=None)
        for code, name in _OPENAI_STATUSES.items()
    }
    return openai.APIConnectionError(request=request), openai.APITimeoutError(request=request), of


_OPENAI_STATUSES = {
    401: "AuthenticationError",
    404: "NotFoundError",
    429: "RateLimitError",
    503: "InternalServerError",
}


def test_the_errors_of_openai():
    unreachable, late, of = openai_errors()
    assert is_passing(unreachable)
    assert is_passing(late)
    assert {code for code, error in of.items() if is_passing(error)} == {429, 503}
