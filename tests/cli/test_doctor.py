"""`rlvr doctor`: what is missing comes with what adds it; what is broken ends with 1."""

import json
import shutil

import pytest
from transformers import AutoTokenizer

from rlvr.doctor import State, machine, packages, probes
from rlvr.doctor.finding import Finding

from .conftest import TEMPLATE


@pytest.fixture
def doctor(rlvr):
    def run(*words):
        ended = rlvr("doctor", *words, "--json")
        return ended.code, {one["name"]: one for one in json.loads(ended.out)["findings"]}

    return run


def test_this_machine(rlvr, doctor):
    code, found = doctor()
    assert code == 0, found
    for name in ("python", "processor", "memory", "shared memory", "disk", "cpu", "torch", "ray", "sandbox", "comet"):
        assert name in found
    assert all(one["fix"] for one in found.values() if one["state"] == "missing")
    said = rlvr("doctor").out
    assert "ok       python" in said


def test_a_missing_requirement_is_broken_and_a_missing_extra_is_not(doctor, monkeypatch):
    real = packages.installed_version
    monkeypatch.setattr(packages, "installed_version", lambda name: None if name in ("torch", "verl") else real(name))
    code, found = doctor()
    assert code == 1
    assert found["torch"]["state"] == "broken"
    assert "pip install 'torch" in found["torch"]["fix"]
    assert found["verl"]["state"] == "missing"
    assert "verl==0.9.1" in found["verl"]["fix"]


def test_little_shared_memory_is_a_warning(doctor, monkeypatch):
    monkeypatch.setattr(machine, "_LEAST_SHM_GIB", 1e6)
    code, found = doctor()
    assert (code, found["shared memory"]["state"]) == (0, "warning")
    assert "--shm-size" in found["shared memory"]["fix"]


class _Point:
    name, value = "sandbox", "rlvr.sandbox.layers:probe"

    def __init__(self, probe):
        self.probe = probe

    def load(self):
        return self.probe


def test_a_probe_takes_the_place_of_the_note(doctor, monkeypatch):
    rows = [{"name": "landlock", "state": "ok"}, {"name": "seccomp", "state": "missing", "fix": "apt-get install it"}]
    monkeypatch.setattr(probes, "_entry_points", lambda: [_Point(lambda: rows)])
    _, found = doctor()
    assert "sandbox" not in found
    assert found["seccomp"]["group"] == "sandbox"

    def failing():
        raise OSError("no /proc")

    monkeypatch.setattr(probes, "_entry_points", lambda: [_Point(failing)])
    assert list(probes.check_probes())[-1].detail.endswith("OSError: no /proc")
    monkeypatch.setattr(probes, "_entry_points", lambda: [_Point(lambda: [{"name": "x", "state": "odd"}])])
    assert list(probes.check_probes())[-1].state is State.WARNING


def chat(model_dir, folder, *, template=TEMPLATE, eos=(1, 5)):
    shutil.copytree(model_dir, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": list(eos)}))
    return folder


def test_a_model_that_fits_together(doctor, model_dir, tmp_path):
    code, found = doctor("--model", chat(model_dir, tmp_path / "m"))
    assert code == 0
    for name in ("embeddings", "end of sequence", "padding", "chat template", "end of turn"):
        assert found[name]["state"] == "ok", found[name]
    assert found["embeddings"]["detail"].startswith("384 for ")


def test_a_model_without_a_template(doctor, model_dir):
    code, found = doctor("--model", model_dir)
    assert (code, found["chat template"]["state"]) == (0, "missing")


def test_turns_that_would_run_on(doctor, model_dir, tmp_path):
    code, found = doctor("--model", chat(model_dir, tmp_path / "m", eos=(1,)))
    assert (code, found["end of turn"]["state"]) == (1, "broken")
    assert "Add 5 to eos_token_id" in found["end of turn"]["fix"]


def test_an_end_of_sequence_that_generation_does_not_know(doctor, model_dir, tmp_path):
    code, found = doctor("--model", chat(model_dir, tmp_path / "m", eos=(5,)))
    assert (code, found["end of sequence"]["state"]) == (0, "warning")


def test_a_template_that_opens_the_reasoning(doctor, model_dir, tmp_path):
    template = TEMPLATE.replace("<|assistant|>{% endif", "<|assistant|><think>{% endif")
    _, found = doctor("--model", chat(model_dir, tmp_path / "m", template=template))
    assert "opens <think>" in found["reasoning"]["detail"]


def test_a_template_that_does_not_render(doctor, model_dir, tmp_path):
    code, found = doctor("--model", chat(model_dir, tmp_path / "m", template="{{ raise_exception('no') }}"))
    assert (code, found["chat template"]["state"]) == (1, "broken")


def test_more_tokens_than_embeddings(doctor, model_dir, tmp_path):
    folder = chat(model_dir, tmp_path / "m")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"<new-{i}>" for i in range(200)])
    tokenizer.save_pretrained(folder)
    code, found = doctor("--model", folder)
    assert (code, found["embeddings"]["state"]) == (1, "broken")


def test_a_folder_that_is_no_model(doctor, tmp_path):
    code, found = doctor("--model", tmp_path)
    assert (code, found["config"]["state"]) == (1, "broken")


def test_findings_are_told_in_words(rlvr, model_dir):
    said = rlvr("doctor", "--model", model_dir).out
    assert "missing  chat template" in said
    assert isinstance(Finding("g", "n", State.OK).state, str)
