"""Text to learn from: where it lies, what of it is fit, in what proportions it is mixed, and how it is written.

Nothing here loads torch or a tokenizer; `rlvr.engine.update.corpus` makes token ids of what comes out.
"""

from rlvr.data.documents import Document
from rlvr.data.mixture import Mixture
from rlvr.data.report import mixture_report, mixture_table
from rlvr.data.source import Source, read_sources

__all__ = ["Document", "Mixture", "Source", "mixture_report", "mixture_table", "read_sources"]
