"""What is installed, beside what `pyproject.toml` declares."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from packaging.requirements import Requirement

from rlvr.doctor.finding import Finding, State
from rlvr.observe.provenance import installed_version

_GROUP: Final = "packages"
_NAMED: Final = ("torch", "transformers", "ray")
_EXTRAS: Final = {
    "vllm": "the faster rollout engine; needs a CUDA GPU",
    "verl": "the cluster engine",
}


def check_packages() -> Iterator[Finding]:
    """Findings from the metadata of packages; none of them is imported.

    >>> {finding.name for finding in check_packages()} >= {"torch", "vllm", "verl", "trl"}
    True
    """
    required = declared()
    wrong = {need.name: found for need in required if (found := _problem(need))}
    for name in sorted({*_NAMED, *wrong}):
        if name in wrong:
            yield Finding(_GROUP, name, State.BROKEN, wrong[name], _install(r for r in required if r.name == name))
        else:
            yield Finding(_GROUP, name, State.OK, version(name))
    others = len(required) - len({*_NAMED, *wrong})
    yield Finding(_GROUP, "others", State.OK, f"{others} packages, as rlvr declares them")
    for extra, purpose in _EXTRAS.items():
        yield _extra(extra, purpose)
    yield _trl()


def declared(extra: str = "") -> list[Requirement]:
    """What rlvr's own metadata asks for, or what one of its extras does.

    >>> [str(need) for need in declared("vllm")][0][:6]
    'vllm=='
    """
    try:
        texts = requires("rlvr") or []
    except PackageNotFoundError:
        return []
    found = [Requirement(text) for text in texts]
    if extra:
        return [need for need in found if need.marker and need.marker.evaluate({"extra": extra})]
    return [need for need in found if need.marker is None or need.marker.evaluate({"extra": ""})]


def _extra(extra: str, purpose: str) -> Finding:
    needs = declared(extra)
    missing = [need.name for need in needs if installed_version(need.name) is None]
    if extra in missing or not needs:
        return Finding(_GROUP, extra, State.MISSING, purpose, _install(needs))
    if missing:
        detail = f"{version(extra)}, without {', '.join(missing)}"
        return Finding(_GROUP, extra, State.WARNING, detail, _install(needs))
    wrong = [f"{need.name}: {found}" for need in needs if (found := _problem(need))]
    if wrong:
        return Finding(_GROUP, extra, State.WARNING, "; ".join(wrong), _install(needs))
    return Finding(_GROUP, extra, State.OK, version(extra))


def _trl() -> Finding:
    found = installed_version("trl")
    if found is None:
        return Finding(_GROUP, "trl", State.MISSING, "what benchmarks compare with", "make bench")
    return Finding(_GROUP, "trl", State.OK, found)


def _problem(need: Requirement) -> str:
    found = installed_version(need.name)
    if found is None:
        return "is not installed"
    # A local build such as 2.13.0+cpu counts as its version.
    return "" if need.specifier.contains(found, prereleases=True) else f"{found} is there, {need.specifier} is needed"


def _install(needs: Iterator[Requirement] | list[Requirement]) -> str:
    words = [f"{need.name}{need.specifier}" for need in needs]
    return shlex.join([sys.executable, "-m", "pip", "install", *words])
