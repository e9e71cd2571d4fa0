"""Three nodes of one processor each, joined as `ray start` joins them: what runs on them does what one machine does."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import ray
from ray.cluster_utils import Cluster

from rlvr.engine.run import placement
from rlvr.engine.run.actors import InlineActors
from rlvr.engine.run.loop import train
from rlvr.engine.run.placement import connect, place
from rlvr.errors import EngineError
from tests.trajectory import numbers, samples

from .test_ray import assert_near

RUN = ["stage=wpo", "wpo.steps=2", "wpo.batch_size=4", "wpo.beta=0.5", "wpo.optim.lr=0.003", "wpo.optim.warmup_steps=0"]
ONE = {"CPU": 1, "GPU": 0}


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """A folder that the third node does not share."""
    return tmp_path_factory.mktemp("hidden")


@pytest.fixture(scope="module")
def cluster(hidden):
    """This process at its first node."""
    apart = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*apart, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    head = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    start = f"{sys.executable} -m ray.scripts.scripts start --address={head.address} --num-cpus=1 --block"
    words = [*apart, "sh", "-c", f"mount -t tmpfs none {hidden} && exec {start}"]
    third = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        head.add_node(num_cpus=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAY_ADDRESS", head.address)
            connect(1)
            until = time.monotonic() + 120
            while ray.cluster_resources().get("CPU", 0) < 3:
                assert time.monotonic() < until, ray.nodes()
                time.sleep(0.1)
            yield
    finally:
        ray.shutdown()
        os.killpg(third.pid, signal.SIGTERM)
        head.shutdown()
        third.wait(60)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:9", "No Ray cluster can be entered at RAY_ADDRESS=127.0.0.1:9"),
        ("ray://127.0.0.1:10001", "the engine runs on a node of the cluster, not as Ray's client"),
    ],
)
def test_an_address_where_no_cluster_can_be_entered(monkeypatch, address, said):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(EngineError, match=said):
        connect(1)


@pytest.mark.usefixtures("cluster")
def test_a_run_over_three_nodes_is_that_of_one_process(config_in, tmp_path):
    alone = train(config_in(tmp_path, *RUN, "run.name=alone")).folder
    config = config_in(tmp_path, *RUN, "run.name=nodes", "engine.actors=ray", "engine.ranks=2")
    spread = train(config).folder
    assert_near(numbers(spread), numbers(alone))
    assert [row["completion"] for row in samples(spread)] == [row["completion"] for row in samples(alone)]
    newest = sorted((spread / "checkpoints").iterdir())[-1]
    one, other = InlineActors(config_in(tmp_path, *RUN)), InlineActors(config_in(tmp_path, *RUN))
    one.load(sorted((alone / "checkpoints").iterdir())[-1])
    other.load(newest)
    assert newest.name == "step-00000002"
    theirs = other.everywhere("weights")[0]
    for name, value in one.everywhere("weights")[0].items():
        np.testing.assert_allclose(theirs[name], value, atol=1e-4)


@pytest.mark.usefixtures("cluster")
def test_actors_of_one_node_follow_each_other_and_each_has_its_own_place():
    three = place(3, ONE)
    assert len(set(three.nodes)) == 3
    host, _, port = three.meeting_place(2).rpartition(":")
    assert host == ray.util.get_node_ip_address()
    assert int(port)
    assert three.meeting_place(1).startswith("127.0.0.1:")
    three.release()


@pytest.mark.usefixtures("cluster")
def test_what_the_cluster_lacks_is_an_error_that_names_its_nodes():
    with pytest.raises(EngineError, match=r"4 actors take 4 CPUs, and Ray has 3 \(nodes: .* 1 CPUs, 0 GPUs; .*\)\."):
        place(4, ONE)


@pytest.mark.usefixtures("cluster")
def test_what_others_hold_is_an_error_and_no_endless_wait(monkeypatch):
    held = place(3, ONE)
    while ray.available_resources().get("CPU", 0):  # what the nodes report comes late; the test's own limit ends this
        time.sleep(0.1)
    monkeypatch.setattr(placement, "WAIT", 1.0)
    with pytest.raises(EngineError, match=r"No room for 2 actors of 1 CPU each in 1 s: 0 CPUs are free \(nodes: "):
        place(2, ONE)
    held.release()
    placement.WAIT = 30.0
    place(2, ONE).release()


@pytest.mark.usefixtures("cluster")
def test_a_folder_that_a_node_does_not_share_is_refused_with_the_nodes_name(hidden, tmp_path, monkeypatch):
    monkeypatch.setattr(placement, "PATIENCE", 1.0)
    three = place(3, ONE)
    three.check_seen(tmp_path)
    with pytest.raises(EngineError, match=r"Node [\d.]+ does not share .*hidden0 with this one: what this one writes"):
        three.check_seen(hidden)
    (hidden / "model").mkdir()
    with pytest.raises(EngineError, match=r"Node [\d.]+ has no .*hidden0/model, where the model is"):
        three.check_has(hidden / "model")
    three.release()
    assert [file.name for file in hidden.iterdir()] == ["model"]
    assert list(tmp_path.iterdir()) == []
