"""The metrics' environment, tiny checkpoints in the real formats, and what comet itself says of them."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from rlvr.errors import MissingDependencyError
from rlvr.rewards.translation.comet.making import make
from rlvr.rewards.translation.comet.metric import Metric
from rlvr.rewards.translation.comet.place import Condition, find
from rlvr.rewards.translation.comet.settings import Settings

HERE = Path(__file__).parent
collect_ignore = ["make_checkpoints.py", "predict.py"]  # what the metrics' interpreter runs
TEXT = "the house is red and old das Haus ist rot und alt a cat sleeps eine Katze schläft im Garten"
REFERENCELESS = ("kiwi", "referenceless")


@pytest.fixture(scope="session")
def environment():
    """The interpreter with comet; made where it is not there yet."""
    place = find()
    if place.condition is Condition.READY:
        return place.python
    try:
        return make(lambda _: None)
    except MissingDependencyError as error:
        pytest.skip(f"the environment of the metrics cannot be made: {error.message}")


@pytest.fixture(scope="session")
def checkpoints(environment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    done = subprocess.run(
        [environment, HERE / "make_checkpoints.py", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def edge(environment, checkpoints):
    """A source, a translation that just fits the window of 512 tokens beside it, and one that has a token more."""
    program = """
import json, sys
from transformers import XLMRobertaTokenizerFast
count = lambda text, tokenizer=XLMRobertaTokenizerFast.from_pretrained(sys.argv[1]): len(tokenizer(text)["input_ids"])
source = "the house " * 20
texts = {count(source) + count("é" * length): "é" * length for length in range(300, 520)}
print(json.dumps([source, texts[512], texts[513]]))
"""
    command = [environment, "-c", program, checkpoints / "backbone"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def comet_itself(environment, checkpoints, rows, edge):
    """Scores and spans by comet's own `predict()`, of each checkpoint and of what tests ask besides."""
    bare = [{"src": row["src"], "mt": row["mt"]} for row in rows]
    asked = {name: [rows, name] for name in ("regression", "ranking", "unite", "xcomet")}
    asked |= {name: [bare, name] for name in REFERENCELESS} | {"xcomet without reference": [bare, "xcomet"]}
    asked["edge"] = [[{"src": edge[0], "mt": edge[1]}], "kiwi"]
    given = {name: [str(checkpoints / checkpoint), texts] for name, (texts, checkpoint) in asked.items()}
    command = [environment, HERE / "predict.py"]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def metrics(checkpoints):
    """A metric of each checkpoint, by name; its worker is kept for the module."""
    made = {}

    def metric(name):
        if name not in made:
            kind = "metricx" if name == "metricx" else "comet"
            made[name] = Metric(Settings(str(checkpoints / name), kind, device="cpu"))
        made[name].forget()
        return made[name]

    yield metric
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def rows():
    """Segments as comet takes them: of many lengths, some texts in several."""
    draw = random.Random(0)

    def text():
        return " ".join(draw.choices(TEXT.split(), k=draw.randint(1, 40)))

    sources = [(text(), text()) for _ in range(12)]
    return [{"src": src, "mt": text(), "ref": ref} for src, ref in sources for _ in range(4)]
