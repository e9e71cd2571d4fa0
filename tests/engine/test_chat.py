"""What of a chat is learned, token by token, through the templates of several families."""

import copy

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from rlvr.engine.policy.model import stop_ids, turn_end
from rlvr.engine.rollout.chat import encode_chat, render_chat
from rlvr.engine.rollout.prompts import encode_demonstration, encode_task
from rlvr.errors import DataError, ModelError
from rlvr.sample import Message, Task

GEMMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}\
{{ raise_exception('System role not supported') }}{% endif %}\
{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate') }}{% endif %}\
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}\
{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"""
CHATML = """{% for message in messages %}\
{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}\
{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""
MARKED = """{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}\
{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}\
{{ '\n' }}{% else %}\
{{ message['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""
BARE = """{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"""
# Earlier answers lose their reasoning, as Qwen 3's do.
FORGETFUL = """{% for message in messages %}{% set text = message['content'] %}\
{% if message['role'] == 'assistant' and not loop.last %}{% set text = text.split('</think>')[-1] %}{% endif %}\
{{ '<|im_start|>' + message['role'] + '\n' + text + '<|im_end|>\n' }}\
{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

SPECIAL = ["<start_of_turn>", "<end_of_turn>", "<|im_start|>", "<|im_end|>"]
CHAT = [Message("user", "Hi?"), Message("assistant", "Yes."), Message("user", "So?"), Message("assistant", "No!")]


@pytest.fixture
def with_template(tokenizer):
    """The character tokenizer with special tokens of chats, and a template."""

    def made(template):
        own = copy.deepcopy(tokenizer)
        own.add_special_tokens({"additional_special_tokens": SPECIAL})
        own.chat_template = template
        return own

    return made


@pytest.fixture(scope="module")
def merging():
    """Bytes with merges: two line breaks are one token, and so is a space with the letter behind it."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=270,
        special_tokens=["<eos>", *SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(["\n\n\n\n No No No"] * 9, trainer)
    own = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", additional_special_tokens=SPECIAL)
    assert len(own("\n\n")["input_ids"]) == 1
    return own


def shown(tokenizer, encoded):
    """Tokens with those that are learned in brackets."""
    tokens = tokenizer.convert_ids_to_tokens(encoded.ids.tolist())
    return "".join(f"[{token}]" if on else token for token, on in zip(tokens, encoded.learned, strict=True))


CHATML_SHOWN = (
    "<|im_start|>user\nHi?<|im_end|>\n<|im_start|>assistant\n[Y][e][s][.][<|im_end|>]\n"
    "<|im_start|>user\nSo?<|im_end|>\n<|im_start|>assistant\n[N][o][!][<|im_end|>]\n"
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            GEMMA,
            "<bos><start_of_turn>user\nHi?<end_of_turn>\n<start_of_turn>model\n[Y][e][s][.][<end_of_turn>]\n"
            "<start_of_turn>user\nSo?<end_of_turn>\n<start_of_turn>model\n[N][o][!][<end_of_turn>]\n",
        ),
        (CHATML, CHATML_SHOWN),
        (MARKED, CHATML_SHOWN),
        (BARE, "user: Hi?\nassistant: [Y][e][s][.][\n]user: So?\nassistant: [N][o][!][\n][<eos>]"),
    ],
    ids=["gemma", "chatml", "marked", "bare"],
)
def test_what_the_assistant_says_is_learned_and_the_end_of_its_turns(with_template, template, expected):
    tokenizer = with_template(template)
    assert shown(tokenizer, encode_chat(tokenizer, CHAT)) == expected


@pytest.mark.parametrize("template", [CHATML, MARKED], ids=["prefixes", "marks"])
def test_the_last_turn_alone(with_template, template):
    tokenizer = with_template(template)
    found = shown(tokenizer, encode_chat(tokenizer, CHAT, last_turn=True))
    assert found == CHATML_SHOWN.replace("[Y][e][s][.][<|im_end|>]", "Yes.<|im_end|>")


def test_what_comes_behind_the_last_answer_is_left_out(with_template):
    tokenizer = with_template(CHATML)
    assert shown(tokenizer, encode_chat(tokenizer, [*CHAT, Message("user", "Oh.")])) == CHATML_SHOWN


def test_the_ids_are_those_of_the_rendered_text(with_template):
    for template in (GEMMA, CHATML, MARKED):
        tokenizer = with_template(template)
        text = render_chat(tokenizer, CHAT, open_turn=False)
        assert encode_chat(tokenizer, CHAT).ids.tolist() == tokenizer(text, add_special_tokens=False)["input_ids"]


def test_a_template_without_a_system_role_gets_the_system_message_with_the_first_question(with_template):
    tokenizer = with_template(GEMMA)
    chat = [Message("system", "Be brief."), *CHAT[:2]]
    expected = "<bos><start_of_turn>user\nBe brief.\n\nHi?<end_of_turn>\n<start_of_turn>model\n"
    assert render_chat(tokenizer, chat[:2], open_turn=True) == expected
    assert shown(tokenizer, encode_chat(tokenizer, chat)) == f"{expected}[Y][e][s][.][<end_of_turn>]\n"
    # Prompts of tasks go the same way: what is asked in training is what was learned.
    assert encode_task(tokenizer, Task(tuple(chat[:2])), 99).ids == tuple(
        tokenizer(expected, add_special_tokens=False)["input_ids"]
    )
    assert render_chat(with_template(CHATML), chat[:1], open_turn=False).startswith("<|im_start|>system\nBe brief.")


def test_a_merge_over_the_seam_is_cut_as_the_model_will_meet_it(merging):
    """The prompt ends in a line break and the answer begins with one; in the whole text they would be one token."""
    merging.chat_template = CHATML
    chat = [Message("user", "?"), Message("assistant", "\nNo")]
    encoded = encode_chat(merging, chat)
    prompt = merging(render_chat(merging, chat[:1], open_turn=True), add_special_tokens=False)["input_ids"]
    assert encoded.ids[: len(prompt)].tolist() == prompt
    assert not encoded.learned[: len(prompt)].any()
    assert merging.decode(encoded.ids[encoded.learned]) == "\nNo<|im_end|>"
    assert merging.decode(encoded.ids) == render_chat(merging, chat, open_turn=False)


def test_a_template_that_rewrites_earlier_turns_is_refused_unless_the_last_is_asked_for(with_template):
    tokenizer = with_template(FORGETFUL)
    chat = [
        CHAT[0],
        Message("assistant", "<think>hm</think>Yes."),
        CHAT[2],
        Message("assistant", "<think>so</think>No!"),
    ]
    with pytest.raises(DataError, match=r"writes a turn differently once others follow it \(message 2\)") as caught:
        encode_chat(tokenizer, chat, name="chats.jsonl:7")
    assert "turns: last" in caught.value.hint
    assert caught.value.message.startswith("chats.jsonl:7")
    found = shown(tokenizer, encode_chat(tokenizer, chat, last_turn=True))
    assert found.endswith("[<][t][h][i][n][k][>][s][o][<][/][t][h][i][n][k][>][N][o][!][<|im_end|>]\n")
    assert "hm" not in found


def test_a_chat_that_the_template_refuses_names_its_row(with_template):
    with pytest.raises(DataError, match=r"a\.jsonl:3: the model's chat template refuses it: .*alternate"):
        encode_chat(with_template(GEMMA), [CHAT[0], CHAT[0], CHAT[1]], name="a.jsonl:3")
    with pytest.raises(DataError, match="the assistant says nothing"):
        encode_chat(with_template(GEMMA), CHAT[:1])
    with pytest.raises(ModelError, match="no chat template"):
        encode_chat(with_template(None), CHAT)


def test_the_end_of_a_turn_ends_a_completion(with_template, model_dir):
    """Gemma's base models list their end of text only."""
    tokenizer = with_template(GEMMA)
    end = tokenizer.convert_tokens_to_ids("<end_of_turn>")
    assert turn_end(tokenizer) == (end,)
    assert stop_ids(model_dir, tokenizer) == (2, end)
    assert stop_ids(model_dir, with_template(None)) == (2,)
    assert turn_end(with_template(BARE)) == ()


def test_demonstrations_end_as_the_prompt_would_have_it(with_template):
    tokenizer = with_template(GEMMA)
    asked = Task((CHAT[0],), demonstration="Yes.")
    expected = "<bos><start_of_turn>user\nHi?<end_of_turn>\n<start_of_turn>model\n[Y][e][s][.][<end_of_turn>]"
    assert shown(tokenizer, encode_demonstration(tokenizer, asked, 99)) == expected
    plain = Task("Hi?", demonstration="Yes.")
    assert shown(tokenizer, encode_demonstration(tokenizer, plain, 99)) == "<bos>Hi?[Y][e][s][.][<eos>]"
