#!/usr/bin/env bash
#SBATCH --job-name=rlvr
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --exclusive
#SBATCH --time=24:00:00
#SBATCH --signal=B:TERM@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

# One run over all nodes of a Slurm job: Ray on each of them, rlvr on the first.
#
#   RUN=/shared/runs/first sbatch slurm.sh recipe=grpo engine=verl engine.ranks=16 model.path=/shared/model ...
#
# RUN is the run's folder, on a file system that all nodes share; so is the environment that rlvr is installed in
# (RLVR_VENV). What follows are settings of `rlvr train`. The job can be requeued: it goes on from the newest checkpoint.
# Five minutes before its time is over it ends the run and requeues itself.

set -euo pipefail
: "${RUN:?set it to the folder of the run, which all nodes must see: RUN=/shared/runs/first sbatch slurm.sh ...}"
if [[ -n "${RLVR_VENV:-}" ]]; then
    # shellcheck disable=SC1091
    source "$RLVR_VENV/bin/activate"
fi

nodes="${SLURM_JOB_NUM_NODES:?this is a job for sbatch}"
gpus="${SLURM_GPUS_ON_NODE:-0}"
# Ray counts processors and hands none out. verl asks for up to ten with each GPU, and some thirty more for its other
# actors; where Ray counts fewer it waits.
processors=$((gpus * 10 + 32))
if ((processors < ${SLURM_CPUS_ON_NODE:-1})); then processors="$SLURM_CPUS_ON_NODE"; fi

mapfile -t names < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
address="$(python -c 'import ray.util; print(ray.util.get_node_ip_address())')"
export RAY_ADDRESS="$address:${RAY_PORT:-$((20000 + SLURM_JOB_ID % 10000))}"
# Other users of the network do not get in: srun hands the token to the nodes.
export RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0
RAY_AUTH_TOKEN="$(python -c 'import secrets; print(secrets.token_hex(32))')"
export RAY_AUTH_TOKEN

started=()
# shellcheck disable=SC2329 # called by the trap
end_ray() {
    trap - EXIT
    for pid in $(jobs -p); do kill -TERM "$pid" 2>/dev/null || true; done
    wait || true
}
trap end_ray EXIT

joined() { # that many nodes; no longer waited for once the Ray of one has ended
    python -m rlvr.recipes.cluster.wait "$1" "${RAY_WAIT:-600}" &
    local waiting=$! pid
    while kill -0 "$waiting" 2>/dev/null; do
        for pid in "${started[@]}"; do
            if ! kill -0 "$pid" 2>/dev/null; then
                echo "Ray ended on a node before all had joined; what it said is above." >&2
                kill "$waiting"
                exit 1
            fi
        done
        sleep 1
    done
    wait "$waiting"
}

# All of a node for its Ray; left alone, srun would tie it to one processor.
task=(--overlap --mem=0 --cpus-per-task="${SLURM_CPUS_ON_NODE:-1}" --cpu-bind=none)
common=(--num-gpus="$gpus" --num-cpus="$processors" --disable-usage-stats --block)
srun "${task[@]}" --nodes=1 --ntasks=1 --nodelist="${names[0]}" \
    ray start --head --node-ip-address="$address" --port="${RAY_ADDRESS##*:}" --include-dashboard=false "${common[@]}" &
started+=($!)
if ((nodes > 1)); then
    joined 1 # the others join what is there
    srun "${task[@]}" --nodes=$((nodes - 1)) --ntasks=$((nodes - 1)) --exclude="${names[0]}" \
        ray start --address="$RAY_ADDRESS" "${common[@]}" &
    started+=($!)
fi
joined "$nodes"

stopping=0
# shellcheck disable=SC2329
stop() {
    stopping=1
    kill -TERM "$run" 2>/dev/null || true
}
trap stop TERM
python -m rlvr.recipes.cluster.run "$RUN" "$@" &
run=$!
status=0
wait "$run" || status=$?
while kill -0 "$run" 2>/dev/null; do # a signal ends `wait`, and the run saves a checkpoint first
    status=0
    wait "$run" || status=$?
done
if ((stopping && status != 0)); then
    scontrol requeue "$SLURM_JOB_ID"
    exit 0
fi
exit "$status"
