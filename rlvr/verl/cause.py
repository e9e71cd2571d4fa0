"""Why a trainer failed, out of what it printed: the last traceback, without what Ray wraps around it."""

from __future__ import annotations

import re
from typing import Final

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(r"^\((?:\w[^()]*) pid=\d+[^()]*\) ?")
_REPEATED = re.compile(r" ?\[repeated \d+x across (?:cluster|all nodes)\].*$")
_TRACEBACK: Final = "Traceback (most recent call last):"
# An actor's traceback follows its name without a head line of its own.
_RAY_FRAME = re.compile(r"^(?:\S*\.)?(?:RayTaskError|RayActorError|ActorDiedError)\b.*|^ray::.*")
_ERROR = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?::|$)")
_NOISE: Final = ("During handling of the above", "The above exception was the direct cause")
_MOST_FRAMES: Final = 3
_MOST_LINES: Final = 12


def cause_in(printed: str) -> str:
    """The error of the last traceback, with the last frames that led to it; empty where there is none.

    Args:
        printed: What the trainer and Ray's processes printed, colours and prefixes included.

    >>> print(cause_in('''(TaskRunner pid=12) step 1
    ... Traceback (most recent call last):
    ...   File "main_ppo.py", line 88, in run_ppo
    ...     ray.get(runner.run.remote(config))
    ... ray.exceptions.RayTaskError(ValueError): ray::TaskRunner.run() (pid=12, ip=10.0.0.1)
    ...   File "trainer.py", line 7, in init
    ...     check()
    ... ValueError: Total available GPUs 1 is less than total desired GPUs 2
    ... '''))
    ValueError: Total available GPUs 1 is less than total desired GPUs 2
      File "trainer.py", line 7, in init
        check()
    """
    lines = [_REPEATED.sub("", _PREFIX.sub("", _COLOR.sub("", line))).rstrip() for line in printed.splitlines()]
    start = max((place for place, line in enumerate(lines) if line == _TRACEBACK), default=None)
    if start is None:
        return ""
    block = _block(lines[start + 1 :])
    inner = max((place for place, line in enumerate(block) if _RAY_FRAME.match(line)), default=-1)
    frames = [line for line in block[inner + 1 :] if line.startswith("  ")]
    error = [line for line in block[inner + 1 :] if line and not line.startswith("  ")]
    if not error:  # Ray's own: an actor died
        error = block[inner:]
    return "\n".join([*error[:_MOST_LINES], *_last_frames(frames)])


def _block(lines: list[str]) -> list[str]:
    """The traceback and the error behind it: frames are indented, the error and its further lines are not."""
    block: list[str] = []
    ended = False
    for line in lines:
        if line.startswith(_NOISE) or line == _TRACEBACK or line.startswith("Set the environment variable HYDRA"):
            break
        if ended and (not line or not line.startswith((" ", "\t"))):
            break
        block.append(line)
        ended = bool(_ERROR.match(line)) and not _RAY_FRAME.match(line)
    return block


def _last_frames(frames: list[str]) -> list[str]:
    starts = [place for place, line in enumerate(frames) if line.startswith("  File ")]
    return frames[starts[-_MOST_FRAMES] :] if len(starts) > _MOST_FRAMES else frames
