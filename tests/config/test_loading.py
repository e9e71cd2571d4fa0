"""Composition: what the user writes is what the run gets, from any folder, with every mistake named at once."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hypothesis import given
from hypothesis import strategies as st

from rlvr.config import from_yaml, leaves, load, loading, parse_command, recipe_names, resolved_yaml
from rlvr.config.keys import nearest_keys, sections
from rlvr.config.recipes import read_yaml
from rlvr.config.settings import flatten
from rlvr.errors import ConfigError


def problems(recipe, *overrides, **options):
    with pytest.raises(ConfigError) as error:
        load(recipe, overrides, **options)
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("data.tasks=/tmp/a b/x=1.jsonl", "/tmp/a b/x=1.jsonl"),
        ("data.tasks=daten/größe, neu (1) [a]{b}.jsonl", "daten/größe, neu (1) [a]{b}.jsonl"),
        ("data.tasks='quoted as in Hydra.jsonl'", "quoted as in Hydra.jsonl"),
        ("data.tasks=it's.jsonl", "it's.jsonl"),
        (r"data.tasks=C:\x\y", r"C:\x\y"),
        ("data.tasks=null", None),
        ("data.tasks=", None),
        ("reward=my.py:fn", "my.py:fn"),
        ("reward=1", "1"),
        ("run.name=null", "null"),
        ("+run.steps=3", 3),
        ("run.steps= 3", 3),
        ("optim.lr=1e-3", 0.001),
        ("optim.betas=[0.8,0.9]", (0.8, 0.9)),
        ("algorithm.dual_clip=null", None),
        ("run.save_rollouts=no", False),
        ("rollout.backend=transformers", "transformers"),
        ("data.env_args={digits:3,operations:['+']}", {"digits": 3, "operations": ["+"]}),
        ("data.env_args.digits=3", {"digits": 3}),
        ("data.env_args.operations=[+,-]", {"operations": ["+", "-"]}),
        ("data.env_args.alphabet=a b=c", {"alphabet": "a b=c"}),
    ],
)
def test_values_are_what_they_look_like(override, value):
    config = load("grpo", [override])
    for name in override.partition("=")[0].lstrip("+").removeprefix("data.env_args.").split("."):
        config = getattr(config, name, None) if name in vars(config) else config.data.env_args
    assert config == value


def test_later_overrides_win_and_a_group_is_a_choice():
    config = load(
        "grpo", ["run.steps=1", "rollout=transformers", "run.steps=2", "data.env_args.a=1", "data.env_args={}"]
    )
    assert (config.run.steps, config.rollout.backend, config.data.env_args) == (2, "transformers", {})


def test_an_environment_variable_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("SCRATCH", "/scratch/me")
    assert load("grpo", ["run.dir=${oc.env:SCRATCH}/runs"]).run.dir == "/scratch/me/runs"
    assert problems("grpo", "run.dir=${oc.env:NOT_THERE}") == ["run.dir: Environment variable 'NOT_THERE' not found."]


GOLDEN = """\
The configuration has 3 problems:
  - run.stepz: there is no such key. Did you mean `run.steps`?
  - run.steps: `ten` is no int.
  - steps: there is no such key. Did you mean `run.steps`, `cpt.steps`, `sft.steps` or `wpo.steps`?"""


def test_the_most_common_mistakes_read_well():
    with pytest.raises(ConfigError) as error:
        load("grpo", ["run.stepz=10", "run.steps=ten", "steps=10"])
    assert str(error.value) == GOLDEN
    assert problems("gpro") == [
        f"recipe: there is no recipe `gpro`. Did you mean `grpo`? Recipes: {', '.join(recipe_names())}; "
        "one of your own is a path, `recipe=my.yaml`."
    ]
    assert problems("grpo", "run.steps") == [
        "run.steps: is no setting; write `key=value`. Did you mean `run.steps=...`?"
    ]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("foo", "foo: is no setting; write `key=value`."),
        ("=3", "=3: is no setting; write `key=value`."),
        ("~run.steps", "~run.steps: keys cannot be taken away; set it to `null` or to its default."),
        ("run=3", "run: is a section; set its keys, such as `run.name`."),
        ("rollout=sglang", "rollout: there is no `sglang`. There is transformers, vllm."),
        ("recipe=sft", "recipe: already chosen: `grpo`; `sft` is one too many."),
        ("run.steps=1.5", "run.steps: `1.5` is no int."),
        ("run.steps=", "run.steps: `` is no int."),
        ("run.save_rollouts=3", "run.save_rollouts: `3` is neither true nor false."),
        ("algorithm.dual_clip=big", "algorithm.dual_clip: `big` is neither float nor null."),
        ("optim.betas=0.9,0.99", "optim.betas: `0.9,0.99` is no list of two floats, such as [0.9, 0.999]."),
        ("optim.betas=[0.9]", "optim.betas: `[0.9]` is no list of two floats, such as [0.9, 0.999]."),
        ("data.env_args=3", "data.env_args: `3` is no mapping, such as {digits: 3}."),
        (
            "trainer.lr=1",
            "trainer.lr: there is no such key. "
            "Did you mean `optim.lr`, `cpt.optim.lr`, `sft.optim.lr` or `wpo.optim.lr`?",
        ),
        ("qqq.www=1", f"qqq.www: there is no such key. Sections: {', '.join(sections())}."),
        ("run.name=${nothing}", "run.name: Interpolation key 'nothing' not found."),
    ],
)
def test_each_mistake_says_what_to_do(override, problem):
    assert problems("grpo", override) == [problem]


def test_all_problems_come_at_once_and_none_twice():
    said = problems("grpo", "mode.path=x", "rewrd=text.exact", "run.steps=ten", "algorithm.group_size=1", check=True)
    assert [problem.partition(":")[0] for problem in said] == [
        "mode.path",
        "rewrd",
        "run.steps",
        "data.tasks",
        "algorithm.group_size",
    ]


def misspell(key, draw):
    """One slip of the finger."""
    place = draw.randrange(len(key) - 1)
    letter = draw.choice("abcdefghijklmnopqrstuvwxyz_")
    return draw.choice(
        [
            key[:place] + key[place + 1 :],
            key[:place] + letter + key[place:],
            key[:place] + letter + key[place + 1 :],
            key[:place] + key[place + 1] + key[place] + key[place + 2 :],
        ]
    )


@given(st.sampled_from(sorted(leaves())), st.integers())
def test_a_misspelt_key_is_recognised(key, seed):
    wrong = misspell(key, random.Random(seed))
    if wrong not in leaves():
        near = nearest_keys(wrong, ["rollout"])
        # One slip can lie halfway between two keys: `rollout.top_` is as near to `top_k` as to `top_p`.
        assert key in near
        assert len(near) <= 2


def test_every_key_has_a_type_a_default_and_a_meaning():
    assert len(leaves()) > 60
    for key, leaf in leaves().items():
        assert leaf.doc.endswith("."), key
        assert leaf.type in ("int", "float", "bool", "str", "str | None", "float | None") or leaf.type.startswith(
            ("dict[str, ", "tuple[float, ", "list[str]")
        ), key
    assert leaves()["sft.optim.lr"].default == 1e-5


@pytest.mark.parametrize("recipe", recipe_names())
def test_what_is_written_is_read_back(recipe, tmp_path):
    config = load(recipe, ["data.tasks=/tmp/ü, a=b.jsonl", "optim.betas=[0.5,0.6]", "data.env_args.operations=['+']"])
    file = tmp_path / "config.yaml"
    file.write_text(resolved_yaml(config), encoding="utf-8")
    assert from_yaml(file) == config


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "run:\n  stepz: 3\n  seed: x\n",
            ["run.stepz (in {file}): there is no such", "run.seed (in {file}): `x` is no int."],
        ),
        ("run: [", ["{file}: cannot be read as YAML: "]),
        ("- 1", ["{file}: holds no keys"]),
        ("", []),
    ],
)
def test_a_file_that_was_edited_is_checked(tmp_path, content, problem):
    file = tmp_path / "config.yaml"
    file.write_text(content)
    if not problem:
        assert from_yaml(file).run.steps == 100
        return
    with pytest.raises(ConfigError) as error:
        from_yaml(file)
    for said, expected in zip(error.value.problems, problem, strict=True):
        assert said.startswith(expected.format(file=file))


def test_a_recipe_of_ones_own_extends_another(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "base.yaml").write_text("extends: grpo\nrun: {steps: 5, name: base}\ndata:\n")
    (tmp_path / "mine" / "long.yaml").write_text("extends: base.yaml\nrun:\n  steps: 7\nrollout: transformers\n")
    monkeypatch.chdir(tmp_path)
    config = load("mine/long.yaml", ["run.seed=3"])
    assert (config.recipe, config.run.steps, config.run.name, config.run.seed) == ("mine/long.yaml", 7, "base", 3)
    assert config.algorithm.prompts_per_step == load("grpo").algorithm.prompts_per_step


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("extends: gpro", "recipe: there is no recipe `gpro`. Did you mean `grpo`?"),
        ("extends: r.yaml", "recipe: {file} extends itself."),
        ("extends: no.yaml", "recipe: {folder}/no.yaml: there is no such file"),
        ("recipe: grpo", "recipe (in {file}): start from another recipe with `extends: NAME`."),
        ("defaults: [grpo]", "defaults (in {file}): start from another recipe with `extends: NAME`."),
        ("run: {stepz: 3}", "run.stepz (in {file}): there is no such key. Did you mean `run.steps`?"),
        ("run: 3", "run (in {file}): is a section; set its keys, such as `run.name`."),
        ("rollout: sglang", "rollout (in {file}): there is no `sglang`."),
        ("run: {name: [1]}", "run.name (in {file}): `[1]` is no text."),
    ],
)
def test_a_recipe_of_ones_own_is_checked_like_overrides(tmp_path, content, problem):
    file = tmp_path / "r.yaml"
    file.write_text(content)
    [said] = problems(str(file))
    assert said.startswith(problem.format(file=file, folder=tmp_path))


def test_the_command_line_is_split():
    assert parse_command(["run.steps=1", "recipe=a/b c.yaml"]) == ("a/b c.yaml", ["run.steps=1"])
    for words in ([], ["recipe="], ["recipe=a", "recipe=b"]):
        with pytest.raises(ConfigError, match="recipe=NAME"):
            parse_command(words)


def test_a_composition_of_somebody_else_is_left_alone():
    loading._composed.cache_clear()
    with initialize_config_module("rlvr.recipes.conf", version_base="1.3"):
        load("grpo")
        assert "steps" in compose("train", overrides=["recipe=sft"]).sft


def test_nothing_is_imported_created_or_configured(tmp_path):
    program = """
import logging, os, sys
import rlvr.config
config = rlvr.config.load("quickstart")
rlvr.config.validate(config)
heavy = {"torch", "transformers", "ray", "tokenizers", "rlvr.recipes.quickstart.tokenizer"} & set(sys.modules)
assert not heavy, heavy
assert os.listdir(".") == [] and not logging.getLogger().handlers
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": ""})
    assert not list(tmp_path.iterdir())


def test_recipes_are_short_and_hold_only_what_differs():
    folder = Path(__file__).parents[2] / "recipes" / "conf" / "recipe"
    defaults = {key: leaf.default for key, leaf in leaves().items()}
    for file in folder.glob("*.yaml"):
        assert len(file.read_text().splitlines()) <= 50, file
        content = read_yaml(file)
        [parent, *_] = content.pop("defaults", [None])
        below = keys_of(read_yaml(folder / f"{parent}.yaml")) if parent else {}
        for key, value in keys_of(content).items():
            assert value != {**defaults, **below}[key] or key == "stage", f"{file.name}: {key} is what it is anyway"


def keys_of(content):
    return {setting.key: setting.value for setting in flatten(content, "recipe")}
