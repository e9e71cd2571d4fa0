"""What `import verl` loads in every process, by the entry point group `verl.plugins`."""

from rlvr.verl.advantages import register

register()
