"""A platform for verl on which its whole trainer runs without a GPU: gloo, FSDP2 on CPU, vLLM's CPU build.

For tests: `VERL_USE_EXTERNAL_MODULES=rlvr.verl.cpu_platform` in the environment that `cpu_environment` gives. What verl
0.9.1 takes for granted of a GPU, and no configuration of it can change, is changed here, each in a function.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final, cast

PLACE: Final = "actor_rollout_ref"
OVERRIDES: Final = (
    f"{PLACE}.actor.use_torch_compile=False",
    f"{PLACE}.actor.fsdp_config.use_torch_compile=False",
    f"{PLACE}.rollout.enforce_eager=True",
    f"{PLACE}.rollout.free_cache_engine=False",
    f"+{PLACE}.rollout.enable_sleep_mode=False",
    f"{PLACE}.rollout.agent.num_workers=1",
    "trainer.device=cpu",
    "++ray_kwargs.ray_init.address=local",
    "+ray_kwargs.ray_init.num_gpus=1",
    "ray_kwargs.ray_init.num_cpus=16",
    "data.dataloader_num_workers=0",
    "transfer_queue.backend.SimpleStorage.num_data_storage_units=1",
)
"""What a run on CPU is told beside `model.attention=sdpa` (or eager) and float32; Ray gets a GPU that nothing uses."""


def cpu_environment(vllm: str = "") -> dict[str, str]:
    """Environment variables of the trainer.

    Args:
        vllm: Folder of vLLM's CPU build, where it is installed beside the environment.
    """
    path = os.pathsep.join(part for part in (vllm, os.environ.get("PYTHONPATH", "")) if part)
    return {
        "PYTHONPATH": path,
        "VERL_USE_EXTERNAL_MODULES": "rlvr.verl.cpu_platform",
        "VERL_PLATFORM": "cpu",
        "VERL_ENGINE_DEVICE": "cuda",
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "TORCH_COMPILE_DISABLE": "1",
        "OMP_NUM_THREADS": "1",
        "RAY_AUTH_MODE": "disabled",
        "RAY_enable_worker_prestart": "0",
        "RAY_prestart_worker_first_driver": "0",
    }


def install() -> None:
    """Registers the platform in this process, and makes the five changes."""
    _register()
    _name_gloo_once()
    _pin_nothing()
    _take_weights_anew()
    _forget_trl()
    _know_the_cpu_build()


def _device_module() -> ModuleType:
    """`torch.cpu`, with what callers of `torch.cuda` also ask for."""
    import torch

    module: Any = ModuleType("rlvr_cpu_device")
    for name in dir(torch.cpu):
        if not name.startswith("__"):
            setattr(module, name, getattr(torch.cpu, name))
    for name in ("memory_allocated", "max_memory_allocated", "memory_reserved", "max_memory_reserved"):
        setattr(module, name, _always(0))
    for name in ("empty_cache", "ipc_collect", "reset_peak_memory_stats", "set_device", "init", "synchronize"):
        setattr(module, name, _nothing)
    module.manual_seed = module.manual_seed_all = torch.manual_seed
    module.mem_get_info = _always((0, 0))
    module.current_device = module.get_device_name = _always("cpu")
    module.device_count, module.is_available = _always(1), _always(True)
    module.get_rng_state, module.set_rng_state = _random_state, _set_random_state
    return module


def _always(value: Any) -> Callable[..., Any]:
    def answer(*_: Any, **__: Any) -> Any:
        return value

    return answer


def _random_state(*_: Any) -> Any:
    import torch

    return torch.get_rng_state()


def _set_random_state(state: Any, *_: Any) -> None:
    import torch

    torch.set_rng_state(state)


def _seed(_platform: Any, seed: int) -> None:
    import torch

    torch.manual_seed(seed)


def _gpus(_platform: Any, count: float) -> dict[str, float]:
    return {"num_gpus": count}


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _register() -> None:
    from verl.plugin.platform.platform_base import PlatformBase
    from verl.plugin.platform.platform_manager import PlatformRegistry

    base: Any = PlatformBase
    answers: dict[str, Any] = {
        "is_available": _always(True),
        "is_platform_available": _always(True),
        "current_device": _always("cpu"),
        "device_count": _always(1),
        "manual_seed": _seed,
        "manual_seed_all": _seed,
        "get_device_capability": _always((None, None)),
        "communication_backend_name": _always("gloo"),
        "visible_devices_envvar": _always("CUDA_VISIBLE_DEVICES"),
        "nvtx_range": _always(contextlib.nullcontext()),
        "ray_resource_name": _always("GPU"),
        "ray_noset_envvars": _always(["RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES"]),
        "ray_resource_options": _gpus,
        "is_ipc_supported": _always(False),
        "rollout_env_vars": _always({}),
    }
    silent = ("set_device", "synchronize", "set_allocator_settings", "empty_cache", "profiler_start", "profiler_stop")
    answers |= dict.fromkeys((*silent, "cudart", "get_collective_module"), _nothing)
    answers |= {"device_name": "cpu", "vendor_name": "cpu", "device_module": _device_module()}
    PlatformRegistry.register(platform="cpu")(type("PlatformCPU", (base,), answers))


def _name_gloo_once() -> None:
    """Torch refuses `cpu:gloo,cpu:gloo`, which verl asks for."""
    from torch import distributed as torch_distributed

    distributed: Any = torch_distributed

    original = distributed.init_process_group

    def init_process_group(backend: str | None = None, *args: Any, **kwargs: Any) -> Any:
        return original("gloo" if backend == "cpu:gloo,cpu:gloo" else backend, *args, **kwargs)

    distributed.init_process_group = init_process_group


def _pin_nothing() -> None:
    """The reference policy waits in pinned host memory, which torch has only where there is a device to copy to."""
    import torch

    tensor: Any = torch.Tensor

    def pin_memory(self: Any, *_: Any) -> Any:
        return self

    tensor.pin_memory = pin_memory


def _take_weights_anew() -> None:
    """The CPU build of vLLM packs weights once they are loaded, so that further ones go through `reload_weights`."""
    sys.meta_path.insert(0, _AfterImport())


class _AfterImport(importlib.abc.MetaPathFinder):
    """Changes one module of verl's once it has been imported, in whichever process that happens."""

    name = "verl.workers.rollout.vllm_rollout.utils"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        loader: Any = spec.loader if spec else None
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            module.vLLMColocateWorkerExtension.update_weights_from_ipc = _update_weights

        loader.exec_module = exec_module
        return spec


def _update_weights(worker: Any, peft_config: Any = None, base_sync_done: bool = False, use_shm: bool = False) -> None:
    import torch
    from verl.workers.rollout.vllm_rollout.bucketed_weight_transfer import BucketedWeightReceiver

    received: list[tuple[str, Any]] = []
    receiver: Any = BucketedWeightReceiver(
        zmq_handle=worker._get_zmq_handle(), device=torch.device("cpu"), use_shm=use_shm
    )

    def keep(weights: Any, _is_last: bool) -> None:
        received.extend((name, tensor.clone()) for name, tensor in weights)

    receiver.receive_weights(on_bucket_received=keep)
    # verl sends an output layer that is the embedding, too. Llama's has to come, or it keeps what it was; vLLM 0.31 has
    # no such layer in Gemma 2, and refuses it there.
    has_output = hasattr(worker.model_runner.get_model(), "lm_head")
    worker.reload_weights(
        weights_iterator=[(name, tensor) for name, tensor in received if has_output or not name.startswith("lm_head.")]
    )


def _forget_trl() -> None:
    """TRL 1.13 dropped a class that verl imports wherever TRL is installed."""
    from verl.utils import import_utils

    cast("Any", import_utils).is_trl_available = lambda: False


def _know_the_cpu_build() -> None:
    """The CPU build is called `vllm-cpu`, and verl reads the version of `vllm`."""
    version = importlib.metadata.version

    def known(name: str) -> str:
        try:
            return version(name)
        except importlib.metadata.PackageNotFoundError:
            if name == "vllm":
                return f"{version('vllm-cpu')}+cpu"
            raise

    importlib.metadata.version = known


if os.environ.get("VERL_PLATFORM") == "cpu":
    install()
