"""Reading sources of every format, and what is said of one that cannot be."""

import gzip
import json

import datasets
import pyarrow
import pyarrow.parquet
import pytest

from rlvr.data import read_sources
from rlvr.data.documents import document
from rlvr.errors import ConfigError, DataError
from rlvr.rows.files import open_rows

ROWS = [{"text": f"Row {i}.", "n": i} for i in range(25)]


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def jsonl(folder):
    (folder / "a.jsonl").write_text(lines(ROWS[:9]) + "\n")
    (folder / "b.jsonl").write_text("\n" + lines(ROWS[9:]))
    return f"{folder}/*.jsonl"


def gzipped(folder):
    with gzip.open(folder / "a.jsonl.gz", "wt") as file:
        file.write(lines(ROWS))
    return str(folder / "a.jsonl.gz")


def parquet(folder):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), folder / "a.parquet", row_group_size=4)
    return str(folder / "a.parquet")


def on_disk(folder):
    datasets.Dataset.from_list(ROWS).save_to_disk(str(folder / "set"))
    return str(folder / "set")


@pytest.mark.parametrize("write", [jsonl, gzipped, parquet, on_disk])
@pytest.mark.parametrize("start", [0, 1, 8, 9, 10, 24, 25])
def test_rows_come_in_order_from_any_place_on(tmp_path, write, start):
    rows = open_rows(write(tmp_path))
    assert [row.fields["n"] for row in rows.read(start)] == list(range(start, 25))


def test_rows_before_the_place_are_not_parsed(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text("broken\n" + lines(ROWS))
    assert next(open_rows(str(file)).read(1)).place == "a.jsonl:2"
    with pytest.raises(DataError, match=r"line 1: no JSON"):
        next(open_rows(str(file)).read(0))


def test_splits_of_a_data_set_are_read_by_name(tmp_path):
    parts = {"train": datasets.Dataset.from_list(ROWS[:3]), "dev": datasets.Dataset.from_list(ROWS[3:4])}
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "set"))
    assert [row.fields["n"] for row in open_rows(f"{tmp_path}/set").read(0)] == [0, 1, 2]
    assert [row.fields["n"] for row in open_rows(f"{tmp_path}/set/dev").read(0)] == [3]


def test_what_is_not_there_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"There is no file no\.jsonl \(looked in"):
        open_rows("no.jsonl")
    (tmp_path / "texts").mkdir()
    with pytest.raises(DataError, match="is a folder") as caught:
        open_rows("texts")
    assert "texts/*.jsonl" in caught.value.hint
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DataError, match=r"hub://no/such cannot be read") as caught:
        next(open_rows("hub://no/such").read(0))
    assert "name its files" in caught.value.hint
    (tmp_path / "bad.parquet").write_text("no parquet")
    with pytest.raises(DataError, match=r"bad\.parquet cannot be read"):
        next(open_rows("bad.parquet").read(0))


BASE = {"path": "a.jsonl", "weight": 1}
PAIRS = BASE | {"kind": "parallel", "source_language": "en", "target_language": "pt-BR"}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({"path": "a"}, "web.weight: it is missing; give the source's part"),
        (BASE | {"weight": 0}, "web.weight: `0` must be above 0."),
        (BASE | {"weight": "much"}, "web.weight: `much` is no number."),
        (BASE | {"kind": "paralel"}, "web.kind: there is no `paralel`. Did you mean `parallel`?"),
        (BASE | {"wieght": 2}, "web.wieght: there is no such key. Did you mean `weight`?"),
        (PAIRS | {"target_language": "Portuguese!"}, "web.target_language: `Portuguese!` is no language tag"),
        (PAIRS | {"templates": ["{source}"]}, "web.templates: `{source}` must hold {source} and {target}."),
        (PAIRS | {"templates": ["{src} {target}"]}, "web.templates: `{src} {target}` cannot be filled in: 'src'."),
        (BASE | {"templates": ["{source} {target}"]}, "web.templates: is for kind=parallel, and this source is of kin"),
        (BASE | {"max_length_ratio": 2}, "web.max_length_ratio: is for kind=parallel"),
        (BASE | {"language": False}, "web.language: `False` is no text. YAML takes an unquoted `no` for a truth value"),
        (BASE | {"language_temperature": -1}, "web.language_temperature: `-1` must be at least 0."),
        (BASE | {"language_weights": {"en/de": 1}}, "web.language_weights: `en/de` is of another kind; for kind=text"),
        (PAIRS | {"language_weights": {"de": 1}}, "web.language_weights: `de` is of another kind; for kind=parallel"),
        (BASE | {"language_weights": {"German": 1}}, "web.language_weights: `German` is neither a language tag"),
        (BASE | {"language_weights": {"pt_br": 1, "pt-BR": 1}}, "web.language_weights: `pt-BR` is there twice"),
        (BASE | {"language_weights": {"de": 0}}, "web.language_weights: `0`, of de, must be a number above 0."),
        (BASE | {"language_weights": {"de": 1}, "language_temperature": 2}, "web.language_temperature: the shares are"),
        (BASE | {"source_language": "en"}, "web.source_language: is for kind=parallel and kind=chat, and this source"),
        (BASE | {"check_language": "yes"}, "web.check_language: `yes` is no truth value."),
        (BASE | {"dedup": "fuzzy"}, "web.dedup: there is no `fuzzy`. It is one of none, exact, near."),
        (BASE | {"near": 0.5}, "web.near: is for dedup=near."),
        (BASE | {"dedup": "near", "near": 1.5}, "web.near: `1.5` must be above 0 and at most 1."),
        (BASE | {"min_score": 0.5}, "web.min_score: set `reward` to the name"),
        (BASE | {"holdout": -1}, "web.holdout: `-1` must be at least 0."),
        ("a.jsonl", "web: `a.jsonl` is no source; it is a mapping"),
    ],
)
def test_what_a_source_cannot_be_is_named(source, problem):
    with pytest.raises(ConfigError) as caught:
        read_sources({"web": source})
    [said] = caught.value.problems
    assert said.startswith(f"data.mixture.{problem}")


def of(settings, row, number=0):
    [source] = read_sources({"it": settings})
    return document(source, row, "it.jsonl:4", number)


def test_a_pair_is_written_in_both_directions_and_by_every_template():
    row = {"source": "Hello!", "target": "Olá!"}
    written = [of(PAIRS, row, number).text for number in range(6)]
    assert written == [
        "English: Hello!\nPortuguese (Brazil): Olá!",
        "Portuguese (Brazil): Olá!\nEnglish: Hello!",
        "Translate the following English source text to Portuguese (Brazil):\nEnglish: Hello!\n"
        "Portuguese (Brazil): Olá!",
        "Translate the following Portuguese (Brazil) source text to English:\nPortuguese (Brazil): Olá!\n"
        "English: Hello!",
        "Hello!\nOlá!",
        "Olá!\nHello!",
    ]
    assert of(PAIRS, row, 6).text == written[0]
    assert of(PAIRS | {"both_directions": False}, row, 1).text == written[2]
    own = PAIRS | {"templates": ["{source} = {target}"], "source": "src", "target": "mt"}
    assert of(own, {"src": "{a}", "mt": "{b}"}).text == "{a} = {b}"
    assert of(PAIRS, row, 1).pair == ("Olá!", "Hello!")
    assert of(PAIRS, row, 1).languages == ("pt-BR", "en")


def test_a_task_with_its_demonstration_is_a_chat():
    made = of(BASE | {"kind": "chat"}, {"prompt": "2 + 2 =", "demonstration": "4", "reference": "4"})
    assert [(message.role, message.content) for message in made.messages] == [("user", "2 + 2 ="), ("assistant", "4")]


@pytest.mark.parametrize(
    ("settings", "row", "problem"),
    [
        (BASE, {"txt": "a", "id": 3}, "it.jsonl:4 has no `text`; it has txt, id."),
        (BASE, {"text": 3}, "it.jsonl:4: `text` is a number; it is a text."),
        (BASE | {"check_language": True}, {"text": "a"}, "it.jsonl:4 has no `language`, and the source has no `lang"),
        (
            BASE | {"language_temperature": 2},
            {"text": "a", "language": "German"},
            "it.jsonl:4: `language` is `German`; it is a language tag, such as",
        ),
        (
            BASE | {"kind": "parallel", "target_language": "de"},
            {"source": "a", "target": "b", "lang": "en"},
            "it.jsonl:4 has no `source_language`, and the source has no `source_language` for all of its rows",
        ),
        (BASE | {"kind": "chat"}, {"text": "a"}, "it.jsonl:4 has neither `messages` nor `prompt` and `demonstration`"),
        (BASE | {"kind": "chat"}, {"messages": "a"}, "it.jsonl:4: `messages` is a text; it is a list of messages."),
        (
            BASE | {"kind": "chat"},
            {"messages": [{"role": "asistant", "content": "a"}]},
            "it.jsonl:4: message 1 of `messages` has the role `asistant`. Did you mean `assistant`?",
        ),
        (BASE | {"kind": "chat"}, {"messages": [{"role": "user", "content": "a"}]}, "it.jsonl:4: the assistant says"),
    ],
)
def test_a_row_of_another_kind_is_named(settings, row, problem):
    with pytest.raises(DataError) as caught:
        of(settings, row)
    assert str(caught.value).startswith(problem)
