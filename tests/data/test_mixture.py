"""Proportions: exact at every step, and in a run that was stopped and gone on with."""

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.data import Mixture, mixture_report, read_sources
from rlvr.data.stream import SourceStream
from rlvr.errors import CheckpointError, DataError
from rlvr.rows.files import open_rows
from rlvr.rows.order import chairman, furthest_behind

TOWER = {"monolingual": 66, "parallel": 33, "instructions": 1}


@pytest.fixture
def mixture_of(tmp_path):
    """Makes a mixture of files that hold as many numbered rows as asked."""

    def made(weights, rows=50, *, unit="documents", seed=0, window=7, **settings):
        given = {}
        for name, weight in weights.items():
            file = tmp_path / f"{name}.jsonl"
            if not file.exists():
                file.write_text("".join(json.dumps({"text": f"{name} {i}"}) + "\n" for i in range(rows)))
            given[name] = {"path": str(file), "weight": weight, **settings.get(name, {})}
        streams = [
            SourceStream(source, open_rows(source.path), seed=seed, window=window) for source in read_sources(given)
        ]
        return Mixture(streams, unit=unit)

    return made


def length(document):
    """Made-up tokens: between 1 and 40, from the text alone."""
    return 1 + sum(map(ord, document.text)) % 40


def taken(mixture, count):
    found = []
    for _ in range(count):
        found.append(mixture.draw())
        mixture.use(found[-1], length(found[-1]))
    return [document.text for document in found]


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8), st.integers(1, 300))
def test_no_count_is_ever_a_whole_one_away_from_its_share(weights, turns):
    shares = {str(i): Fraction(weight, sum(weights)) for i, weight in enumerate(weights)}
    counts = dict.fromkeys(shares, 0)
    for turn in range(1, turns + 1):
        counts[chairman(shares, counts)] += 1
        assert all(abs(counts[name] - shares[name] * turn) < 1 for name in shares)


@given(st.lists(st.integers(1, 100), min_size=2, max_size=6), st.lists(st.integers(1, 50), min_size=1, max_size=200))
def test_no_source_is_ever_ahead_of_its_share_by_more_than_its_longest_document(weights, lengths):
    shares = {str(i): Fraction(weight, sum(weights)) for i, weight in enumerate(weights)}
    counts, longest = dict.fromkeys(shares, 0), dict.fromkeys(shares, 0)
    for tokens in lengths:
        name = furthest_behind(shares, counts)
        counts[name] += tokens
        longest[name] = max(longest[name], tokens)
        total = sum(counts.values())
        assert all(counts[name] - shares[name] * total <= longest[name] for name in shares)


@pytest.mark.parametrize("unit", ["documents", "tokens"])
@pytest.mark.parametrize("stops", [(), (1,), (333, 334), (100, 400, 777)])
def test_a_mixture_that_is_stopped_goes_on_with_the_same_documents(mixture_of, unit, stops):
    whole = taken(mixture_of(TOWER, unit=unit), 1000)
    found, state, last = [], None, 0
    for stop in (*stops, 1000):
        mixture = mixture_of(TOWER, unit=unit)
        if state is not None:
            mixture.restore(json.loads(state))
        found += taken(mixture, stop - last)
        state, last = json.dumps(mixture.state()), stop
    assert found == whole


def test_the_shares_of_tower_are_exact_to_a_document_over_a_resumed_run(mixture_of):
    mixture = mixture_of(TOWER)
    taken(mixture, 617)
    resumed = mixture_of(TOWER)
    resumed.restore(json.loads(json.dumps(mixture.state())))
    for count in range(618, 1300):
        taken(resumed, 1)
        for name, weight in TOWER.items():
            assert abs(resumed.taken[name].documents - Fraction(weight, 100) * count) < 1


def test_shares_by_tokens_are_exact_to_a_document(mixture_of):
    """Documents of one source are four times as long as those of the other."""
    mixture = mixture_of({"short": 3, "long": 1}, unit="tokens")
    for _ in range(500):
        document = mixture.draw()
        mixture.use(document, 40 if document.source == "long" else 10)
    tokens = {name: kept.tokens for name, kept in mixture.taken.items()}
    assert abs(tokens["long"] - sum(tokens.values()) / 4) <= 40
    assert mixture.taken["short"].documents > 11 * mixture.taken["long"].documents


def test_an_epoch_holds_every_document_once_and_the_next_in_another_order(mixture_of):
    mixture = mixture_of({"one": 1}, rows=40)
    first, second = taken(mixture, 40), taken(mixture, 40)
    assert Counter(first) == Counter(second) == Counter(f"one {i}" for i in range(40))
    assert first != second
    assert first != sorted(first, key=lambda text: int(text.split()[1]))
    assert taken(mixture_of({"one": 1}, rows=40, seed=1), 40) != first
    assert taken(mixture_of({"one": 1}, rows=40, window=1), 40) == [f"one {i}" for i in range(40)]


def test_a_window_bounds_what_is_in_memory(mixture_of):
    first = taken(mixture_of({"one": 1}, rows=40, window=10), 40)
    assert all(int(text.split()[1]) // 10 == place // 10 for place, text in enumerate(first))


def test_held_out_documents_are_never_trained_on(mixture_of):
    mixture = mixture_of(TOWER, rows=20, parallel={"holdout": 5})
    held = {document.text for document in mixture.held_out()}
    assert held == {f"parallel {i}" for i in range(5)}
    assert not held & set(taken(mixture, 400))


def test_a_refused_document_costs_its_source_nothing(mixture_of):
    mixture = mixture_of({"a": 1, "b": 1})
    for _ in range(60):
        document = mixture.draw()
        if document.text.endswith("3"):
            mixture.refuse(document, "ends in 3")
        else:
            mixture.use(document, 1)
    documents = [kept.documents for kept in mixture.taken.values()]
    assert abs(documents[0] - documents[1]) <= 1
    assert sum(kept.position.dropped["ends in 3"] for kept in mixture.taken.values()) + sum(documents) == 60


def test_the_report_says_what_there_was(mixture_of):
    mixture = mixture_of(TOWER, instructions={"min_characters": 15}, rows=120)
    taken(mixture, 300)
    report = mixture_report(mixture, {})
    assert report["documents"] == 300
    assert [row["documents"] for row in report["sources"].values()] == [198, 99, 3]
    assert report["sources"]["monolingual"]["epochs"] == 1
    assert report["tokens"] == sum(row["tokens"] for row in report["sources"].values())
    assert sum(row["share_of_tokens"] for row in report["sources"].values()) == pytest.approx(1)


def test_what_is_left_out_is_counted_once_for_each_row(mixture_of):
    mixture = mixture_of({"one": 1}, rows=40, one={"min_characters": 6})
    taken(mixture, 90)
    assert mixture.taken["one"].position.dropped == {"too short": 10}


def test_a_source_of_which_nothing_is_fit_says_why(mixture_of):
    mixture = mixture_of({"one": 1}, one={"max_characters": 3})
    with pytest.raises(DataError, match=r"The source `one` .* gives no document. Left out: too long: 50"):
        mixture.draw()


def test_a_state_of_other_sources_is_refused(mixture_of):
    state = mixture_of({"a": 1, "b": 1}).state()
    with pytest.raises(CheckpointError, match="a mixture of a, b"):
        mixture_of({"a": 1, "c": 1}).restore(state)
