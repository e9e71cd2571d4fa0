"""Why a trainer failed, out of what it printed: the last traceback, without what Ray wraps around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
# Of what an actor printed; the trainer's own lines have none.
_PREFIX = re.compile(r"^\(\w[^()]* pid=\d+[^()]*\) ?")
_REPEATED = re.compile(r" ?\[repeated \d+x across cluster\].*$")
_TRACEBACK: Final = "Traceback (most recent call last):"
# The error of an actor stands in that of its caller, whose name is all that is between their frames.
_RAY_FRAME = re.compile(r"^(?:\S*\.)?RayTaskError\b|^ray::")
_ERROR = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?::|$)")
_MARKERS = re.compile(r"^[\s^~]+$")
_OTHER = re.compile(r"^(?:\d{4}-\d\d-\d\d |During handling of the above|The above exception was|Traceback \(most)")
_RAYS: Final = "/ray/_private/"
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
    lines = [_line(text) for text in printed.splitlines()]
    starts = [place for place, line in enumerate(lines) if line.text == _TRACEBACK]
    own = [place for place in starts if not lines[place].by_actor]
    if not starts:
        return ""
    start = (own or starts)[-1]
    block = _block(lines[start + 1 :], by_actor=lines[start].by_actor)
    inner = max((place for place, text in enumerate(block) if _RAY_FRAME.match(text)), default=-1)
    frames = [text for text in block[inner + 1 :] if text.startswith("  ")]
    error = [text for text in block[inner + 1 :] if not text.startswith("  ")]
    return "\n".join([*error[:_MOST_LINES], *_last_frames(frames)])


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    by_actor: bool


def _line(text: str) -> _Line:
    plain = _COLOR.sub("", text)
    return _Line(_REPEATED.sub("", _PREFIX.sub("", plain)).rstrip(), by_actor=bool(_PREFIX.match(plain)))


def _block(lines: list[_Line], *, by_actor: bool) -> list[str]:
    """The traceback and the error behind it, which may have several lines; what others print meanwhile is left out."""
    block: list[str] = []
    ended = False
    for line in lines:
        if line.by_actor != by_actor or _MARKERS.match(line.text):
            continue
        if _OTHER.match(line.text) or (ended and not line.text):
            break
        block.append(line.text)
        ended |= bool(_ERROR.match(line.text)) and not _RAY_FRAME.match(line.text)
    return block


def _last_frames(lines: list[str]) -> list[str]:
    """The last frames, those within Ray left out."""
    starts = [place for place, line in enumerate(lines) if line.startswith("  File ")]
    frames = [lines[start:end] for start, end in pairwise([*starts, len(lines)]) if _RAYS not in lines[start]]
    return [line for frame in frames[-_MOST_FRAMES:] for line in frame]
