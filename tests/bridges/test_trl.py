"""Our rewards in TRL, and TRL's functions here; its own trainer is in test_trl_trainer.py."""

import pickle

import pytest

from rlvr import Message, Sample, Status, batch_reward, gate, get_reward, group_reward, reward
from rlvr.bridges import as_trl, from_trl
from rlvr.bridges.unreferenced import UnreferencedSample
from rlvr.errors import ErrorBudgetError, RewardDefinitionError
from rlvr.scoring import Scorer

NUMBER, FORMAT = get_reward("math.final_number"), get_reward("text.format")


def test_a_composition_in_trl_reads_messages_and_columns():
    seen = []

    @reward("t.seen")
    def look(sample):
        seen.append(sample)
        return sample.completion == sample.reference

    function = gate(look, then=NUMBER).as_trl(reference="solution")
    prompts = [[{"role": "user", "content": "1+1="}]] * 2
    completions = [[{"role": "assistant", "content": text}] for text in ("2", "x")]
    columns = {"solution": ["2", "2"], "level": [1, 2], "completion_ids": [[5], [6, 7]], "trainer_state": object()}
    assert function(prompts=prompts, completions=completions, **columns) == [1.0, 0.0]
    assert function.__name__ == "gate(t.seen, then=math.final_number)"
    assert seen[1].prompt == (Message("user", "1+1="),)
    assert (seen[1].data, seen[1].n_tokens) == ({"level": 2}, 2)
    with pytest.raises(KeyError, match="no column `solution`"):
        function(prompts=["p"], completions=["c"], answer=["2"])


def test_what_cannot_be_scored_is_none_in_trl():
    @reward("t.half")
    def half(sample):
        return 1.0 if sample.completion == "a" else 1 / 0

    function = half.as_trl()
    assert function(prompts=["p"] * 51, completions=[*"a" * 50, "b"]) == [*[1.0] * 50, None]
    with pytest.raises(ErrorBudgetError, match="division by zero"):
        function(prompts=["p"] * 20, completions=["b"] * 20)


@pytest.mark.parametrize(
    ("made", "prompt", "completion", "score"),
    [
        (NUMBER, "6*7=\n<think>\n", "Perhaps 42", 0.0),
        (NUMBER, "6*7=\n<think>\n", "Perhaps 41</think>42", 1.0),
        (NUMBER, "6*7=", "Perhaps 42", 1.0),
        (NUMBER, "Begin with <think> if you like. 6*7=", "Perhaps 42", 1.0),
        (FORMAT, "2+2?<think>\n", "First.\n</think>\n<answer>4</answer>", 1.0),
        (FORMAT, "2+2?", "First.\n</think>\n<answer>4</answer>", 0.0),
        (NUMBER, [{"role": "user", "content": "6*7="}, {"role": "assistant", "content": "<think>"}], "Perhaps 42", 0.0),
        (NUMBER, [{"role": "user", "content": "6*7="}], "Perhaps 42", 1.0),
    ],
)
def test_a_completion_begins_where_the_prompt_ends(made, prompt, completion, score):
    given = completion if isinstance(prompt, str) else [{"role": "assistant", "content": completion}]
    assert made.as_trl(reference="s")(prompts=[prompt], completions=[given], s=["42"]) == [score]


class Tokenizer:
    """A chat template that opens the reasoning block unless told otherwise, as Qwen3's."""

    def apply_chat_template(self, messages, *, tokenize, add_generation_prompt, enable_thinking=True):
        text = "".join(f"<|{message['role']}|>{message['content']}" for message in messages)
        return f"{text}<|assistant|>{'<think>' if enable_thinking else ''}\n"


def test_of_a_chat_the_template_knows_whether_reasoning_is_open():
    prompts, completions = [[{"role": "user", "content": "6*7="}]], [[{"role": "assistant", "content": "Perhaps 42"}]]
    opened = as_trl(NUMBER, reference="s", tokenizer=Tokenizer())
    plain = as_trl(NUMBER, reference="s", tokenizer=Tokenizer(), enable_thinking=False)
    assert opened(prompts=prompts, completions=completions, s=["42"]) == [0.0]
    assert plain(prompts=prompts, completions=completions, s=["42"]) == [1.0]
    # TRL takes the reasoning out of a completion where the tokenizer can parse it.
    parsed = [[{"role": "assistant", "reasoning_content": "Perhaps 41", "content": "42"}]]
    assert opened(prompts=prompts, completions=parsed, s=["42"]) == [1.0]
    assert plain(prompts=prompts, completions=parsed, s=["42"]) == [1.0]


def overlong(sample):
    return -min(1.0, len(sample.completion) / 100)


def hidden(sample):
    try:
        return float(sample.reference == sample.answer)
    except Exception:  # noqa: BLE001 - as authors do
        return 0.0


async def overlong_later(sample):
    return overlong(sample)


async def hidden_later(sample):
    return hidden(sample)


@pytest.mark.parametrize("isolate", ["inline", "process"])
@pytest.mark.parametrize("form", ["plain", "async", "batch", "group", "composition"])
def test_only_a_reward_that_reads_the_reference_needs_its_column(form, isolate):
    def made(function, later, name):
        settings = {"isolate": isolate, "range": (-1.0, 1.0)}
        if form in ("batch", "group"):
            declare = batch_reward if form == "batch" else group_reward
            return declare(name, **settings)(lambda samples: [function(sample) for sample in samples])
        one = reward(name, **settings)(later if form == "async" else function)
        return 0.5 * one + 0.5 * FORMAT if form == "composition" else one

    prompts, completions = ["a"] * 3, ["b" * 50, "b", "b"]
    weight = 0.5 if form == "composition" else 1.0
    free = made(overlong, overlong_later, "t.overlong").as_trl()
    assert free(prompts=prompts, completions=completions, level=[1, 2, 3]) == [
        -0.5 * weight,
        -0.01 * weight,
        -0.01 * weight,
    ]
    needy = made(hidden, hidden_later, "t.hidden")
    with pytest.raises(KeyError, match=r"no column `reference`.*reads the reference.*columns: level"):
        needy.as_trl()(prompts=prompts, completions=completions, level=[1, 2, 3])
    assert needy.as_trl(reference=None)(prompts=prompts, completions=completions) == [0.0] * 3


def test_a_sample_without_a_reference_is_a_sample():
    sample = UnreferencedSample("<think>x</think>4", None, "2 + 2 =", {"level": 1}, True, 3, id="a", group="b")
    copy = pickle.loads(pickle.dumps(sample))
    assert type(copy) is UnreferencedSample
    assert (copy.answer, copy.prompt, copy.data, copy.truncated, copy.n_tokens) == (
        "4",
        "2 + 2 =",
        {"level": 1},
        True,
        3,
    )
    assert (copy.id, copy.group) == ("a", "b")
    assert copy.seen() == sample.seen() != Sample("<think>x</think>4", None, "2 + 2 =", {"level": 1}, True, 3).seen()


def test_verdicts_go_into_trls_table_and_metrics():
    columns, metrics = {}, {}
    scored = [0.5 * NUMBER + 0.5 * FORMAT, get_reward("text.length")]
    for made in scored:
        made.as_trl()(
            prompts=["2+2?"] * 2,
            completions=["<think>x</think><answer>4</answer>", "5"],
            reference=["4", "4"] if made is scored[0] else [{"max": 1}] * 2,
            log_extra=columns.setdefault,
            log_metric=metrics.setdefault,
        )
    both = scored[0].name
    assert columns[f"{both}/explanation"][1] != columns[f"{both}/explanation"][0]
    assert "5 is not 4" in columns[f"{both}/explanation"][1]
    assert set(columns) == {f"{made.name}/{what}" for made in scored for what in ("explanation", "extracted")}
    assert (metrics[f"{both}/math.final_number"], metrics[f"{both}/text.format"]) == (0.5, 0.5)
    assert metrics[f"{both}/unscored"] == 0.0
    assert any(name.startswith("text.length/") for name in metrics.keys() - {"text.length/unscored"})


def test_what_has_no_score_is_counted_in_trl():
    @reward("t.abstains")
    def abstains(sample):
        from rlvr import Verdict

        return Verdict.unscored(Status.ABSTAINED, "no case") if sample.completion == "a" else 1.0

    columns, metrics = {}, {}
    function = abstains.as_trl()
    told = {"log_extra": columns.setdefault, "log_metric": metrics.setdefault}
    assert function(prompts=["p"] * 4, completions=[*"abbb"], **told) == [None, 1.0, 1.0, 1.0]
    assert metrics == {"t.abstains/unscored": 0.25}
    assert columns["t.abstains/explanation"] == ["no case", "", "", ""]


def matches(prompts, completions, solution, level=None, log_extra=None, log_metric=None, **kwargs):
    assert len(prompts) == len(completions) == len(solution)
    if log_extra:
        log_extra("level", level)
    if log_metric:
        log_metric("mean length", sum(map(len, completions)) / len(completions))
    return [None if text == "skip" else float(text == end) for text, end in zip(completions, solution, strict=True)]


def test_a_function_of_trls_is_a_reward():
    made = from_trl(matches, "t.matches")
    samples = [Sample(text, "42", data={"level": i}) for i, text in enumerate(("42", "41", "skip"))]
    with Scorer(made, workers=1) as scorer:
        right, wrong, skipped = scorer.score(samples)
    assert (right.score, wrong.score, skipped.status) == (1.0, 0.0, Status.ABSTAINED)
    assert (right.explanation, wrong.explanation, skipped.explanation) == ("level: 0", "level: 1", "level: 2")
    assert right.metrics == {"mean length": pytest.approx(8 / 3)}


def test_a_function_of_trls_gets_what_it_has_arguments_for():
    def short(completions, limit):
        return [float(len(text) < most) for text, most in zip(completions, limit, strict=True)]

    assert from_trl(short, "t.short", isolate="inline").check("abc", data={"limit": 4, "level": 1}).score == 1.0
    missing = from_trl(short, "t.missing", isolate="inline").check("abc")
    assert "missing 1 required positional argument: 'limit'" in missing.explanation

    async def later(completions, **kwargs):
        return [float(completion[0]["content"] == "a") for completion in completions]

    made = from_trl(later, "t.later", isolate="inline")
    assert made.is_async
    assert made.check("a", prompt=(Message("user", "Say a."),)).score == 1.0
    assert from_trl(later, "t.chat", isolate="inline", conversational=True).check("a", prompt="Say a.").score == 1.0


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (lambda completions, **kwargs: 1.0, "returned float"),
        (lambda completions, **kwargs: {0: 1.0}, "returned dict"),
        (lambda completions, **kwargs: [1.0, 1.0], "returned 2 verdicts for 1 samples"),
        (lambda completions, **kwargs: ["1.0"], "returned str"),
        (lambda completions, **kwargs: [7.0], "outside the declared range"),
        (lambda completions, **kwargs: 1 / 0, "(<lambda>, test_trl.py:"),
    ],
)
def test_what_a_function_of_trls_returns_is_checked(returned, said):
    verdict = from_trl(returned, "t.wrong", isolate="inline").check("x")
    assert verdict.status is Status.ERROR
    assert said in verdict.explanation


def test_a_function_that_needs_the_trainer_is_refused():
    def shaped(completions, trainer_state, **kwargs): ...

    def repeated(completion_ids, **kwargs): ...

    with pytest.raises(
        RewardDefinitionError, match=r"shaped\(completions, trainer_state, \*\*kwargs\).*`trainer_state`"
    ):
        from_trl(shaped, "t.shaped")
    with pytest.raises(RewardDefinitionError, match="`completion_ids`"):
        from_trl(repeated, "t.repeated")


def test_there_and_back_again():
    back = from_trl(NUMBER.as_trl(reference="solution"), "t.back", isolate="inline")
    for text, score in (("so 42", 1.0), ("41", 0.0)):
        verdict = back.check(text, reference="42")
        assert (verdict.score, verdict.explanation != "") == (score, True)
