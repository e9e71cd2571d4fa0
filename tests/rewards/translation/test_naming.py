"""Test sets are asked in the words of training."""

import pytest

from rlvr.data.languages import language_name, standard_tag
from rlvr.rewards.translation.corpora.naming import prompt_name
from rlvr.rewards.translation.suites import translation_task
from rlvr.suite import SuiteRow

WMT24PP = """
ar_EG bg_BG bn_IN ca_ES cs_CZ da_DK de_DE el_GR es_MX et_EE fa_IR fi_FI fil_PH fr_FR gu_IN he_IL hi_IN hr_HR hu_HU
id_ID is_IS it_IT ja_JP kn_IN ko_KR lt_LT lv_LV ml_IN mr_IN nl_NL no_NO pa_IN pl_PL pt_BR pt_PT ro_RO ru_RU sk_SK
sl_SI sr_RS sv_SE sw_TZ ta_IN te_IN th_TH tr_TR uk_UA ur_PK vi_VN zh_CN zh_TW zu_ZA
"""


@pytest.mark.parametrize("tag", WMT24PP.split())
def test_names_have_a_region_only_where_varieties_are_told_apart(tag):
    name = prompt_name(tag)
    assert ("(" in name) == (tag in ("bn_IN", "es_MX", "pt_BR", "pt_PT", "zh_CN", "zh_TW")), name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("fr_CA", "French (Canada)"),
        ("zh_HK", "Chinese (Traditional)"),
        ("zh-Hans", "Chinese (Simplified)"),
        ("ar_SA", "Arabic (Saudi Arabia)"),
        ("sr-Latn", "Serbian (Latin)"),
        ("nb_NO", "Norwegian Bokmål"),
        ("de", "German"),
    ],
)
def test_names(tag, name):
    assert prompt_name(tag) == name


@pytest.mark.parametrize(
    "tag", ["en", "de", "fr", "pt-BR", "pt-PT", "zh-Hans", "zh-Hant", "es", "nb", "ko", "uk", "is"]
)
def test_training_and_evaluation_say_the_same(tag):
    assert prompt_name(tag) == language_name(standard_tag(tag))


def test_wmt24pp_asks_for_german():
    row = {"lp": "en-zh_TW", "source": "A house.", "target": "一棟房子。"}
    asked = translation_task(SuiteRow(row, "en-zh_TW.jsonl", "en-zh_TW.jsonl:1")).prompt[0].content
    assert asked.startswith("Translate the following English source text to Chinese (Traditional):")
