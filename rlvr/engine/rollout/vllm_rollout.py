"""Generation by vLLM, in the process of the actor that holds it: new weights are taken in place.

The adapter stands on what vLLM 0.24 (the GPU pin) and 0.31 (its CPU build) have in common: token ids in and out,
`collective_rpc("reload_weights")`, and the engine's own loop of steps.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np
from torch import Tensor

from rlvr.config.schema import TrainConfig
from rlvr.engine.policy.model import load_tokenizer, model_folder
from rlvr.engine.rollout.generation import Completion, Sampling
from rlvr.engine.run.worker import vocabulary
from rlvr.errors import EngineError

ENVIRONMENT: Final = {
    # Weights that another process holds could only come from a file.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "HF_HUB_OFFLINE": "1",
}
_ON_CPU: Final = {"VLLM_CPU_KVCACHE_SPACE": "1", "TORCH_COMPILE_DISABLE": "1"}


class VllmRollout:
    """A vLLM engine that generates from the weights it is given.

    It starts with arbitrary weights: `load_weights` comes before `generate`. What is drawn for a prompt follows from
    the weights, the seed and the prompt's place, as with transformers, though not the same draws.

    Args:
        config: The run's configuration.

    Raises:
        EngineError: vLLM is not installed, or cannot hold the model.
    """

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        folder = model_folder(config.model)
        self.vocabulary = vocabulary(folder, load_tokenizer(folder))
        self._llm = _start(config, str(folder))
        rows = int(self._llm.llm_engine.model_config.get_vocab_size())
        self._allowed = list(range(self.vocabulary.size)) if rows > self.vocabulary.size else None
        self._asleep = False

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        samples_per_prompt: int,
        sampling: Sampling,
        done: Collection[int] = (),
    ) -> Iterator[list[Completion]]:
        """Completions, all of a prompt at once, in the order in which prompts are finished.

        Args:
            prompts: Token ids.
            samples_per_prompt: The group size.
            sampling: How to draw.
            done: Places of prompts that need none.
        """
        self._wake()
        engine = self._llm.llm_engine
        for place, prompt in enumerate(prompts):
            if place not in done:
                params = self._params(place, samples_per_prompt, sampling)
                engine.add_request(str(place), {"prompt_token_ids": list(prompt)}, params)
        while engine.has_unfinished_requests():
            for finished in engine.step():
                if finished.finished:
                    yield [_completion(finished, one, samples_per_prompt) for one in finished.outputs]
        self._sleep()

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Takes new weights, whole, by their names in the Hugging Face model."""
        self._wake()
        self._llm.collective_rpc("reload_weights", kwargs={"weights_iterator": list(weights.items())})
        # What is cached of prompts was computed with the old ones.
        self._llm.reset_prefix_cache()

    def close(self) -> None:
        """Ends the engine, before the process ends its process groups."""
        self._llm.llm_engine.engine_core.shutdown()

    def _params(self, place: int, samples: int, sampling: Sampling) -> Any:
        sampling_params: Any = import_module("vllm.sampling_params")
        return sampling_params.SamplingParams(
            n=samples,
            temperature=sampling.temperature,
            top_k=sampling.top_k or -1,
            top_p=sampling.top_p,
            max_tokens=sampling.max_new_tokens,
            # Sample g of a prompt is drawn with seed + g, so seeds of two prompts must lie far apart.
            seed=int.from_bytes(sampling.source(place), "big") >> 2,
            stop_token_ids=list(self.vocabulary.stop),
            ignore_eos=True,
            allowed_token_ids=self._allowed,
            logprobs=0,
            detokenize=False,
            output_kind=sampling_params.RequestOutputKind.FINAL_ONLY,
        )

    def _sleep(self) -> None:
        if self.config.rollout.sleep:
            self._llm.sleep(level=1)
            self._asleep = True

    def _wake(self) -> None:
        if self._asleep:
            self._llm.wake_up()
            self._asleep = False


def _start(config: TrainConfig, folder: str) -> Any:
    import torch

    on_gpu = config.engine.device != "cpu" and torch.cuda.is_available()
    for name, value in {**ENVIRONMENT, **({} if on_gpu else _ON_CPU)}.items():
        os.environ.setdefault(name, value)
    try:
        vllm: Any = import_module("vllm")
    except ImportError as error:
        raise EngineError(
            f"rollout=vllm needs vLLM, which cannot be imported: {error}",
            hint="On a GPU: pip install 'rlvr[vllm]'. On a CPU: make vllm, then put .venv/vllm on PYTHONPATH.",
        ) from error
    options: dict[str, Any] = {
        "model": folder,
        "skip_tokenizer_init": True,
        "load_format": "dummy",
        "dtype": config.model.dtype,
        "max_model_len": config.data.max_prompt_tokens + config.rollout.max_new_tokens,
        "max_num_seqs": config.rollout.batch_size,
        "enable_prefix_caching": True,
        "logprobs_mode": _log_probs_mode(config),
        "seed": config.run.seed,
    }
    if on_gpu:
        options |= {
            "gpu_memory_utilization": config.rollout.gpu_memory,
            "enable_sleep_mode": config.rollout.sleep,
        }
    else:
        options |= {"enforce_eager": True}
    try:
        return vllm.LLM(**options)
    except (RuntimeError, ValueError, OSError, NotImplementedError) as error:
        raise EngineError(
            f"vLLM could not start with the model in {folder}: {error}",
            hint="Lower rollout.batch_size or rollout.gpu_memory, or generate with rollout=transformers.",
        ) from error


def _log_probs_mode(config: TrainConfig) -> str:
    """Which of vLLM's log-probabilities are those of the distribution that the trainer sees.

    The trainer divides by the temperature and leaves out rows that no token has; it does not cut. Processed ones have
    all three, raw ones none. Where raw ones are needed the configuration holds the temperature at 1, and what a trained
    model gives to rows without a token is next to nothing.
    """
    cuts = config.rollout.top_k > 0 or config.rollout.top_p < 1.0
    return "raw_logprobs" if cuts else "processed_logprobs"


def _completion(request: Any, one: Any, samples: int) -> Completion:
    ids = np.asarray(one.token_ids, dtype=np.int64)
    log_probs = [chances[token].logprob for token, chances in zip(ids.tolist(), one.logprobs, strict=True)]
    return Completion(
        index=int(request.request_id) * samples + int(one.index),
        ids=ids,
        log_probs=np.asarray(log_probs, dtype=np.float32),
        truncated=one.finish_reason == "length",
    )
