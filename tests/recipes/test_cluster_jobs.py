"""The jobs for clusters: the Slurm one run with Ray on this machine, the Kubernetes one against what KubeRay reads."""

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from rlvr.config import load, parse_command
from rlvr.recipes.cluster import run, wait

JOBS = Path(str(files("rlvr.recipes.cluster")))
SLURM = JOBS / "slurm.sh"
LIMIT = 240

SRUN = """#!/bin/sh
# One machine stands for all nodes: the command runs here, once for each.
echo "srun $*" >>"$CALLS"
while [ "${1#-}" != "$1" ]; do shift; done
exec "$@"
"""
PYTHON = f"""#!/bin/sh
case "$*" in *cluster.wait*) exit 0 ;; esac
exec {sys.executable} "$@"
"""
SCONTROL = """#!/bin/sh
echo "scontrol $*" >>"$CALLS"
if [ "$1" = show ]; then printf 'one\\ntwo\\n'; fi
"""


def test_the_script_is_sound():
    subprocess.run(["bash", "-n", str(SLURM)], check=True)
    shellcheck = Path(sys.executable).with_name("shellcheck")
    if shellcheck.is_file():
        subprocess.run([str(shellcheck), str(SLURM)], check=True)
    asked = [line.split()[1] for line in SLURM.read_text().splitlines() if line.startswith("#SBATCH")]
    assert {"--requeue", "--open-mode=append", "--signal=B:TERM@300", "--ntasks-per-node=1"} <= set(asked)


def write(file, text):
    """A program."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def job(tmp_path):
    """The environment of a job of two nodes, whose commands run here."""
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL)):
        write(tmp_path / "bin" / name, text)
    return os.environ | {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "RUN": str(tmp_path / "runs" / "first"),
        "SLURM_JOB_ID": str(os.getpid()),
        "SLURM_JOB_NODELIST": "node[1-2]",
        "SLURM_JOB_NUM_NODES": "2",
        "SLURM_GPUS_ON_NODE": "0",
    }


TRAIN = [
    "recipe=quickstart",
    "engine.device=cpu",
    "engine.threads=1",
    "sft.steps=0",
    "run.tensorboard=false",
    "eval.every=0",
    "eval.size=2",
    "algorithm.prompts_per_step=2",
    "algorithm.group_size=2",
    "rollout.max_new_tokens=4",
    "scoring.probe=off",
]


@pytest.mark.timeout(LIMIT + 30)
def test_a_slurm_job_trains_over_both_nodes_and_leaves_nothing_behind(job, tmp_path):
    words = ["bash", str(SLURM), *TRAIN, "engine.actors=ray", "run.steps=1"]
    done = subprocess.run(words, env=job, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert (tmp_path / "runs" / "first" / "checkpoints" / "step-00000001").is_dir()
    port = 20000 + os.getpid() % 10000
    calls = (tmp_path / "calls").read_text().splitlines()
    head, others = (
        next(line for line in calls if word in line) for word in ("ray start --head", "ray start --address")
    )
    assert "--nodelist=one ray start --head" in head
    assert f"--port={port}" in head
    assert "--nodes=1 --ntasks=1 --exclude=one ray start --address=" in others
    assert "--num-gpus=0 --num-cpus=32" in others
    assert not any("requeue" in line for line in calls)
    left = subprocess.run(["pgrep", "-f", f"gcs_server.*{port}"], check=False, capture_output=True).stdout
    assert left == b""


@pytest.mark.timeout(LIMIT + 30)
def test_a_job_whose_time_is_over_saves_a_checkpoint_is_requeued_and_goes_on(job, tmp_path):
    """Without Ray, which has no part in it."""
    write(tmp_path / "bin" / "ray", "#!/bin/sh\nexec sleep 1000\n")
    write(tmp_path / "bin" / "python", PYTHON)
    metrics = tmp_path / "runs" / "first" / "metrics.jsonl"
    reached = 0
    for restarts in (0, 1):
        words = ["bash", str(SLURM), *TRAIN, "engine.actors=inline", "run.steps=100000"]
        with (tmp_path / "log").open("ab") as out:
            again = job | {"SLURM_RESTART_COUNT": str(restarts)}
            script = subprocess.Popen(words, env=again, cwd=tmp_path, stdout=out, stderr=out)
        until = time.monotonic() + LIMIT / 2
        while not metrics.is_file() or f'"step": {reached + 1},' not in metrics.read_text():
            assert script.poll() is None, (tmp_path / "log").read_text(errors="replace")[-4000:]
            assert time.monotonic() < until, (tmp_path / "log").read_text(errors="replace")[-4000:]
            time.sleep(0.2)
        script.send_signal(signal.SIGTERM)
        assert script.wait(LIMIT) == 0, (tmp_path / "log").read_text(errors="replace")[-4000:]
        assert (tmp_path / "calls").read_text().splitlines()[-1] == f"scontrol requeue {os.getpid()}"
        newest = sorted(found.name for found in (metrics.parent / "checkpoints").glob("step-*"))[-1]
        reached = int(newest.partition("-")[2])
    steps = [json.loads(line)["step"] for line in metrics.read_text().splitlines()]
    assert sorted(set(steps)) == list(range(reached + 1))


def test_a_job_whose_ray_does_not_start_ends_at_once(job, tmp_path):
    (tmp_path / "bin" / "srun").write_text("#!/bin/sh\necho no such node >&2\nexit 1\n")
    done = subprocess.run(
        ["bash", str(SLURM), *TRAIN], env=job, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "no such node" in done.stderr
    assert "Ray ended on a node before all had joined" in done.stderr


def test_a_job_without_a_folder_says_so(job, tmp_path):
    done = subprocess.run(["bash", str(SLURM)], env=job | {"RUN": ""}, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "RUN=/shared/runs/first sbatch slurm.sh" in done.stderr


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    folder = tmp_path / "first"
    assert run.words(folder, ["recipe=sft"]) == ["train", "recipe=sft", f"run.dir={tmp_path}", "run.name=first"]
    (folder / "checkpoints").mkdir(parents=True)
    assert run.words(folder, ["recipe=sft"])[0] == "train"
    run.put_aside(folder, 0)
    assert folder.is_dir()
    run.put_aside(folder, 2)
    assert [found.name for found in tmp_path.iterdir()] == ["first.without-checkpoint-2"]
    (folder / "checkpoints" / "step-00000001").mkdir(parents=True)
    run.put_aside(folder, 3)
    assert run.words(folder, ["recipe=sft"]) == ["resume", str(folder)]


def test_no_cluster_is_an_error_that_says_where():
    assert (
        wait.wait("127.0.0.1:9", 2, 0)
        == "No Ray cluster listens at 127.0.0.1:9 after 0 s; see what `ray start` said above."
    )


@pytest.fixture
def rayjob():
    return yaml.safe_load((JOBS / "rayjob.yaml").read_text())


def test_the_rayjob_has_what_kuberay_reads(rayjob):
    """The fields of ray.io/v1 (ray-project.github.io/kuberay/reference/api)."""
    assert (rayjob["apiVersion"], rayjob["kind"]) == ("ray.io/v1", "RayJob")
    spec = rayjob["spec"]
    known = {"entrypoint", "submissionMode", "shutdownAfterJobFinishes", "ttlSecondsAfterFinished", "backoffLimit"}
    assert set(spec) == {*known, "rayClusterSpec"}
    assert spec["submissionMode"] in ("K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode")
    cluster = spec["rayClusterSpec"]
    assert set(cluster) == {"rayVersion", "headGroupSpec", "workerGroupSpecs"}
    (workers,) = cluster["workerGroupSpecs"]
    assert set(cluster["headGroupSpec"]) == {"rayStartParams", "template"}
    assert set(workers) == {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}
    for group in (cluster["headGroupSpec"], workers):
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())  # anything else is refused
        pod = group["template"]["spec"]
        (container,) = pod["containers"]
        assert {"name", "image", "resources", "volumeMounts"} == set(container)
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_what_the_rayjob_runs_is_a_command_of_ours_that_fits_its_nodes(rayjob):
    python, flag, module, folder, *settings = shlex.split(rayjob["spec"]["entrypoint"])
    assert (python, flag, module) == ("python", "-m", "rlvr.recipes.cluster.run")
    verb, *words = run.words(Path(folder), settings)
    assert verb == "train"
    config = load(*parse_command(words))
    (workers,) = rayjob["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    limits = workers["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert int(limits["nvidia.com/gpu"]) == config.engine.verl.gpus_per_node
    assert workers["replicas"] * int(limits["nvidia.com/gpu"]) == config.engine.ranks
    assert int(workers["rayStartParams"]["num-cpus"]) >= 10 * config.engine.verl.gpus_per_node
