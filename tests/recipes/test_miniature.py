"""The table of the miniature: its columns, and the tiny COMET that is one of them."""

import json
import shutil
from pathlib import Path

import pytest
from transformers import AutoConfig, AutoModelForCausalLM

from rlvr.config import resolve_folder
from rlvr.errors import MissingDependencyError
from rlvr.recipes.miniature.comet import is_comet, make_comet
from rlvr.rewards.translation.comet.place import interpreter
from rlvr.rewards.translation.comet.rewards import comet_reward

FOLDER = Path(resolve_folder("pkg://rlvr.recipes.miniature"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Random weights, as a chain of stages would leave them."""
    folder = tmp_path_factory.mktemp("chain") / "cpt" / "model"
    AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(FOLDER)).save_pretrained(folder)
    for file in FOLDER.glob("*.json"):
        if not (folder / file.name).exists():
            shutil.copy(file, folder)
    return folder


def test_a_tiny_comet_learns_to_tell_better_from_worse(tmp_path):
    try:
        interpreter()
    except MissingDependencyError as error:
        pytest.skip(error.message)
    assert not is_comet(tmp_path / "comet")
    assert make_comet(tmp_path / "comet", rows=1500) > 0.6
    assert is_comet(tmp_path / "comet")
    judge = comet_reward("tests.comet", str(tmp_path / "comet"))
    right = "tak sumo ver liki rono"
    task = {"reference": right, "data": {"source": "gar ben lom wex jos"}}
    scores = [judge.check(text, **task).score for text in (right, "tak sumo ver liki", "gar ben lom wex jos")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[2] + 0.2


@pytest.mark.usefixtures("sandbox")
def test_the_table_names_stages_and_says_why_there_is_no_comet(rlvr, model, monkeypatch, tmp_path):
    monkeypatch.setenv("RLVR_HOME", str(tmp_path))
    monkeypatch.delenv("RLVR_COMET_PYTHON", raising=False)
    done = rlvr("miniature", "table", "--comet", tmp_path / "comet", "--tasks", 2, "--json", model)
    assert done.code == 0
    assert "Without COMET" in done.err
    assert "rlvr setup comet" in done.err
    assert list(json.loads(done.out)) == ["cpt"]
    columns = ["translation", "mathematics", "code", "constraints", "IF-MT", "IF-MT chrF"]
    assert list(json.loads(done.out)["cpt"]) == columns
