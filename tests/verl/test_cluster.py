"""The GPUs that a run asks for are looked for before anything is started."""

import logging
import socket

import pytest

from rlvr.errors import EngineError
from rlvr.verl.run.cluster import cluster_address, own_cluster, require_gpus

PLAIN = ["recipe=quickstart", "engine=verl", "optim.schedule=constant", "sft.steps=0", "eval.lenient=null"]


@pytest.fixture
def no_gpu(monkeypatch):
    import torch

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


@pytest.fixture(scope="module")
def cluster():
    """Two nodes on this machine, with GPUs that nobody uses."""
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 2})
    made.add_node(num_cpus=1, num_gpus=2)
    ray.init(address=made.address, log_to_driver=False, logging_level=logging.ERROR)
    yield made
    ray.shutdown()
    made.shutdown()


def test_without_a_gpu_train_says_so_and_leaves_no_folder(rlvr, tmp_path, no_gpu):
    done = rlvr("train", *PLAIN, f"run.dir={tmp_path}/runs", "run.name=first")
    assert done.code == 2
    assert "There is no GPU on this machine, and verl trains on GPUs: engine.ranks asks for 1 GPU." in done.err
    assert "`rlvr rehearse`" in done.err
    assert not (tmp_path / "runs").exists()


def test_on_cpu_nothing_is_asked_for(config, no_gpu):
    require_gpus(config(), {"VERL_PLATFORM": "cpu"})


def test_a_dead_address_is_an_error_at_once(config, no_gpu):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EngineError, match=f"No Ray cluster answers at {address}"):
        require_gpus(config(), {"RAY_ADDRESS": address})
    with pytest.raises(EngineError, match="No Ray cluster answers at nonsense"):
        require_gpus(config(), {"RAY_ADDRESS": "nonsense"})


def test_a_cluster_without_room_is_an_error_that_lists_it(config, no_gpu, cluster):
    given = {"RAY_ADDRESS": cluster.address}
    require_gpus(config("engine.ranks=4", "engine.verl.gpus_per_node=2"), given)
    with pytest.raises(EngineError, match=r"too few GPUs: engine.ranks asks for 4 GPUs; there are .*: 2, .*: 2\."):
        require_gpus(config("engine.ranks=4"), given)


def test_gpus_that_others_hold_are_counted_out(config, no_gpu, cluster):
    import ray

    held = ray.util.placement_group([{"GPU": 2}, {"GPU": 1}])
    ray.get(held.ready())
    with pytest.raises(EngineError, match=r"only 1 are free: engine.ranks asks for 2 GPUs"):
        require_gpus(config("engine.ranks=2"), {"RAY_ADDRESS": cluster.address})
    ray.util.remove_placement_group(held)


def test_two_runs_of_verls_do_not_share_a_cluster(config, no_gpu, cluster):
    import ray

    @ray.remote(num_cpus=0)
    class Queue:
        def ready(self):
            return True

    there = Queue.options(name="TransferQueueController", namespace="transfer_queue").remote()
    ray.get(there.ready.remote())
    with pytest.raises(EngineError, match="Another run of verl's is on the Ray cluster"):
        require_gpus(config(), {"RAY_ADDRESS": cluster.address})
    ray.kill(there)


def test_without_a_name_no_cluster_of_others_is_joined(config):
    assert own_cluster(config(), {}) == ["++ray_kwargs.ray_init.address=local"]
    assert own_cluster(config(), {"RAY_ADDRESS": "10.0.0.1:6379"}) == []
    named = config("engine.verl.overrides=[+ray_kwargs.ray_init.address=local]")
    assert cluster_address(named, {"RAY_ADDRESS": "10.0.0.1:6379"}) == ""
