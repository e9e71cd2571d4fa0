"""What can go wrong with the sandbox itself; what goes wrong with a program is an `Outcome`."""

from __future__ import annotations

from rlvr.errors import RlvrError


class SandboxUnavailableError(RlvrError, RuntimeError):
    """This machine lacks layers that the required level has, so nothing is run."""


class LaneLostError(RlvrError, ConnectionError):
    """A fork server ended or does not answer; it is killed by then. Its job is for another one."""


class HostFaultError(LaneLostError):
    """The lane was lost to what this side has seen fail: a fork, a file, memory, a kill from outside.

    Of any other loss the program may be the cause.
    """


class BadTestsError(RlvrError, ValueError):
    """Tests that cannot judge a program: none at all, or in a form nobody knows."""


class BadFilesError(RlvrError, ValueError):
    """Files that cannot lie in a program's folder: their paths lead out of it, or they are too many or too large."""


class UnknownLanguageError(RlvrError, ValueError):
    """A language that the sandbox knows nothing of."""


class ToolchainError(RlvrError, RuntimeError):
    """A language is known, but what it needs is not installed, or cannot be had at this level."""


class RequestError(RlvrError, ValueError):
    """What a client of the service asks for cannot be done; the text is for the client."""
