"""The report is one safe page, of any run."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser

import pytest

from rlvr import Status, Task, Verdict
from rlvr.errors import CheckpointError
from rlvr.observe.examples import GROUPS_PER_STEP, LONGEST_TEXT, example_groups
from rlvr.observe.metrics import MetricsLog
from rlvr.observe.provenance import provenance, record_resume, record_start
from rlvr.observe.report import outcomes, write_report
from rlvr.observe.rollout_rows import rollout_row, write_rollouts
from rlvr.observe.run_folder import RunFolder

CONFIG = "recipe: miniature\nstage: grpo\nrun:\n  steps: 100\n"
HOSTILE = "</pre></script><script>alert('owned')</script><img src=x onerror=alert(1)> & \u202e عربي \x00\x1b \udc80"


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(html)
        self.text = "".join(self.texts)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path, "first", CONFIG)


def rows(step, *, text="42", groups=2, size=4):
    verdicts = [Verdict.right("42", "42"), Verdict.wrong("41 is not 42"), Verdict.unscored(Status.ERROR, "it broke")]
    return [
        rollout_row(
            Task(f"What is 6 * 7? {text}", reference="42", id=f"mul-{group}"),
            text,
            verdicts[sample % 3],
            **{"run": "first", "step": step, "group": group, "sample": sample, "reward": "x", "advantage": 0.5},
        )
        for group in range(groups)
        for sample in range(size)
    ]


def logged(folder, steps, **known):
    log = MetricsLog(folder, tensorboard=False)
    for step in steps:
        groups = {"groups/usable": 0.5, "groups/all_wrong": 0.5}
        log.write(step, {"reward/mean": step / 100, "loss": 0.1, **groups, **known})
    log.close()


def test_a_whole_run_on_one_page(folder):
    logged(folder, range(300), **{"eval/strict": 0.5})
    record_start(folder, provenance(seed=7))
    record_resume(folder, provenance(seed=7), step=20)
    for step in (1, 2, 3, 4, 5):
        write_rollouts(folder, step, rows(step))
    start = time.process_time()
    path = write_report(folder)
    assert time.process_time() - start < 10
    html = path.read_text(encoding="utf-8")
    page = Page(html)
    for expected in ("299 of 100", "miniature", "mul-1", "41 is not 42", "it broke", "resumed[0].seed"):
        assert expected in page.text
    assert re.findall(r"Step \d", page.text) == ["Step 1", "Step 3", "Step 5"]
    assert page.open == []
    charts = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)[1])
    assert [chart["title"] for chart in charts] == ["Reward", "Held out", "Groups", "Loss"]
    places = [attributes["id"] for _, attributes in page.tags if attributes.get("class", "").startswith("plot")]
    assert places == [f"chart-{place}" for place in range(4)]


def test_nothing_is_fetched_from_anywhere(folder):
    logged(folder, [1])
    html = write_report(folder).read_text(encoding="utf-8")
    page = Page(html)
    assert not [(tag, attributes) for tag, attributes in page.tags if {"src", "href"} & attributes.keys()]
    policy = next(attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes)
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert html.count("plotly.js v") == 1


def test_a_completion_cannot_leave_its_place(folder):
    config = CONFIG + f"note: '{HOSTILE[:40]}'\n"
    folder.config_path.write_text(config)
    logged(folder, [1], **{"reward/</script><script>alert(1)</script>/mean": 1.0})
    write_rollouts(folder, 1, [*rows(1, text=HOSTILE), *rows(1, text="after", groups=1)])
    html = write_report(folder).read_text(encoding="utf-8")
    page = Page(html)
    assert page.open == []
    assert [tag for tag, _ in page.tags].count("script") == 3
    assert not [tag for tag, attributes in page.tags if tag == "img" or "onerror" in attributes]
    assert HOSTILE[:70] in page.text
    assert "⟨U+202E⟩ عربي ␀␛ \\udc80" in page.text
    # Every script that may run carries the word of this page, and the word is new each time.
    nonces = {attributes["nonce"] for tag, attributes in page.tags if tag == "script"}
    assert len(nonces) == 1
    assert nonces.pop() not in write_report(folder).read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html.split("<main>")[1].split("</main>")[0])


@pytest.mark.parametrize("config", [CONFIG, "", "not: [yaml", "- a list"])
def test_a_run_that_died_before_its_first_step(folder, config):
    folder.config_path.write_text(config)
    page = Page(write_report(folder.path).read_text(encoding="utf-8"))
    assert "ended before its first step" in page.text
    assert "No rollouts were kept" in page.text
    assert "script" not in [tag for tag, _ in page.tags]


def test_a_run_that_died_after_its_first_step(folder):
    logged(folder, [1])
    write_rollouts(folder, 1, rows(1, groups=1, size=1))
    folder.metrics_path.write_text(folder.metrics_path.read_text() + '{"step": 2, "rew')
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    assert "1 of 100" in page.text
    assert "measured once" in page.text


def test_no_run_no_report(tmp_path):
    with pytest.raises(CheckpointError, match="no run folder"):
        write_report(tmp_path)


def test_light_and_dark_know_the_same_colours(folder):
    logged(folder, [1])
    html = write_report(folder).read_text(encoding="utf-8")
    light, dark = (set(re.findall(r"(--\w+):", block)) for block in re.findall(r":root \{(.*?)\}", html, re.S)[:2])
    assert light == dark
    assert set(re.findall(r"var\((--\w+)\)", html[: html.index("</style>")])) <= light


def test_examples_are_few_short_and_telling(folder):
    place = {"run": "r", "step": 1, "reward": "x"}
    wrong = Verdict.wrong("no")
    dull = [rollout_row(Task("p"), "x", wrong, group=group, sample=0, **place) for group in range(20)]
    telling = [
        rollout_row(Task("p", id="telling"), "y" * 9000, Verdict(score), group=20, sample=sample, **place)
        for sample, score in enumerate([0.0, 1.0] * 8)
    ]
    write_rollouts(folder, 1, dull + telling)
    groups = example_groups(folder)
    assert len(groups) == GROUPS_PER_STEP
    assert groups[0].task_id == "group 0"
    last = groups[-1]
    assert (last.task_id, last.mean, last.left_out) == ("telling", 0.5, 8)
    assert [sample["level"] for sample in last.samples] == [4] * 8
    html = write_report(folder).read_text(encoding="utf-8")
    assert f"{9000 - LONGEST_TEXT:,} more characters" in html


def test_outcomes_compare_the_start_with_the_end():
    lines = [{"step": step, "reward/mean": float(step >= 10)} for step in range(100)]
    lines += [{"step": 0, "eval/strict": 0.25}, {"step": 50, "eval/strict": None}]
    found = {outcome.name: (outcome.before, outcome.after, outcome.change) for outcome in outcomes(lines)}
    assert found == {"held out, strict": (0.25, None, ""), "reward in training": (0.0, 1.0, "+1.000")}


def test_parts_of_a_composition_with_and_without_an_explanation(folder):
    parts = {"t.said": Verdict.wrong("41 is not 42"), "t.silent": Verdict(0.25)}
    task = Task("What is 6 * 7?", reference="42", id="mul")
    known = {"run": "first", "step": 1, "group": 0, "reward": "x", "advantage": 0.5}
    verdict = Verdict(0.1, components=parts)
    write_rollouts(folder, 1, [rollout_row(task, "41", verdict, sample=sample, **known) for sample in range(2)])
    logged(folder, [1])
    text = " ".join(Page(write_report(folder).read_text()).text.split())
    assert "t.said : 0 ( 41 is not 42 )" in text or "t.said: 0 (41 is not 42)" in text
    assert "t.silent: 0.25" in text
