"""Validation: everything that cannot run is found before a model loads."""

import json
from dataclasses import replace

import pytest

from rlvr.config import TrainConfig, leaves, load, recipe_names, resolve_folder, validate
from rlvr.config.ranges import allowed_names
from rlvr.config.schema.allowed import Choice
from rlvr.errors import ConfigError

REWARD = """
from rlvr import reward

@reward("validation.same")
def same(sample):
    return sample.answer == sample.reference

@reward("validation.tidy")
def tidy(sample):
    return True

both = 0.9 * same + 0.1 * tidy
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a model, tasks and rewards."""
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "llama", "max_position_embeddings": 2048}))
    (model / "tokenizer.json").write_text("{}")
    rows = [{"prompt": f"{number} =", "reference": str(number), "demonstration": str(number)} for number in range(4)]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    # No two files may declare one name, and each test has its own file.
    (tmp_path / "my.py").write_text(REWARD.replace("validation", f"validation{tmp_path.parent.name}_{tmp_path.name}"))
    return tmp_path


NEEDED = {
    "cpt": ["model.path=model", "data.mixture={tasks: {path: tasks.jsonl, weight: 1, text: prompt}}"],
    "grpo": ["model.path=model", "data.tasks=tasks.jsonl", "reward=my.py:same"],
    "wpo": ["model.path=model", "data.tasks=tasks.jsonl", "reward=my.py:same"],
    "sft": ["model.path=model", "data.tasks=tasks.jsonl"],
    "quickstart": [],
    "miniature": [],
    **{
        recipe: ["model.path=model", "data.sources={one: {tasks: tasks.jsonl}}", "reward=my.py:same"]
        for recipe in recipe_names()
        if recipe.startswith("tower_plus/")
    },
}


SKILLS = {"code", "gsm8k", "instructions", "math", "translation"}  # tests/recipes gives them their rows


@pytest.mark.parametrize("recipe", [name for name in recipe_names() if name not in SKILLS])
@pytest.mark.usefixtures("folder")
def test_every_recipe_runs_given_what_it_needs(recipe):
    config = load(recipe, NEEDED[recipe], check=True)
    assert config.recipe == recipe
    # Tower+'s recipes name a model and three files, in whose place stands what is needed here.
    missing = 4 if recipe.startswith("tower_plus/") else len(NEEDED[recipe])
    assert len({problem.partition(":")[0] for problem in validate(load(recipe))}) == missing


def found(*overrides, recipe="grpo"):
    needed = [] if recipe == "quickstart" else NEEDED[recipe]
    return validate(load(recipe, [*needed, *overrides]))


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("model.path=null", "model.path: set it to the folder of a model, or `model.init` to one with"),
        ("model.init=model", "model.path: the model comes from model.init=model already; add `model.init=null`"),
        ("model.path=Qwen/Qwen3-0.6B", "there is no folder `Qwen/Qwen3-0.6B` (looked in "),
        ("model.path=Qwen/Qwen3-0.6B", "Download it first: `hf download Qwen/Qwen3-0.6B --local-dir DIR`."),
        ("model.path=.", "model.path: . has no config.json"),
        ("model.dtype=bf16", "model.dtype: there is no `bf16`. It is one of float32, bfloat16."),
        ("data.tasks=no.jsonl", "data.tasks: there is no file `no.jsonl` (looked in "),
        ("data.tasks=null", "data.tasks: set it to a file of tasks, or `data.env`"),
        ("data.tasks=my.py", "has 8 broken lines"),
        ("data.env=quickstart", "data.tasks: the tasks come from data.env=quickstart already; add `data.env=null`"),
        ("data.env_args.digits=3", "data.env_args: is for an environment, and data.tasks is a file."),
        ("data.holdout=4", "data.holdout: `4` of 4 tasks leaves none to train on."),
        ("data.max_prompt_tokens=1025", "rollout.max_new_tokens: `1024` with data.max_prompt_tokens=1025 is 2049; the"),
        ("reward=", "reward: set it to the name of a reward; tasks.jsonl:1 has none of its own."),
        ("reward=my.py:sme", "reward: my.py has no reward `sme`. Did you mean `same`?"),
        ("reward=no.py:same", "reward: there is no file no.py"),
        ("eval.strict=no.such", "eval.strict: there is no reward `no.such`."),
        ("eval.lenient=no.py:same", "eval.lenient: there is no file no.py"),
        ("eval.tasks=no.jsonl", "eval.tasks: there is no file `no.jsonl`"),
        ("eval.every=5", "eval.every: `5` asks for evaluations without held-out tasks; set"),
        ("rollout.temperature=0", "rollout.temperature: `0.0` must be above 0. Training needs samples that differ."),
        ("rollout.top_p=1.1", "rollout.top_p: `1.1` must be above 0 and at most 1."),
        ("algorithm.group_size=1", "algorithm.group_size: `1` must be at least 2: a sample is compared with"),
        (
            "algorithm.mini_batches=5",
            "algorithm.mini_batches: `5` does not divide algorithm.prompts_per_step=32; 1,",
        ),
        ("algorithm.advantage=grop", "algorithm.advantage: there is no `grop`. Did you mean `grpo`?"),
        ("algorithm.loss=ppo", "algorithm.loss: there is no `ppo`. It is one of ppo_clip, "),
        ("algorithm.aggregation=mean", "algorithm.aggregation: there is no `mean`."),
        ("algorithm.kl.kind=k4", "algorithm.kl.kind: there is no `k4`."),
        ("algorithm.kl.place=los", "algorithm.kl.place: there is no `los`. Did you mean `loss`?"),
        ("algorithm.clip_low=-0.1", "algorithm.clip_low: `-0.1` must be at least 0."),
        ("algorithm.dual_clip=1", "algorithm.dual_clip: `1.0` must be above 1. `null` is for none."),
        (
            "algorithm.overlong_buffer=1025",
            "algorithm.overlong_buffer: `1025` is more than rollout.max_new_tokens=10",
        ),
        (
            "algorithm.advantage=gdpo",
            "algorithm.advantage: gdpo normalises each part of a weighted sum by itself, and",
        ),
        ("optim.lr=nan", "optim.lr: `nan` must be above 0."),
        ("optim.lr=inf", "optim.lr: `inf` must be above 0."),
        ("optim.betas=[0.9,1]", "optim.betas: `1.0` must be at least 0 and below 1."),
        ("optim.schedule=cosin", "optim.schedule: there is no `cosin`. Did you mean `cosine`?"),
        ("scoring.on_error=ignore", "scoring.on_error: there is no `ignore`. It is one of mask, floor, raise."),
        ("engine.device=gpu", "engine.device: there is no `gpu`. It is one of auto, cpu, cuda."),
        ("engine.ranks=257", "engine.ranks: `257` ranks, but an update has 256 samples only;"),
        ("stage=dpo", "stage: there is no `dpo`."),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_run_is_named(override, problem):
    [said] = found(override)
    assert problem in said


@pytest.mark.parametrize(
    "overrides",
    [
        ("rollout.top_p=1", "optim.betas=[0,0.5]", "algorithm.overlong_buffer=1024", "data.max_prompt_tokens=1024"),
        ("algorithm.group_size=2", "algorithm.mini_batches=32", "engine.ranks=2", "algorithm.dual_clip=null"),
        ("algorithm.advantage=gdpo", "reward=my.py:both", "eval.strict=my.py:same", "data.holdout=3", "eval.every=1"),
        ("eval.tasks=tasks.jsonl", "eval.every=1", "eval.temperature=0"),
        ("data.tasks=null", "data.env=strings", "data.env_args.length=4"),
        ("engine.actors=inline", "engine.device=cuda"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_can_run_is_let_through(overrides):
    assert found(*overrides) == []


@pytest.mark.usefixtures("folder")
def test_problems_are_listed_together():
    overrides = ["model.path=no", "reward=no.py:x", "algorithm.group_size=1", "engine.ranks=2", "engine.actors=inline"]
    assert [problem.partition(":")[0] for problem in found(*overrides)] == [
        "model.path",
        "reward",
        "algorithm.group_size",
        "engine.actors",
    ]


def test_a_missing_tokenizer_says_how_to_save_one(folder):
    (folder / "model" / "tokenizer.json").unlink()
    assert found() == [
        "model.path: model has no tokenizer. Save it beside the model: `tokenizer.save_pretrained('model')`."
    ]


def test_a_broken_model_configuration_is_a_problem(folder):
    (folder / "model" / "config.json").write_text("{")
    [said] = found()
    assert said.startswith("model.path: model/config.json is no JSON: ")


def test_a_context_that_is_nested_is_found(folder):
    (folder / "model" / "config.json").write_text('{"text_config": {"max_position_embeddings": 100}}')
    [said] = found()
    assert said.endswith("the model reads 100 tokens. Lower one of the two.")


def test_chats_need_a_template(folder):
    (folder / "tasks.jsonl").write_text('{"prompt": [{"role": "user", "content": "a"}]}')
    assert found() == ["data.tasks: tasks.jsonl:1 is a chat, and the model's tokenizer has no chat template."]
    (folder / "model" / "chat_template.jinja").write_text("{{ messages }}")
    assert found() == []


def test_rewards_that_tasks_name_are_checked_too(folder):
    rows = [{"prompt": "a", "reward": "my.py:same"}, {"prompt": "a", "reward": "my.py:sam"}]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    [said] = found("reward=")
    assert said.startswith("data.tasks: my.py has no reward `sam`. Did you mean `same`?")
    assert said.endswith("(asked for by tasks.jsonl:2)")


def test_supervised_steps_need_demonstrations(folder):
    (folder / "tasks.jsonl").write_text('{"prompt": "a", "demonstration": "b"}\n{"prompt": "a"}')
    expected = "data.tasks: 1 of 2 tasks have no `demonstration` to learn from, the first is tasks.jsonl:2."
    assert found(recipe="sft") == found("sft.steps=1") == [expected]


@pytest.mark.usefixtures("folder")
def test_sft_needs_steps_and_no_reward():
    assert found("sft.steps=0", recipe="sft") == ["sft.steps: `0` leaves nothing to do in the stage sft."]
    assert found("algorithm.group_size=1", recipe="sft") == []


def test_an_environment_is_checked_with_its_arguments():
    said = found("data.env_args.digit=3", "data.holdout=1", recipe="quickstart")
    assert said == [
        "data.env_args.digit: `quickstart` takes no such argument. Did you mean `digits`?",
        "data.holdout: counts rows of data.tasks; an environment has held-out instances of its own.",
    ]


def test_numbers_out_of_range_never_raise():
    config = load("quickstart")
    for section, name in (("algorithm", "prompts_per_step"), ("algorithm", "mini_batches"), ("engine", "ranks")):
        broken = replace(config, **{section: replace(getattr(config, section), **{name: 0})})
        assert f"{section}.{name}: `0` must be at least 1." in validate(broken)
    assert len(validate(TrainConfig())) >= 2


def test_the_names_a_key_takes_are_known():
    assert set(allowed_names()["stage"]) >= {"grpo", "sft"}
    assert all(allowed_names().values())


def test_every_default_is_among_what_its_field_allows():
    ruled = {key: leaf for key, leaf in leaves().items() if leaf.allowed is not None}
    assert {"run.steps", "sft.optim.betas", "engine.verl.tensor_parallel", "stage", "wpo.optim.schedule"} <= set(ruled)
    for key, leaf in ruled.items():
        if isinstance(leaf.allowed, Choice):
            assert leaf.default in leaf.allowed.names(), key
        elif leaf.default is not None:
            numbers = leaf.default if isinstance(leaf.default, tuple) else (leaf.default,)
            assert all(map(leaf.allowed.holds, numbers)), key


@pytest.mark.parametrize("section", ["optim", "cpt.optim", "sft.optim", "wpo.optim"])
def test_what_a_field_allows_holds_in_every_section_that_has_it(section):
    said = validate(load("quickstart", [f"{section}.lr=0", f"{section}.betas=[0,1]", f"{section}.schedule=cosin"]))
    assert said == [
        f"{section}.lr: `0.0` must be above 0.",
        f"{section}.betas: `1.0` must be at least 0 and below 1.",
        f"{section}.schedule: there is no `cosin`. Did you mean `cosine`? It is one of constant, linear, cosine.",
    ]


def test_folders_of_packages_are_found():
    assert (resolve_folder("pkg://rlvr.recipes.quickstart") / "config.json").is_file()
    for text in ("pkg://rlvr.recipes.maximal", "pkg://", "pkg://os.path"):
        with pytest.raises(ConfigError, match="there is no package"):
            resolve_folder(text)


def test_references_that_json_escapes_broke_are_named(folder):
    rows = [r'{"prompt": "Half?", "reference": "\frac{1}{2}"}', r'{"prompt": "Half?", "reference": "\\frac{1}{2}"}']
    (folder / "tasks.jsonl").write_text("\n".join(rows))
    problems = validate(load("grpo", NEEDED["grpo"]))
    (named,) = [problem for problem in problems if "escapes" in problem]
    assert named.startswith(
        "data.tasks: 1 references hold LaTeX that JSON took for escapes, the first is tasks.jsonl:1"
    )
    (folder / "tasks.jsonl").write_text(rows[1])
    assert not any("escapes" in problem for problem in validate(load("grpo", NEEDED["grpo"])))
