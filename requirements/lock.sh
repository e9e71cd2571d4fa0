#!/usr/bin/env bash
# Resolves the two lock files. cpu.lock leaves out what only CUDA builds of PyTorch ask for.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet uv
compile() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header pyproject.toml "$@"; }

# Versions that were tried together; see docs/versions.md before moving one.
compile --extra dev --group bench --constraint <(printf '%s\n' torch==2.13.0 ray==2.60.0 transformers==5.10.4 numpy==2.3.5 'setuptools==80.10.2') |
    grep -vE '^(nvidia-|cuda-|triton==|torch==)' | { cat; echo 'torch==2.13.0'; } | sort >requirements/cpu.lock
# The pins of verl[vllm] 0.9.1.
compile --extra dev --extra vllm --constraint <(printf '%s\n' torch==2.11.0 transformers==5.9.0) >requirements/cuda.lock
