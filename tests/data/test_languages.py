"""One source of many languages: what its rows say is read, counted, and drawn in the shares that are asked for."""

import json
from collections import Counter

import pytest

from rlvr.data import Mixture, mixture_report, mixture_table, read_sources
from rlvr.data.documents import document
from rlvr.data.language_streams import open_stream
from rlvr.data.selection import select
from rlvr.errors import DataError
from rlvr.rows.files import open_rows

TAGS = tuple(
    "cs da de el en es es-419 fi fr hi hu is it ja ko nb nl nn pl pt-BR pt-PT ro ru sv uk zh-Hans zh-Hant".split()  # noqa: SIM905
)
"""The 27 languages and varieties of Tower+."""
PAIRS = [("en", tag) for tag in TAGS if tag != "en"] + [
    (first, second) for first in ("de", "fr", "pt-BR") for second in ("it", "nl", "pl", "ru", "uk", "zh-Hans", "ja")
]


def sizes(names):
    """So many rows of each: the first has forty times as many as the last."""
    return {name: max(2, round(80 / (1 + i))) for i, name in enumerate(names)}


def rows_of(kind, names):
    """Rows of all languages, those of one beside those of another, and the small ones spread over the whole file."""
    placed = [(i / size, name, i) for name, size in sizes(names).items() for i in range(size)]
    for _, name, i in sorted(placed):
        if kind == "text":
            yield {"text": f"{name} {i}", "language": name}
        else:
            yield {"source": f"{name} {i}", "target": "x", "source_language": name[0], "target_language": name[1]}


@pytest.fixture
def mixture_of(tmp_path):
    def made(seed=0, unit="documents", window=1000, **sources):
        streams, selections = [], {}
        for source in read_sources(sources):
            rows = open_rows(source.path)
            selection = select(source, rows, None) if source.needs_a_pass else None
            if selection:
                selections[source.name] = selection
            streams.append(open_stream(source, rows, seed=seed, window=window, selection=selection, unit=unit))
        return Mixture(streams, unit=unit), selections

    return made


def source(tmp_path, kind, names, **settings):
    file = tmp_path / f"{kind}.jsonl"
    if not file.exists():
        file.write_text("".join(json.dumps(row) + "\n" for row in rows_of(kind, names)))
    return {"path": str(file), "weight": 1, "kind": kind, **settings}


def drawn(mixture, count):
    found = []
    for _ in range(count):
        found.append(mixture.draw())
        mixture.use(found[-1], 1 + len(found[-1].text) % 7)
    return found


def test_there_are_27_languages_and_47_pairs():
    assert (len(set(TAGS)), len(set(PAIRS))) == (27, 47)


@pytest.mark.parametrize("temperature", [1, 3, 1e9])
def test_languages_and_pairs_have_the_shares_of_a_temperature(tmp_path, mixture_of, temperature):
    asked = {"language_temperature": temperature}
    mixture, selections = mixture_of(
        web=source(tmp_path, "text", TAGS, weight=66, **asked),
        pairs=source(tmp_path, "parallel", PAIRS, weight=33, **asked),
        chats=source(tmp_path, "text", TAGS, weight=1),
    )
    count = 6000
    drawn(mixture, count)
    report = mixture_report(mixture, selections)
    assert [row["documents"] for row in report["sources"].values()] == [3960, 1980, 60]
    for source_name, names in (("web", TAGS), ("pairs", ["/".join(pair) for pair in PAIRS])):
        weights = {name: size ** (1 / temperature) for name, size in sizes(names).items()}
        row = report["sources"][source_name]
        assert row["languages"].keys() == set(names)
        for name, weight in weights.items():
            due = row["documents"] * weight / sum(weights.values())
            assert abs(row["languages"][name]["documents"] - due) < 1, name
    assert selections["web"].languages["cs"].rows == 80
    assert sum(of["documents"] for of in report["sources"]["chats"]["languages"].values()) == 60


def test_explicit_weights_are_kept_at_every_step_and_over_a_stop(tmp_path, mixture_of):
    weights = {"en/de": 2, "en/pt_br": 1, "de/ja": 0.5}
    settings = source(tmp_path, "parallel", PAIRS, language_weights=weights)
    mixture, selections = mixture_of(pairs=settings)
    found = []
    for turn in range(1, 501):
        found += drawn(mixture, 1)
        counts = Counter({name: of.documents for name, of in mixture.taken["pairs"].languages.items()})
        for name, share in {"en/de": 4 / 7, "en/pt-BR": 2 / 7, "de/ja": 1 / 7}.items():
            assert abs(counts[name] - share * turn) < 1
        if turn == 211:
            state = json.dumps(mixture.state())
    there = sizes(PAIRS)
    kept = sum(there[pair] for pair in (("en", "de"), ("en", "pt-BR"), ("de", "ja")))
    assert selections["pairs"].dropped == {"language without a weight": sum(there.values()) - kept}
    again, _ = mixture_of(pairs=settings)
    again.restore(json.loads(state))
    assert drawn(again, 289) == found[211:]


def test_by_tokens_no_language_is_ahead_of_its_share_by_more_than_a_document(tmp_path, mixture_of):
    mixture, _ = mixture_of(unit="tokens", web=source(tmp_path, "text", TAGS, language_weights={"cs": 3, "da": 1}))
    for _ in range(300):
        made = mixture.draw()
        mixture.use(made, 40 if made.language == "da" else 10)
    counts = {name: of.tokens for name, of in mixture.taken["web"].languages.items()}
    assert abs(counts["da"] - sum(counts.values()) / 4) <= 40


def test_each_language_is_read_whole_before_it_begins_anew(tmp_path, mixture_of):
    mixture, _ = mixture_of(web=source(tmp_path, "text", TAGS, language_temperature=1e9))
    texts = Counter(made.text for made in drawn(mixture, 27 * 80))
    assert {texts[f"cs {i}"] for i in range(80)} == {1}
    assert {texts[f"de {i}"] for i in range(sizes(TAGS)["de"])} <= {2, 3}
    report = mixture_report(mixture, {})["sources"]["web"]
    assert report["languages"]["cs"]["epochs"] in (0, 1)
    assert report["languages"][TAGS[-1]]["epochs"] == report["epochs"] == 26


def test_rows_that_are_held_out_are_of_all_languages_and_never_drawn(tmp_path, mixture_of):
    mixture, _ = mixture_of(web=source(tmp_path, "text", TAGS, language_weights={"cs": 1, "da": 1, "de": 1}, holdout=7))
    held = mixture.held_out()
    assert Counter(made.language for made in held) == {"cs": 3, "da": 3, "de": 3}
    assert not {made.text for made in held} & {made.text for made in drawn(mixture, 500)}


def test_a_language_with_a_weight_and_no_rows_stops_the_run(tmp_path, mixture_of):
    with pytest.raises(DataError, match="has nothing of th, which has a weight"):
        mixture_of(web=source(tmp_path, "text", TAGS, language_weights={"cs": 1, "th": 1}))


def test_a_refused_document_is_counted_and_costs_its_language_nothing(tmp_path, mixture_of):
    mixture, _ = mixture_of(web=source(tmp_path, "text", TAGS, language_weights={"cs": 1, "da": 1}))
    for _ in range(60):
        made = mixture.draw()
        if made.text.endswith("3"):
            mixture.refuse(made, "ends in 3")
        else:
            mixture.use(made, 1)
    counts = [of.documents for of in mixture.taken["web"].languages.values()]
    assert abs(counts[0] - counts[1]) <= 1
    assert mixture_report(mixture, {})["sources"]["web"]["dropped"]["ends in 3"] == 60 - sum(counts)


BASE = {"path": "", "weight": 1}


@pytest.mark.parametrize(
    ("settings", "row", "languages", "counted"),
    [
        ({}, {"text": "a"}, (), ""),
        ({}, {"text": "a", "language": "por_Latn"}, ("pt",), "pt"),
        ({}, {"text": "a", "language": "Portuguese"}, (), ""),  # no tag, and nothing needs one
        ({"language": "pt_br"}, {"text": "a", "language": "en"}, ("pt-BR",), "pt-BR"),
        ({"language_field": "lang"}, {"text": "a", "lang": "kor_Hang"}, ("ko",), "ko"),
        ({"kind": "chat"}, {"messages": None, "language": "de"}, ("de",), "de"),
        ({"kind": "chat"}, {"messages": None, "source_language": "en", "target_language": "de"}, ("en", "de"), "en/de"),
        ({"kind": "chat"}, {"messages": None, "source_language": "en"}, (), ""),
        (
            {"kind": "parallel", "source_language": "en", "target_language_field": "to"},
            {"source": "a", "target": "b", "to": "zho_Hant"},
            ("en", "zh-Hant"),
            "en/zh-Hant",
        ),
    ],
)
def test_the_language_of_a_row(settings, row, languages, counted):
    [read] = read_sources({"it": BASE | settings})
    if "messages" in row:
        row = row | {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]}
    made = document(read, row, "it.jsonl:1", 0)
    assert (set(made.languages), made.language) == (set(languages), counted)


def test_pairs_that_alternate_are_written_in_both_directions_each():
    [read] = read_sources({"it": BASE | {"kind": "parallel"}})
    turned = Counter()
    for number in range(400):
        row = {"source": "a", "target": "b", "source_language": "en", "target_language": ("de", "fr")[number % 2]}
        made = document(read, row, "it.jsonl:1", number)
        turned[made.language, made.languages[0] == "en"] += 1
    assert len(turned) == 4
    assert min(turned.values()) > 70


def test_a_chat_that_translates_is_checked_in_the_language_of_its_answer():
    from rlvr.data.filters import reason_to_drop

    [read] = read_sources({"it": BASE | {"kind": "chat", "check_language": True}})
    asked = {"role": "user", "content": "Translate to German: The house at the end of the road is red."}

    def reason(said):
        row = {"messages": [asked, {"role": "assistant", "content": said}], "source_language": "en"}
        return reason_to_drop(read, document(read, row | {"target_language": "de"}, "it:1", 0))

    assert reason("Das Haus am Ende der Straße ist rot.") == ""
    assert reason("The house at the end of the road is red.") == "language"


def test_the_table_of_a_run_has_a_line_for_each_language(tmp_path, mixture_of):
    mixture, selections = mixture_of(web=source(tmp_path, "text", TAGS, language_weights={"cs": 3, "da": 1}))
    drawn(mixture, 40)
    table = mixture_table(mixture_report(mixture, selections))
    assert list(table.columns[0].cells) == ["web", "  cs", "  da"]
    assert list(table.columns[2].cells) == ["40", "30", "10"]
