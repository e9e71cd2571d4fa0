"""The names of persons that IFBench's prompts list."""

from __future__ import annotations

from typing import Final

_LISTED = (
    "Emma Liam Sophia Jackson Olivia Noah Ava Lucas Isabella Mason Mia Ethan Charlotte Alexander Amelia Benjamin"
    " Harper Leo Zoe Daniel Chloe Samuel Lily Matthew Grace Owen Abigail Gabriel Ella Jacob Scarlett Nathan Victoria"
    " Elijah Layla Nicholas Audrey David Hannah Christopher Penelope Thomas Nora Andrew Aria Joseph Claire Ryan Stella"
    " Jonathan"
)
NAMES: Final = frozenset(_LISTED.split())
