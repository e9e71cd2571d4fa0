"""Our rewards in TRL's trainer, and verl's functions here; the libraries themselves where they are installed."""

import os
import sys
from pathlib import Path

import pytest

from rlvr import Message, Sample, Status, gate, get_reward, reward
from rlvr.bridges import from_verl
from rlvr.scoring import Scorer

BENCH = Path(__file__).parents[2] / ".venv" / "bench"


def test_a_composition_in_trl_reads_messages_and_columns():
    seen = []

    @reward("t.seen")
    def look(sample):
        seen.append(sample)
        return sample.completion == sample.reference

    function = gate(look, then=get_reward("math.final_number")).as_trl(reference="solution")
    prompts = [[{"role": "user", "content": "1+1="}]] * 2
    completions = [[{"role": "assistant", "content": text}] for text in ("2", "x")]
    columns = {"solution": ["2", "2"], "level": [1, 2], "completion_ids": [[5], [6, 7]], "trainer_state": object()}
    assert function(prompts=prompts, completions=completions, **columns) == [1.0, 0.0]
    assert function.__name__ == "gate(t.seen, then=math.final_number)"
    assert seen[1].prompt == (Message("user", "1+1="),)
    assert (seen[1].data, seen[1].n_tokens) == ({"level": 2}, 2)
    with pytest.raises(KeyError, match="no column `solution`"):
        function(prompts=["p"], completions=["c"], answer=["2"])


def test_what_cannot_be_scored_is_none_in_trl():
    @reward("t.half")
    def half(sample):
        return 1.0 if sample.completion == "a" else 1 / 0

    texts = ["a"] * 40 + ["b"]
    scores = half.as_trl()(prompts=["p"] * 41, completions=texts, reference=[""] * 41)
    assert scores == [1.0] * 40 + [None]


def test_in_trls_own_trainer(tmp_path, monkeypatch):
    if BENCH.is_dir() and str(BENCH) not in sys.path:
        monkeypatch.syspath_prepend(str(BENCH))
    pytest.importorskip("trl", reason="TRL is a dependency of the benchmarks only (make bench installs it)")
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import Dataset
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from trl import GRPOConfig, GRPOTrainer

    import rlvr.recipes.quickstart

    tokenizer = AutoTokenizer.from_pretrained(os.path.dirname(rlvr.recipes.quickstart.__file__))  # noqa: PTH120
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
    called = []

    @reward("t.length")
    def length(sample):
        called.append(sample)
        return len(sample.completion) / 100

    settings = GRPOConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=8,
        max_steps=1,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
    )
    data = Dataset.from_list([{"prompt": f"{i}+1=", "answer": str(i + 1)} for i in range(8)])
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=[length.as_trl(reference="answer")],
        args=settings,
        train_dataset=data,
    )
    trainer.train()
    assert len(called) == 4
    assert all(sample.reference == str(int(sample.prompt.split("+")[0]) + 1) for sample in called)
    assert any(row.get("rewards/t.length/mean") is not None for row in trainer.state.log_history)


def test_a_function_of_verls_is_a_reward():
    pytest.importorskip("verl")
    from verl.utils.reward_score import default_compute_score

    made = from_verl(default_compute_score, "t.gsm8k", data_source="openai/gsm8k")
    with Scorer(made, workers=1) as scorer:
        right, wrong = scorer.score([Sample("so #### 72", reference="72"), Sample("#### 71", reference="72")])
    assert (right.score, wrong.score) == (1.0, 0.0)
    assert made.check("x", reference="1", data={"data_source": "no such"}).status is Status.ERROR


def test_an_async_function_of_verls_with_a_dictionary():
    async def compute_score(data_source, solution_str, ground_truth, extra_info=None):
        return {"score": -1.0, "acc": False, "pred": solution_str, "note": "text", "level": extra_info["level"]}

    made = from_verl(compute_score, "t.later", range=(-1.0, 1.0), isolate="inline")
    verdict = made.check("5", reference="6", data={"level": 3})
    assert (verdict.score, verdict.extracted, verdict.metrics) == (-1.0, "5", {"acc": 0.0, "level": 3.0})


def test_the_identity_of_a_borrowed_function_follows_its_source():
    def first(data_source, solution_str, ground_truth, extra_info=None):
        return 1.0

    def second(data_source, solution_str, ground_truth, extra_info=None):
        return 0.5

    assert from_verl(first, "t.one").identity == from_verl(first, "t.one").identity
    assert from_verl(first, "t.one").identity.split("+")[1] != from_verl(second, "t.two").identity.split("+")[1]
