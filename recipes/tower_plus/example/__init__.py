"""The example data of Tower+'s recipes: a few generated rows of each kind in several languages.

`rlvr data init` writes them. They are for trying all stages, and show what rows the recipes read; nothing is learned
from so few patterns.
"""

from rlvr.recipes.tower_plus.example.writing import write_example

__all__ = ["write_example"]
