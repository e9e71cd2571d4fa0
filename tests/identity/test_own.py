"""A user's own reward: its file and the local modules that it imports are its identity."""

import importlib
import linecache
import os
import shutil
import sys
import textwrap

import pytest

from rlvr import Sample, get_reward, registered
from rlvr.identity import made_of
from rlvr.identity.values import Values
from rlvr.identity.versions import version_of
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder of files; `fresh` asks for a reward as a new process would."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))
    before = set(sys.modules)

    class Shop:
        path = tmp_path

        def write(self, **files):
            for name, source in files.items():
                path = tmp_path / f"{name.replace('__', '/')}.py"
                path = path.with_name("__init__.py") if path.name == "init.py" else path
                path.parent.mkdir(exist_ok=True, parents=True)
                path.write_text(textwrap.dedent(source))
            return self

        def fresh(self, name="rewards.py:price"):
            for module in set(sys.modules) - before:
                del sys.modules[module]
            importlib.invalidate_caches()
            linecache.clearcache()
            return get_reward(f"{tmp_path}/{name}" if ".py:" in name else name)

        def identity(self, name="rewards.py:price"):
            return self.fresh(name).identity

    yield Shop()
    for name in set(sys.modules) - before:
        del sys.modules[name]


REWARD = """
    from rlvr import reward
    {}

    @reward("shop.price")
    def price(sample):
        {}
        return 1.0
"""
LIMIT = "LIMIT = {}\n"

REACHED = {
    "import": {"rewards": REWARD.format("import limits", ""), "limits": LIMIT},
    "from": {"rewards": REWARD.format("from limits import LIMIT", ""), "limits": LIMIT},
    "through another": {
        "rewards": REWARD.format("import helpers", ""),
        "helpers": "from limits import LIMIT",
        "limits": LIMIT,
    },
    "inside the function": {"rewards": REWARD.format("", "from limits import LIMIT"), "limits": LIMIT},
    "by import_module": {
        "rewards": REWARD.format("from importlib import import_module", "import_module('limits')"),
        "limits": LIMIT,
    },
    "run by -m": {"rewards": REWARD.format("", "COMMAND = ['python', '-m', 'limits']"), "limits": LIMIT},
    "run by its path": {
        "rewards": REWARD.format("from pathlib import Path", "Path(__file__).parent / 'inner' / 'limits.py'"),
        "inner__limits": LIMIT,
    },
    "a package's module": {
        "rewards": REWARD.format("from inner.limits import LIMIT", ""),
        "inner__init": "",
        "inner__limits": LIMIT,
    },
    "a package": {"rewards": REWARD.format("from inner import limit", ""), "inner__init": "limit = {}\n"},
    "a package above": {
        "rewards": REWARD.format("from inner.helpers import x", ""),
        "inner__init": LIMIT,
        "inner__helpers": "x = 1",
    },
    "relative": {
        "rewards": REWARD.format("from inner import helpers", ""),
        "inner__init": "",
        "inner__helpers": "from . import limits\nfrom .limits import LIMIT",
        "inner__limits": LIMIT,
    },
    "relative, from above": {
        "rewards": REWARD.format("from inner.deep.helpers import LIMIT", ""),
        "inner__init": "",
        "inner__deep__init": "",
        "inner__deep__helpers": "from ..limits import LIMIT",
        "inner__limits": LIMIT,
    },
    "found by being there": {
        "rewards": REWARD.format("import pkgutil, checks", "[*pkgutil.iter_modules(checks.__path__)]"),
        "checks__init": "",
        "checks__limits": LIMIT,
    },
    "registered by its package": {
        "rewards": REWARD.format("from checks.catalogue import known", ""),
        "checks__init": "from checks import limits",
        "checks__catalogue": "known = []",
        "checks__limits": LIMIT,
    },
    "a lazy package": {
        "rewards": REWARD.format("from lazy import LIMIT", ""),
        "lazy__init": """
            from importlib import import_module
            HOMES = {{"limits": "LIMIT", "others": "OTHER"}}
            def __getattr__(name):
                home = next(home for home, names in HOMES.items() if name in names.split())
                return getattr(import_module(f"lazy.{{home}}"), name)
        """,
        "lazy__limits": LIMIT,
        "lazy__others": "OTHER = 1",
    },
    "another reward by name": {
        "rewards": REWARD.format("from rlvr import get_reward; import limits", "get_reward('shop.limit')"),
        "limits": """
            from rlvr import reward
            @reward("shop.limit")
            def limit(sample):
                return {}
        """,
    },
}


@pytest.mark.parametrize("files", REACHED.values(), ids=REACHED)
def test_a_change_in_a_local_module_changes_the_identity(shop, files):
    def identity(number, more=""):
        made = {
            name: textwrap.dedent(source).replace("{}", number).replace("{{", "{") for name, source in files.items()
        }
        shop.write(**{name: source.replace("}}", "}") for name, source in made.items()})
        for path in shop.path.rglob("*.py"):
            path.write_text(more + path.read_text())
        return shop.identity()

    first = identity("0.25")
    assert identity("0.5") != first
    assert identity("0.25") == first
    assert identity("0.25", "# a comment\n'''Words.'''\n\n") == first


def test_what_is_not_imported_does_not_count(shop):
    source = """
        from typing import TYPE_CHECKING
        from rlvr import reward
        if TYPE_CHECKING:
            from kinds import Kind

        @reward("shop.price")
        def price(sample):
            '''Words.'''
            return 1.0
    """
    first = shop.write(rewards=source, kinds="Kind = int", other="X = 1").identity()
    assert shop.write(kinds="Kind = str", other="X = 2").identity() == first
    assert shop.write(rewards=source.replace("Words", "Other words")).identity() == first
    assert shop.write(rewards=source.replace("1.0", "0.5")).identity() != first


def test_a_cache_file_does_not_outlive_a_helper(shop):
    source = """
        from rlvr import reward

        TOLERANCE = 0.0

        def close(one, other):
            return abs(float(one) - float(other)) <= TOLERANCE

        @reward("shop.price", cache=True)
        def price(sample):
            return close(sample.answer, sample.reference)
    """

    def score():
        with Scorer(shop.fresh(), cache=shop.path / "c.db") as scorer:
            scorer.score([Sample("12.4", reference="12")])
            return scorer.score([Sample("12.4", reference="12")])[0].score

    shop.write(rewards=source)
    assert score() == 0.0
    shop.write(rewards=source.replace("TOLERANCE = 0.0", "TOLERANCE = 0.5"))
    assert score() == 1.0
    shop.write(rewards=source.replace("<= TOLERANCE", "< TOLERANCE"))
    assert score() == 0.0


def test_where_a_file_lies_and_how_it_is_loaded_does_not_count(shop, monkeypatch):
    shop.write(shop__init="", shop__rewards=REWARD.format("from .limits import LIMIT", ""), shop__limits="LIMIT = 1\n")
    shutil.copytree(shop.path / "shop", shop.path / "elsewhere" / "shop")
    monkeypatch.syspath_prepend(str(shop.path))
    imported = shop.identity("shop.rewards:price")
    monkeypatch.syspath_prepend(str(shop.path / "elsewhere"))
    assert shop.identity("shop.rewards:price") == imported
    shop.write(elsewhere__shop__limits="LIMIT = 2\n")
    assert shop.identity("shop.rewards:price") != imported


def test_neighbours_are_told_apart_by_their_names(shop):
    shop.write(rewards=REWARD.format("import one, two", ""), one="X = 1\n", two="X = 2\n")
    first = shop.identity()
    assert shop.write(one="X = 2\n", two="X = 1\n").identity() != first


def test_data_files_and_values_are_named(shop):
    source = """
        from pathlib import Path
        from rlvr import reward

        @reward("shop.price", depends=[Path(__file__).with_name("prices.json"), Path(__file__).with_name("more")])
        def price(sample):
            return 1.0
    """
    shop.write(rewards=source)
    found = [shop.identity()]
    for name, text in (("prices.json", "1"), ("prices.json", "2"), ("more/a", "1"), ("more/b", "1"), ("more/b", "2")):
        path = shop.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        found.append(shop.identity())
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(("module", "distribution"), [("shop_kit", "shop_kit"), ("shop_kit", "Kit-for.shops")])
def test_installed_packages_count_by_version(shop, monkeypatch, module, distribution):
    site = shop.path / "site-packages"
    shop.write(rewards=REWARD.format(f"from {module} import x", ""))
    monkeypatch.syspath_prepend(str(site))

    def identity(version, source):
        shutil.rmtree(site, ignore_errors=True)
        record = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        record.mkdir(parents=True)
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (record / "RECORD").write_text(f"{module}/__init__.py,,\n")
        (site / module).mkdir()
        (site / module / "__init__.py").write_text(source)
        version_of.cache_clear()
        made = made_of([shop.fresh().function])
        assert f"{module} {version}" in made.versions
        return made.hash

    first = identity("1.0", "x = 1\n")
    assert identity("1.0", "x = 2\n") == first
    assert identity("1.1", "x = 2\n") != first
    version_of.cache_clear()


def test_a_reward_that_is_installed_counts_with_its_package(shop, monkeypatch):
    folder = "site-packages__shopping"
    shop.write(**{f"{folder}__init": "", f"{folder}__price": REWARD.format("from shopping.limits import LIMIT", "")})
    monkeypatch.syspath_prepend(str(shop.path / "site-packages"))
    shop.write(**{f"{folder}__limits": "LIMIT = 1\n"})
    first = shop.identity("shopping.price:price")
    shop.write(**{f"{folder}__limits": "LIMIT = 2\n"})
    assert shop.identity("shopping.price:price") != first


def test_what_is_typed_into_an_interpreter_counts_with_what_it_uses():
    def identity(source):
        scope = {}
        exec(textwrap.dedent(source), scope)
        return Reward(scope["price"], RewardSpec("shop.price")).identity

    source = """
        LIMIT = 3
        def helper(text):
            return len(text) < LIMIT
        def price(sample):
            '''Words.'''
            return helper(sample.completion)
        def other():
            return 1
    """
    first = identity(source)
    assert identity(source.replace("LIMIT = 3", "LIMIT = 4")) != first
    assert identity(source.replace("< LIMIT", "> LIMIT")) != first
    assert identity(source.replace("Words", "Others").replace("return 1", "return 2")) == first


def test_defaults_and_what_a_factory_closes_over_tell_rewards_of_a_file_apart():
    def made(limit):
        return Reward(lambda sample: len(sample.completion) < limit, RewardSpec("shop.price")).identity

    def by_default(limit):
        def price(sample, limit=limit):
            return len(sample.completion) < limit

        return Reward(price, RewardSpec("shop.price")).identity

    assert made(1) == made(1) != made(2)
    assert by_default(1) == by_default(1) != by_default(2)


def test_a_path_that_is_closed_over_is_a_name_and_no_data(tmp_path):
    log = tmp_path / "log"

    def price(sample):
        return log.exists()

    before = made_of([price]).hash
    log.write_text("one call")
    assert made_of([price]).hash == before
    assert made_of([price, [log]]).hash != made_of([price, [tmp_path]]).hash


def test_instances_count_by_their_class_and_state():
    class Price:
        def __init__(self, limit):
            self.limit = limit

        def __call__(self, sample):
            return 1.0

    values = Values()
    assert values.text(Price(1)) == values.text(Price(1)) != values.text(Price(2))
    assert [path.name for path in values.files] == ["test_own.py"]
    assert values.text(Price(1).__call__) != values.text(Price(2).__call__)


def test_workers_take_the_identity_over_where_no_file_has_changed(shop, monkeypatch):
    source = """
        from rlvr import reward
        import limits

        @reward("shop.price", isolate="process", cache=False)
        def price(sample):
            return limits.LIMIT
    """
    shop.write(shop_rewards=source, limits="LIMIT = 0.25\n")
    monkeypatch.syspath_prepend(str(shop.path))
    price = shop.fresh("shop_rewards:price")

    def verdict():
        with Scorer(price, workers=1, max_error_rate=1.0) as scorer:
            return scorer.score([Sample("a")])[0]

    assert verdict().score == 0.25
    os.utime(shop.path / "limits.py", ns=(1, 1))  # the same to the letter, but who knows that
    assert verdict().score == 0.25
    shop.write(limits="LIMIT = 0.5\n")
    assert "its source changed after the run began" in verdict().explanation
