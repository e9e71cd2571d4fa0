"""What an identity is made of: a hash that changes when code or data changes that a verdict depends on, and only then.

* `values.py`: functions, classes and data as texts, and the files they come from
* `parsed.py`: one Python file, the hash of its syntax tree and what it imports
* `places.py`: dotted names as files
* `walk.py`: every file that a file reaches
* `versions.py`: versions of packages, of Python, of Unicode and of ICU
* `hashing.py`: all of it together
"""

from rlvr.identity.hashing import MadeOf, made_of, unchanged

__all__ = ["MadeOf", "made_of", "unchanged"]
