"""What each test costs in processor time, its fixtures and the processes it waited for included.

Wall time tells little where other work shares the machine; processor time is the same from run to run. A process that
outlives its test, such as a server of a session's fixture, counts with the test after which it has ended.
"""

from __future__ import annotations

import resource
from collections import Counter

import pytest

SLOWEST = 30


def processor_seconds() -> float:
    """Seconds that this process, and the processes it has waited for, have spent on a processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class ProcessorTime:
    """A plugin: measures around each test, and adds up where the reports arrive, so that it works under xdist."""

    def __init__(self) -> None:
        self.of_tests: Counter[str] = Counter()
        self._before = processor_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        # After each of setup, call and teardown; what came in between, such as collection, counts with what follows.
        report = yield
        now = processor_seconds()
        report.processor_seconds, self._before = now - self._before, now
        return report

    def pytest_runtest_logreport(self, report) -> None:
        self.of_tests[report.nodeid] += getattr(report, "processor_seconds", 0.0)

    def pytest_terminal_summary(self, terminalreporter) -> None:
        of_folders: Counter[str] = Counter()
        for name, seconds in self.of_tests.items():
            of_folders["/".join(name.split("::")[0].split("/")[:2])] += seconds
        terminalreporter.section("processor time")
        terminalreporter.write_line(f"{sum(of_folders.values()) / 60:.1f} minutes, by folder, in seconds:")
        line = ", ".join(f"{name} {seconds:.0f}" for name, seconds in of_folders.most_common() if seconds >= 0.5)
        terminalreporter.write_line(line)
        terminalreporter.write_line(f"The {SLOWEST} slowest tests, in seconds:")
        for name, seconds in self.of_tests.most_common(SLOWEST):
            terminalreporter.write_line(f"{seconds:7.1f}  {name}")
