"""What a rehearsal does before verl is started: the small model, the changed keys, and what is found to be wrong."""

import json

import pytest
import torch
from omegaconf import OmegaConf
from transformers import AutoModelForCausalLM, AutoTokenizer

from rlvr.config import load, recipe_names, resolve_folder, resolved_yaml
from rlvr.engine.policy.model import stop_ids, turn_end
from rlvr.engine.rollout.chat import render_chat
from rlvr.errors import ConfigError, MissingDependencyError, ModelError
from rlvr.sample import Message
from rlvr.verl.rehearsal import running
from rlvr.verl.rehearsal.changes import changed, changes
from rlvr.verl.rehearsal.checks import check_prompts, check_recipe, small_model
from rlvr.verl.rehearsal.outcome import outcome_of, read_samples
from rlvr.verl.rehearsal.phases import STEPS, Phases
from rlvr.verl.rehearsal.shrinking import shrink
from rlvr.verl.rehearsal.tokenizers import FAMILIES, stand_in
from rlvr.verl.settings.composed import find_faults
from rlvr.verl.settings.mapping import overrides

GEMMA, QWEN, OWN = (
    f"pkg://rlvr.recipes.{name}" for name in ("tower_plus.gemma2_2b", "tower_plus.qwen25_72b", "quickstart")
)
LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "rope_theta": 500000.0,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "bos_token_id": 128000,
    "eos_token_id": 128009,
}


@pytest.fixture
def llama(tmp_path):
    (tmp_path / "llama").mkdir()
    (tmp_path / "llama" / "config.json").write_text(json.dumps(LLAMA))
    return str(tmp_path / "llama")


@pytest.fixture
def tasks(tmp_path):
    """A file of tasks, and the setting that names it."""

    def write(*rows):
        path = tmp_path / "tasks.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return f"data.tasks={path}"

    return write


SUM = {"prompt": "1+1=", "reference": "2", "reward": "text.exact"}


@pytest.mark.parametrize("which", [GEMMA, QWEN, OWN, "llama"])
def test_a_small_model_keeps_what_is_no_size(which, llama, tmp_path):
    folder = resolve_folder(llama if which == "llama" else which)
    made = small_model(load("grpo", [f"model.shape={folder}"]), tmp_path / "small")
    before, after = (json.loads((place / "config.json").read_text()) for place in (folder, made.folder))
    small = AutoModelForCausalLM.from_pretrained(made.folder)
    assert type(small).__name__ == before["architectures"][0]
    sharing = [one["num_attention_heads"] // one["num_key_value_heads"] for one in (before, after)]
    assert sharing[0] == sharing[1]
    kept = ("tie_word_embeddings", "max_position_embeddings", "attn_logit_softcapping", "final_logit_softcapping")
    assert [after.get(key) for key in kept] == [before.get(key) for key in kept]
    assert made.weights == sum(weight.numel() for weight in small.parameters()) < 2e6
    assert after["vocab_size"] == len(made.tokenizer)


@pytest.mark.parametrize("which", [GEMMA, QWEN, OWN, "pkg://rlvr.recipes.miniature"])
def test_a_small_model_ends_what_it_writes(which, tmp_path):
    made = small_model(load("grpo", [f"model.shape={which}"]), tmp_path / "small")
    model = AutoModelForCausalLM.from_pretrained(made.folder)
    ids = torch.randint(0, len(made.tokenizer), (8, 40), generator=torch.Generator().manual_seed(1))
    stop = list(stop_ids(made.folder, AutoTokenizer.from_pretrained(made.folder)))
    ends = model(ids).logits.softmax(-1)[..., stop].sum(-1).mean().item()
    assert 0.05 < ends < 0.2


def test_gemma_9b_scales_its_scores_as_its_heads():
    before = json.loads((resolve_folder("pkg://rlvr.recipes.tower_plus.gemma2_9b") / "config.json").read_text())
    after = shrink(before, 300)
    scales = [one["query_pre_attn_scalar"] / one["head_dim"] for one in (before, after)]
    assert scales[0] == pytest.approx(scales[1], rel=0.05)


def test_layers_of_every_kind_stay():
    kinds = ["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]
    assert shrink(LLAMA | {"layer_types": kinds}, 300)["layer_types"] == kinds[:3]


def test_what_cannot_be_made_small_is_told():
    with pytest.raises(ModelError, match="lacks intermediate_size"):
        shrink({name: value for name, value in LLAMA.items() if name != "intermediate_size"}, 300)
    with pytest.raises(ModelError, match="mixture of experts"):
        shrink(LLAMA | {"num_local_experts": 8}, 300)
    with pytest.raises(ModelError, match="Nothing is known here of the tokenizers of `mamba`"):
        stand_in("mamba")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stand_in_reads_and_ends_like_its_family(family, tmp_path):
    stand_in(family).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    text = "Grüße  aus Köln\n日本"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
    (end,) = turn_end(tokenizer)
    assert tokenizer.convert_ids_to_tokens(end) in ("<end_of_turn>", "<|im_end|>", "<|eot_id|>")
    chat = [Message("system", "Be brief."), Message("user", "Hallo")]
    rendered = render_chat(tokenizer, chat, open_turn=True)
    assert ("Be brief.\n\nHallo" in rendered) == (family == "gemma")  # its template knows no system role


GRPO = [name for name in recipe_names() if name not in ("cpt", "sft", "wpo")]
PLACES = {"model.path", "model.init", "run.dir", "run.name", "engine.verl.overrides"}


@pytest.mark.parametrize("recipe", GRPO)
def test_only_what_is_told_differs_from_the_recipe(recipe, tmp_path):
    config = load(recipe, ["engine=verl", "stage=grpo"])
    told = changes(config, longest_prompt=40, vocabulary=300)
    made = changed(config, told, tmp_path)
    flat = [_flat(one) for one in (config, made)]
    differs = {key for key in flat[0] if flat[0][key] != flat[1][key]}
    assert {change.key for change in told} | PLACES >= differs >= {change.key for change in told}
    assert not {key for key in differs if key.startswith(("optim.", "reward", "algorithm.kl", "algorithm.clip"))}
    assert flat[1]["data.max_prompt_tokens"] == 40
    assert flat[1]["rollout.max_new_tokens"] <= 32
    assert [str(fault) for fault in find_faults(overrides(made, tmp_path))] == []


def _flat(config, prefix=""):
    plain = OmegaConf.to_container(OmegaConf.create(resolved_yaml(config))) if not prefix else config
    found = {}
    for key, value in plain.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return found


def test_every_source_comes_up_and_mini_batches_stay_whole(tmp_path):
    sources = "data.sources={a: {env: arithmetic, weight: 9}, b: {env: strings}}"
    config = load("grpo", [sources, "algorithm.mini_batches=8", "algorithm.overlong_buffer=512"])
    made = changed(config, changes(config, longest_prompt=40, vocabulary=300), tmp_path)
    assert made.data.sources["a"]["weight"] == 1
    assert made.algorithm.prompts_per_step == 8
    assert made.algorithm.overlong_buffer == 16
    assert config.data.sources["a"]["weight"] == 9


@pytest.fixture
def arranged(tmp_path):
    """What is said of a recipe before verl is started."""

    def arrange(*settings, recipe="grpo"):
        config = load(recipe, ["engine=verl", "stage=grpo", *settings])
        model = small_model(config, tmp_path / "rehearsal")
        check_recipe(config, model)
        return check_prompts(config, model, count=4)

    return arrange


def test_all_prompts_are_held_to_the_limit_with_the_recipes_own_tokenizer(arranged, tasks):
    rows = [SUM | {"id": f"sum-{i}", "prompt": f"{i}+1="} for i in range(50)]
    prompts = arranged(tasks(*rows), f"model.init={OWN}", "data.max_prompt_tokens=8", "rollout.max_new_tokens=8")
    assert (prompts.held, prompts.of, len(prompts.tasks)) == (50, 50, 4)
    rows[40]["prompt"] = "What is 40 + 1?"
    with pytest.raises(ConfigError, match=r"`8` is less than 1 of 50 prompts have: sum-40 \(16\)"):
        arranged(tasks(*rows), f"model.init={OWN}", "data.max_prompt_tokens=8", "rollout.max_new_tokens=8")


def test_a_file_that_is_not_there_and_a_column_that_is_missing(arranged, tasks):
    shape = f"model.shape={GEMMA}"
    with pytest.raises(ConfigError, match=r"data.tasks: there is no file `nowhere.jsonl`"):
        arranged(shape, "data.tasks=nowhere.jsonl", "reward=text.exact", "model.attention=eager")
    with pytest.raises(ConfigError, match="answer"):
        arranged(shape, tasks({"question": "1+1="}), "data.format=gsm8k", recipe="gsm8k")
    with pytest.raises(ConfigError, match=r"model.path: there is no folder `nowhere`"):
        arranged("model.path=nowhere", tasks(SUM))
    with pytest.raises(ConfigError, match=r"model.path: set it to the folder of a model"):
        arranged(tasks(SUM))


def test_a_template_that_ends_no_turn_is_found_where_there_are_chats(arranged, tasks, tmp_path):
    folder = tmp_path / "model"
    tokenizer = stand_in("qwen2")
    tokenizer.chat_template = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text((resolve_folder(QWEN) / "config.json").read_text())
    shape = f"model.shape={folder}"
    assert arranged(shape, tasks(SUM)).held == 1
    with pytest.raises(ConfigError, match="writes no special token behind an answer"):
        arranged(shape, tasks(SUM), "data.chat=true")


def test_weights_that_are_not_all_there(arranged, tasks, tmp_path):
    folder = tmp_path / "model"
    small_model(load("grpo", [f"model.shape={QWEN}"]), folder)
    assert arranged(f"model.path={folder}", tasks(SUM)).held == 1
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"holds no weights\. To rehearse without them, name it as model.shape"):
        arranged(f"model.path={folder}", tasks(SUM))
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model-00001-of-00002.safetensors").touch()
    with pytest.raises(ConfigError, match="lacks 1 of the files of its weights: model-00002-of-00002"):
        arranged(f"model.path={folder}", tasks(SUM))


def test_what_verl_cannot_do_is_found_with_the_rest(arranged, tasks):
    with pytest.raises(ConfigError, match=r"2 problems:[\s\S]*text.exakt[\s\S]*no `linear`"):
        arranged(f"model.shape={QWEN}", tasks(SUM | {"reward": "text.exakt"}), "optim.schedule=linear")


def test_the_verb_names_what_it_does_not_do(rlvr, monkeypatch, tmp_path):
    embedded = rlvr("rehearse", "quickstart")
    assert embedded.code == 2
    assert "train a few steps with run.steps=3, or write engine=verl" in embedded.err
    assert "stage: `sft` is not rehearsed" in rlvr("rehearse", "recipe=sft", "engine=verl").err
    assert "is there already; name a new folder" in rlvr("rehearse", "quickstart", "--keep", tmp_path).err
    assert rlvr("rehearse", "engine=verl").err.count("recipe: name one.") == 1


def test_what_is_not_installed_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(running.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(running, "find_spec", lambda name: None if name == "vllm" else True)
    with pytest.raises(MissingDependencyError, match=r"vLLM's CPU build, which is not installed\.\nmake vllm"):
        running.find_vllm()
    monkeypatch.setattr(running, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'rlvr\[verl\]'"):
        running.find_vllm()


def judged(reward, status="scored", *, score=None, truncated=False, explanation="", id="a#0"):
    verdict = {"status": status, "score": score, "explanation": explanation}
    return {"id": id, "reward": reward, "trained_on": score, "truncated": truncated, "verdict": verdict}


def outcome(*samples, steps=None, asked=("r",), settings=(), cause=""):
    found = {1: {"actor/grad_norm": 0.1}} if steps is None else steps
    names = {name: name for name in asked}
    config = load("grpo", list(settings))
    return outcome_of(config, samples, found, wanted=1, asked=names, seconds={}, cause=cause)


def test_a_rehearsal_in_which_all_is_well():
    found = outcome(judged("r", score=1.0), judged("r", score=0.5, truncated=True))
    assert found.went_through
    assert (found.truncated, found.masked, found.rewards[0].mean) == (0.5, 0, 0.75)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (outcome(judged("r", score=1.0, truncated=True)), "Every sample was truncated"),
        (outcome(judged("r", "error", explanation="KeyError: 'source'")), "max_error_rate=0.02 the run would end"),
        (outcome(judged("r", "timeout"), settings=["scoring.on_error=raise"]), "with scoring.on_error=raise the run"),
        (outcome(*[judged("r", score=1.0)] * 99, judged("r", "error")), "1 of 100 samples; they would not be trained"),
        (outcome(judged("r", "abstained")), "No sample was trained on."),
        (outcome(judged("r", score=1.0), asked=("r", "s")), "No sample was judged by s"),
        (outcome(judged("r", score=1.0), steps={0: {}}), "verl ended after 0 of 1 steps"),
        (outcome(judged("r", score=1.0), steps={1: {"actor/grad_norm": float("nan")}}), "no finite gradient"),
        (
            outcome(
                judged("r", score=1.0),
                steps={1: {"actor/grad_norm": 0.1, "training/rollout_probs_diff_mean": 0.2}},
            ),
            "differ by 0.2 on average",
        ),
        (outcome(cause="ValueError: no such model", steps={}), "ValueError: no such model"),
    ],
)
def test_what_would_go_wrong_is_told(found, said):
    assert not found.went_through
    assert said in "\n".join(found.problems)


def test_a_reward_that_could_not_be_found_is_told_of_once():
    lines = [judged("r.py:both", "error", explanation="There is no reward `both`.")] * 8
    found = outcome_of(
        load("grpo", []), lines, {1: {"actor/grad_norm": 0.1}}, wanted=1, asked={"both@1+ab": "r.py:both"}, seconds={}
    )
    assert found.problems[0].startswith("r.py:both could not judge 8 of 8 samples")
    assert not any("none of its tasks came up" in problem for problem in found.problems)


def test_causes_are_told_once_with_the_first_sample():
    lines = [judged("r", "error", explanation=f"KeyError: '{i}'", id=f"t{i}#0") for i in range(3)]
    assert outcome(*lines).rewards[0].causes == ["error (3 samples), first t0#0: KeyError: '0'"]


def test_samples_of_the_evaluation_are_left_out(tmp_path):
    (tmp_path / "judged").mkdir()
    lines = [judged("r", score=1.0) | {"split": split, "step": 1} for split in ("eval", "train")]
    (tmp_path / "judged" / "host-1.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [line["split"] for line in read_samples(tmp_path)] == ["train"]


def test_phases_follow_from_what_verl_prints(tmp_path):
    log, told = tmp_path / "verl.log", []
    with Phases(log, told.append) as phases:
        log.write_text("Started a local Ray instance.\ndataloader initialized\n")
        while len(told) < 3:
            pass
        assert phases.now == "loading the policy"
        phases.begin(STEPS)
        phases.begin(STEPS)
    assert told == ["starting Ray", "loading verl and the tasks", "loading the policy", "steps"]
    assert list(phases.seconds) == told
