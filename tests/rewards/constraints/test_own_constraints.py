"""A constraint of one's own: written once, asked for in chat and in translation, known by file or by package."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from rlvr import Sample, get_reward, registered
from rlvr.errors import DataError, MissingDependencyError, RewardDefinitionError
from rlvr.rewards.constraints import Outcome, catalogue, constraint, extend, follow
from rlvr.rewards.constraints.catalogue import find
from rlvr.rewards.constraints.commands import command
from rlvr.rewards.constraints.wording import describe
from rlvr.scoring import Scorer

OWN = """
from rlvr.rewards.constraints import Answer, Outcome, constraint, extend, follow
from rlvr.rewards.translation import follow as translation_follow


@constraint("house:greeting", "Begin with {word}.")
def greeting(answer: Answer, word: str) -> Outcome:
    return Outcome(answer.text.startswith(word), f"it begins with {answer.text[:6]!r}")


@constraint("house:shorter", "Be shorter than the source.")
def shorter(answer: Answer) -> Outcome:
    return Outcome(len(answer.text) < len(answer.original.text), f"{len(answer.text)} characters")


chat = extend(follow, "house.chat", greeting)
translation = extend(translation_follow, "house.translation", greeting, shorter)
"""
ASKED = {"instruction_id_list": ["house:greeting", "punctuation:no_comma"], "kwargs": [{"word": "Liebe"}, {}]}
TASK = {
    "source": "Dear friends, the house is red and the garden is large.",
    "source_language": "en",
    "target_language": "de",
    "constraints": [{"id": "house:greeting", "word": "Liebe"}, {"id": "house:shorter"}, {"id": "output:only"}],
}
RIGHT = "Liebe Freunde, das Haus ist rot und der Garten groß."


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Writes files of the user's, whose constraints and modules are gone afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    catalogue.known()
    checks, own, before = dict(catalogue._CHECKS), dict(catalogue._OWN), set(sys.modules)

    def write(name, source=OWN):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return path

    yield write
    catalogue._CHECKS.clear()
    catalogue._CHECKS.update(checks)
    catalogue._OWN.clear()
    catalogue._OWN.update(own)
    catalogue._load_packages.cache_clear()
    for name in set(sys.modules) - before:
        if name.startswith(("rlvr_file_", "house")):
            del sys.modules[name]


@pytest.fixture
def package(files, tmp_path, monkeypatch):
    """Installs a package that declares constraints, so that this process and its children find it."""

    def install(source, module="house_constraints"):
        files(f"{module}.py", source)
        meta = tmp_path / f"{module}-1.0.dist-info"
        meta.mkdir()
        (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (meta / "entry_points.txt").write_text(f"[rlvr.constraints]\nhouse = {module}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", ""))))
        catalogue._load_packages.cache_clear()
        return tmp_path / f"{module}.py"

    return install


def test_a_file_brings_constraints_to_both_rewards_in_worker_processes(files):
    path = files("checks.py")
    chat, translation = (get_reward(f"{path}:{name}") for name in ("chat", "translation"))
    text = "Liebe Gäste: der Garten liegt hinter dem alten Haus und bleibt am Abend lange hell."
    with Scorer(chat) as scorer:
        good, bad = scorer.score([Sample(t, reference=ASKED) for t in (text, text.replace("Liebe", "Werte"))])
    with Scorer(translation) as scorer:
        answers = (RIGHT, RIGHT.replace("Liebe", "Hallo"))
        right, wrong = scorer.score([Sample(answer, reference=RIGHT, data=TASK) for answer in answers])
    assert good.score == 1.0
    assert (bad.score, bad.metrics["strict/house:greeting"]) == (0.0, 0.0)
    assert "it begins with 'Werte '" in bad.explanation
    assert right.score == 1.0
    assert right.metrics == {"house:greeting": 1.0, "house:shorter": 1.0, "output:only": 1.0}
    assert wrong.score == 0.5


def test_the_command_line_judges_with_a_file(files, tmp_path):
    files("checks.py")
    rows = [{"completion": RIGHT, "reference": RIGHT, "data": TASK}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from rlvr.cli import main; main()",
            "score",
            "checks.py:translation",
            "rows.jsonl",
            "--out",
            "out.jsonl",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out.jsonl").read_text())["verdict"]["score"] == 1.0


def test_the_identity_changes_with_the_constraint(files, tmp_path):
    one = get_reward(f"{files('a/checks.py')}:chat")
    same = get_reward(f"{files('b/checks.py')}:chat")
    other = get_reward(f"{files('c/checks.py', OWN.replace('startswith', 'endswith'))}:chat")
    assert one.identity == same.identity != other.identity
    first = one.identity.partition("+")[2]
    assert find("keywords:existence").kinds  # whatever was asked of a constraint
    one.check("x", reference=ASKED)
    assert get_reward(f"{files('d/checks.py')}:chat").identity.partition("+")[2] == first


def test_two_files_may_use_one_id_each_in_its_own_rewards(files):
    one = get_reward(f"{files('a/checks.py')}:chat")
    other = get_reward(f"{files('b/checks.py', OWN.replace('startswith', 'endswith'))}:chat")
    data = {"gate": False}
    assert one.check("Liebe", reference=ASKED, data=data).score == 1.0
    assert one.check("Zu Liebe", reference=ASKED, data=data).score == 0.0
    assert other.check("Zu Liebe", reference=ASKED, data=data).score == 1.0
    with pytest.raises(DataError, match=r"Several files have a check `house:greeting`: .*a/checks\.py, .*b/checks\.py"):
        find("house:greeting")


def test_prompts_can_state_it(files):
    get_reward(f"{files('checks.py')}:chat")
    assert describe(find("house:greeting"), {"word": "Dear"}) == "Begin with Dear."
    with pytest.raises(DataError, match="There are no words for `house:greeting` in `de`"):
        describe(find("house:greeting"), {"word": "Dear"}, "de")


def test_without_a_source_the_error_says_so(files):
    get_reward(f"{files('checks.py')}:chat")
    asked = {"instruction_id_list": ["house:shorter"], "kwargs": [{}]}
    verdict = follow.check("Hello.", reference=asked, data={"gate": False})
    assert verdict.status == "error"
    assert "The task has no `data.source`" in verdict.explanation


JUDGED = f"""
import json
from rlvr import Sample, get_reward
from rlvr.scoring import Scorer

chat, translation = get_reward("instructions.follow"), get_reward("mt.follow")
asked = {{"instruction_id_list": ["house:polite"], "kwargs": [{{}}]}}
data = {{**{TASK!r}, "constraints": [{{"id": "house:polite"}}]}}
with Scorer(chat) as scorer:
    (one,) = scorer.score([Sample("please", reference=asked, data={{"gate": False}})])
with Scorer(translation) as scorer:
    (other,) = scorer.score([Sample("{RIGHT} please", reference="{RIGHT}", data=data)])
print(json.dumps([one.score, other.score, chat.identity, translation.identity]))
"""


def test_a_package_brings_constraints_to_the_rewards_of_rlvr(package, tmp_path):
    def judge():
        done = subprocess.run([sys.executable, "-c", JUDGED], capture_output=True, text=True, check=True, cwd=tmp_path)
        return json.loads(done.stdout)

    without = judge()
    path = package("""
        from rlvr.rewards.constraints import Answer, Outcome, constraint

        @constraint("house:polite", "Say please.")
        def polite(answer: Answer) -> Outcome:
            return Outcome("please" in answer.text, "said")
        """)
    assert find("house:polite").description == "Say please."
    first = judge()
    path.write_text(path.read_text().replace('"please" in', '"Please" in'))
    second = judge()
    assert (without[:2], first[:2], second[:2]) == ([None, None], [1.0, 1.0], [0.0, 0.0])
    for identities in zip(without[2:], first[2:], second[2:], strict=True):
        assert len(set(identities)) == 3


@pytest.mark.parametrize("own", ["keywords:existence", "house:polite"])
def test_an_id_that_is_taken_is_refused(files, package, own):
    package("""
        from rlvr.rewards.constraints import Answer, Outcome, constraint

        @constraint("house:polite", "Say please.")
        def polite(answer: Answer) -> Outcome:
            return Outcome("please" in answer.text, "said")
        """)
    path = files("checks.py", OWN.replace("house:greeting", own))
    with pytest.raises(RewardDefinitionError, match=re.escape(f"`{own}` is already the id of ")) as raised:
        get_reward(f"{path}:chat")
    assert "Begin the ids of your own" in str(raised.value)


def test_a_package_that_cannot_be_imported_is_named(package):
    package("import no_such_module_anywhere")
    assert find("keywords:existence").id == "keywords:existence"  # which needs no package
    with pytest.raises(MissingDependencyError, match="`house` are declared by house_constraints"):
        find("house:polite")


def test_what_is_no_constraint_cannot_be_lent():
    def check(answer: str) -> Outcome:
        return Outcome(True, answer)

    with pytest.raises(RewardDefinitionError, match="is no constraint"):
        extend(follow, "house.none", check)
    with pytest.raises(RewardDefinitionError, match="no constraint of its own"):
        extend(follow, "house.none")


def test_arguments_need_types():
    @constraint("house:untyped", "Say {word}.")
    def untyped(answer, word):
        return Outcome(word in answer.text, "said")

    try:
        with pytest.raises(RewardDefinitionError, match="of which type `word` is"):
            find("house:untyped").bind({"word": "x"})
    finally:
        del catalogue._OWN[__name__]


def test_names_of_rewards_belong_to_their_file(files):
    path = files("checks.py")
    assert get_reward(f"{path}:chat") is get_reward("house.chat")
    assert "house.chat" not in registered.by_name
    assert Path(path).is_file()


def test_one_verb_lists_it_beside_the_others(files):
    path = files("checks.py")
    done = CliRunner().invoke(command, ["list", "house", "--reward", f"{path}:chat", "--json"])
    greeting, shorter = json.loads(done.stdout)
    assert greeting == {
        "id": "house:greeting",
        "arguments": {"word": "a text"},
        "asks": "Begin with {word}.",
        "source": True,
        "readings": ["fixed"],
    }
    assert shorter["id"] == "house:shorter"
    shown = CliRunner().invoke(command, ["list", "keywords:exist"]).stdout
    assert "keywords:existence  keywords: a list, nonempty: a text each" in shown
    assert "looks at the answer; readings: fixed, ifeval, ifbench, ifevalg, multi-if" in shown
    assert "house" not in CliRunner().invoke(command, ["list", "numbers"]).stdout
