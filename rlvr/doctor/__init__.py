"""What this machine, and a model's folder, have and lack: the findings that `rlvr doctor` prints.

`machine.py` looks at hardware, `packages.py` at what is installed, `model.py` at a model's folder, and `probes.py` asks
whoever else has something to say: a package that registers a callable in the entry point group `rlvr.doctor`.
"""

from rlvr.doctor.finding import Finding, State

__all__ = ["Finding", "State"]
