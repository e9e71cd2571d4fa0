"""A metric with a window, for tests of what is done with texts that it cannot see whole."""

from rlvr.rewards.translation.comet.metric import Result, TooLong


class Window:
    """A metric that sees ten words of all texts together, and likes long translations."""

    def score(self, segments):
        return [self._one(segment) for segment in segments]

    def _one(self, segment):
        mt, src, ref = (len(text.split()) for text in (segment.mt, segment.src, segment.ref or ""))
        fits = mt + src + ref <= 10
        return Result(mt / 10) if fits else Result(None, too_long=TooLong(10, mt, src, ref, each=False))
