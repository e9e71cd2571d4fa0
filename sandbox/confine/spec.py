"""What a fork server is started with; crosses to it as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spec:
    """A fork server to be.

    Args:
        namespaces: Enter namespaces of its own, with a root of its own.
        landlock: Confine it with Landlock.
        read: Files and folders of the host that programs may read.
        packages: Folders of importable packages, each by the name of its folder.
        preload: Packages imported before any program.
        scratch: Without namespaces: the folder in which programs may write.
        execute: For programs in other languages than Python, whose files are executed.
        scratch_mib: With namespaces: the size of the file system in which programs may write.
        root: With namespaces: an existing folder to build the root on.
        cgroup: A control group to go into; empty for none.
        uid: User id to become, where that is possible.

    >>> Spec.loads(Spec(read=("/usr",)).dumps()).read
    ('/usr',)
    """

    namespaces: bool = True
    landlock: bool = True
    read: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    scratch: str = ""
    execute: bool = False
    scratch_mib: int = 64
    root: str = "/mnt"
    cgroup: str = ""
    uid: int = 200_000

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Spec:
        """What `dumps` wrote."""
        given: dict[str, Any] = json.loads(text)
        for name in ("read", "packages", "preload"):
            given[name] = tuple(given[name])
        return cls(**given)
