#!/usr/bin/env bash
# Makes .venv with locked versions of what rlvr needs; returns at once when that has been done.
#
#   requirements/install.sh run|dev
#
# run: what training needs.  dev: also what the tests, ruff and pyright need, so that `run` after `dev` has nothing to do.
# PYTHON            the interpreter to use (3.11 or 3.12); found by itself when empty
# TORCH_CPU_INDEX   where PyTorch's CPU wheels lie; used only when no CPU wheel is at hand
set -euo pipefail
cd "$(dirname "$0")/.."

what="${1:-run}"
case "$what" in
    run) extras= ;;
    dev) extras='[dev]' ;;
    *) echo "unknown: $what (run or dev)" >&2; exit 2 ;;
esac
index="${TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}"
lock=requirements/cpu.lock
if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L >/dev/null 2>&1; then
    lock=requirements/cuda.lock
fi

find_python() {
    for name in ${PYTHON:-} python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "No Python 3.11 or 3.12 was found. Install one (apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3.12" >&2
    return 1
}

mark="$(cat pyproject.toml "$lock" requirements/install.sh | sha256sum)"
for stamp in ".venv/.rlvr-$what" .venv/.rlvr-dev; do
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$mark" ]; then
        exit 0
    fi
done

if [ ! -x .venv/bin/python ]; then
    python="$(find_python)"
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        echo "$python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi
pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }

echo "Installing into .venv ($lock) ..."
if [ "$lock" = requirements/cpu.lock ] && ! .venv/bin/python -c 'import torch' >/dev/null 2>&1; then
    torch="$(grep -E '^torch==' "$lock")"
    # The plain package index may hold the CUDA build only, whose dependencies are gigabytes: look before it is fetched.
    build="$(pip install --dry-run --no-deps --ignore-installed --report - "$torch" 2>/dev/null | tr ',' '\n' | grep -m1 '"url"' || true)"
    case "$build" in
        *%2Bcpu* | *+cpu*) pip install -c "$lock" "$torch" ;;
        *) pip install -c "$lock" --index-url "$index" "$torch" ;;
    esac
fi
pip install -c "$lock" -e ".$extras"
echo "$mark" >".venv/.rlvr-$what"
