"""`rlvr compare`: differences on the same items, groups, the Pareto plot, and files that are no results."""

import json
import re

import pytest

from rlvr.evaluation.results import Item, Results, read_results
from rlvr.observe.files import json_text

DATA = {"data": [{"name": "d.jsonl", "sha256": "0" * 64, "rows": 40}]}
HOSTILE = "</script><script>alert(1)</script>"


def made(folder, model, right, *, suite="ifeval", axis="general", count=40, group=lambda i: "", macro=False, **facts):
    items = [Item(f"d:{i}", group(i), {"accuracy": [float(i < right), 1.0]}) for i in range(count)]
    found = Results(suite, model, "accuracy", axis, macro, {}, items, {}, {**DATA, **facts})
    path = folder / f"{re.sub('[^a-z0-9]', '', model)}-{suite}.json"
    path.write_text(json_text(found.as_dict()))
    return path


def test_results_survive_their_file(tmp_path):
    path = made(tmp_path, "one", 10, group=lambda i: "ab"[i % 2], macro=True)
    found = read_results(path)
    assert found.estimate("accuracy").value == 0.25
    assert found.as_dict() == json.loads(path.read_text())


def test_differences_on_the_same_items(rlvr, tmp_path):
    base, better, same = (made(tmp_path, name, n) for name, n in (("base", 10), ("better", 25), ("same", 10)))
    ended = rlvr("compare", base, better, same, "--json")
    assert ended.code == 0, ended.all
    first, second = json.loads(ended.out)
    assert (first["first"], first["second"], first["items"]) == ("base", "better", 40)
    assert first["values"] == pytest.approx([0.25, 0.625])
    difference = first["difference"]
    assert difference["estimate"]["value"] == pytest.approx(0.375)
    assert 0.2 < difference["estimate"]["low"] < 0.375 < difference["estimate"]["high"] < 0.55
    assert difference["p"] < 0.001
    assert second["difference"] == {"estimate": {"value": 0.0, "low": 0.0, "high": 0.0}, "p": 1.0}
    shown = rlvr("compare", base, better)
    assert "ifeval: better against base" in shown.out
    assert "+0.3750" in shown.out


def test_groups_and_their_mean(rlvr, tmp_path):
    known = {"group": lambda i: "en-de" if i < 30 else "ro-en", "macro": True, "suite": "wmt"}
    one, other = made(tmp_path, "one", 15, **known), made(tmp_path, "other", 30, **known)
    rows = json.loads(rlvr("compare", one, other, "--json").out)
    assert {row["group"]: row["difference"]["estimate"]["value"] for row in rows} == {
        "": 0.25,
        "en-de": 0.5,
        "ro-en": 0,
    }


def test_items_that_only_one_has_are_left_out_and_said(rlvr, tmp_path):
    ended = rlvr("compare", made(tmp_path, "one", 10), made(tmp_path, "other", 10, count=30))
    assert ended.code == 0, ended.all
    assert "10 items that only one of them has" in ended.out


def test_the_pareto_plot(rlvr, tmp_path):
    models = {"base": (10, 10), "strong": (30, 20), "narrow": (20, 30), f"bad{HOSTILE}": (5, 5)}
    files = [
        made(tmp_path, model, right, suite=suite, axis=axis)
        for model, both in models.items()
        for right, suite, axis in zip(both, ("ifeval", "wmt"), ("general", "translation"), strict=True)
    ]
    ended = rlvr("compare", *files, "--plot", tmp_path / "pareto.html")
    assert ended.code == 0, ended.all
    page = (tmp_path / "pareto.html").read_text()
    own = page[page.rindex('<div id="plot">') :]
    assert HOSTILE not in page
    assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="', page)
    front, points = json.loads(re.search(r'newPlot\("plot", (\[.*\]), \{', own)[1])
    assert (front["x"], front["y"]) == ([0.5, 0.75], [0.75, 0.5])
    assert points["x"] == [0.25, 0.75, 0.5, 0.125]
    assert all(size > 0 for size in points["error_y"]["array"])


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no JSON"), ("[]", "no results"), ('{"format": 9}', "of format 9"), ('{"format": 1}', "no results")],
)
def test_files_that_are_none(rlvr, tmp_path, text, said):
    (tmp_path / "x.json").write_text(text)
    ended = rlvr("compare", tmp_path / "x.json", tmp_path / "x.json")
    assert ended.code == 2
    assert said in ended.err


def test_what_cannot_be_compared(rlvr, tmp_path):
    one = made(tmp_path, "one", 10)
    assert "nothing to compare" in " ".join(rlvr("compare", one).err.split())
    other = made(tmp_path, "other", 10, data=[{"name": "e.jsonl", "sha256": "1" * 64}])
    ended = rlvr("compare", one, other)
    assert (ended.code, "are of different files" in ended.err) == (2, True)
    ended = rlvr("compare", one, made(tmp_path, "two", 9), "--plot", tmp_path / "p.html")
    assert (ended.code, "none of these is of `translation`" in " ".join(ended.err.split())) == (2, True)
    files = [one, made(tmp_path, "one", 3, suite="wmt", axis="translation"), made(tmp_path, "two", 9)]
    ended = rlvr("compare", *files, "--plot", tmp_path / "p.html")
    assert (ended.code, "two has no results of wmt" in ended.err) == (2, True)
