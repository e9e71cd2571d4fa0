# ruff: noqa: RUF001 - words of many alphabets are the subject
"""How letters begin and end, by language: lines of their own that are no sentences."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_OPENING: Final = {
    "en": "dear|hi|hello|hey|greetings|good morning|good afternoon|good evening|to whom it may concern",
    "de": "liebe|lieber|liebes|sehr geehrte|sehr geehrter|hallo|guten tag|guten morgen|guten abend|hi|moin|servus",
    "nl": "beste|lieve|geachte|hallo|hoi|dag|goedemorgen|goedemiddag|goedenavond",
    "da": "kære|hej|goddag|godmorgen|hallo",
    "no": "kjære|hei|hallo|god dag|god morgen|hyggelig",
    "sv": "kära|käre|hej|hejsan|bästa|bäste|god morgon|god dag",
    "fi": "hei|hyvä|hyvät|rakas|moi|terve|arvoisa|hyvää päivää|hyvää huomenta",
    "is": "kæra|kæri|kæru|sæl|sæll|halló|hæ|góðan dag|góðan daginn",
    "cs": "milá|milý|milí|drahá|drahý|ahoj|vážený|vážená|vážení|dobrý den|dobré ráno",
    "pl": "drogi|droga|drodzy|szanowny|szanowna|szanowni|cześć|witaj|witam|dzień dobry|kochany|kochana",
    "hu": "kedves|szia|sziasztok|tisztelt|jó napot|jó reggelt|helló|drága",
    "ro": "dragă|dragi|bună|bună ziua|salut|stimate|stimată|stimați|bună dimineața",
    "es": "querido|querida|queridos|hola|estimado|estimada|estimados|buenos días|buenas tardes|buenas noches",
    "pt": "querido|querida|caro|cara|caros|olá|oi|prezado|prezada|prezados|bom dia|boa tarde|boa noite",
    "it": "caro|cara|cari|care|ciao|gentile|gentili|egregio|salve|buongiorno|buonasera|spettabile",
    "fr": "cher|chère|chers|chères|bonjour|bonsoir|salut|madame|monsieur|coucou|mesdames",
    "ru": "дорогой|дорогая|дорогие|уважаемый|уважаемая|уважаемые|привет|здравствуй|здравствуйте|милый|добрый день",
    "uk": "дорогий|дорога|дорогі|шановний|шановна|шановні|привіт|вітаю|добрий день|любий|люба|доброго дня",
    "hi": "प्रिय|नमस्ते|नमस्कार|आदरणीय|माननीय|महोदय",
    "zh": "亲爱的|親愛的|尊敬的|你好|您好|大家好|各位",
    "ja": "拝啓|こんにちは|おはようございます|こんばんは|親愛なる|前略",
    "ko": "안녕하세요|안녕|친애하는|존경하는|사랑하는",
}
_CLOSING: Final = {
    "en": (
        "best|best wishes|kind regards|best regards|warm regards|regards|sincerely|yours sincerely|yours faithfully"
        "|yours truly|yours|love|cheers|with love|thanks|thank you|take care|bye|goodbye|warmly|many thanks"
    ),
    "de": (
        "viele grüße|liebe grüße|mit freundlichen grüßen|herzliche grüße|beste grüße|alles liebe|hochachtungsvoll|dein|"
        "deine|ihr|ihre|bis bald|tschüss|danke|herzlichst|freundliche grüße"
    ),
    "nl": "met vriendelijke groet|met vriendelijke groeten|groeten|groetjes|hartelijke groeten|liefs|dank|tot snel",
    "da": "venlig hilsen|med venlig hilsen|kærlig hilsen|hilsen|mange hilsner|tak|hej hej|kh|mvh",
    "no": "vennlig hilsen|med vennlig hilsen|hilsen|klem|mange hilsener|takk|mvh",
    "sv": "vänliga hälsningar|med vänliga hälsningar|hälsningar|kram|kramar|tack|hej då|mvh",
    "fi": "terveisin|ystävällisin terveisin|parhain terveisin|terkuin|rakkaudella|kiitos|näkemiin",
    "is": "kveðja|kær kveðja|bestu kveðjur|með kveðju|virðingarfyllst|takk|bless",
    "cs": "s pozdravem|s přátelským pozdravem|srdečně|tvůj|tvoje|váš|vaše|děkuji|ahoj|s úctou",
    "pl": "z poważaniem|pozdrawiam|serdecznie pozdrawiam|z wyrazami szacunku|twój|twoja|pozdrowienia|dziękuję",
    "hu": "üdvözlettel|tisztelettel|szeretettel|barátsággal|köszönöm|viszlát",
    "ro": "cu stimă|cu drag|cu respect|toate cele bune|mulțumesc|la revedere|al tău|a ta",
    "es": "saludos|un saludo|un abrazo|atentamente|besos|cordialmente|saludos cordiales|gracias|adiós|con cariño",
    "pt": "saudações|um abraço|abraços|atenciosamente|beijos|cumprimentos|com carinho|obrigado|obrigada|adeus",
    "it": "saluti|cordiali saluti|un abbraccio|distinti saluti|baci|con affetto|grazie|a presto|arrivederci",
    "fr": "cordialement|amicalement|bien à vous|bien cordialement|bises|bisous|sincèrement|merci|à bientôt|salutations",
    "ru": "с уважением|с наилучшими пожеланиями|с любовью|твой|твоя|ваш|ваша|спасибо|пока|до свидания|до встречи",
    "uk": "з повагою|з найкращими побажаннями|з любов'ю|твій|твоя|ваш|ваша|дякую|бувай|до побачення|до зустрічі",
    "hi": "धन्यवाद|आपका|आपकी|भवदीय|भवदीया|सप्रेम|शुभकामनाओं सहित|सादर",
    "zh": "此致|敬礼|祝好|祝安|谢谢|謝謝|再见|再見|敬上|此致敬礼",
    "ja": "敬具|草々|かしこ|よろしくお願いします|さようなら|ありがとうございます",
    "ko": "감사합니다|안녕히 계세요|드림|올림|고마워",
}
_MOST_WORDS: Final = 5


def is_greeting(line: str, language: str) -> bool:
    """Whether a line of its own is how a letter begins or ends: one of these words, and a name or two.

    >>> is_greeting("Dear Ann and Tom,", "en"), is_greeting("Viele Grüße", "de")
    (True, True)
    >>> is_greeting("Dear me, it rains.", "en")
    False
    """
    found = _pattern(language.partition("-")[0].lower()).fullmatch(line.strip(" *_\\t"))
    return found is not None and len(found["name"].split()) <= _MOST_WORDS


@cache
def _pattern(code: str) -> re.Pattern[str]:
    code = "no" if code in ("nb", "nn") else code
    words = f"{_OPENING.get(code, _OPENING['en'])}|{_CLOSING.get(code, _CLOSING['en'])}"
    # Names have a capital, or stand in a script without.
    joined = "and|und|og|och|y|e|et|i|и|ja|en|és|și|a|та|oder|all|everyone|friends?|zusammen"
    name = rf"(?:[ ,，、]{{1,3}}(?:[A-ZÀ-ÞĀ-ŽА-ЯІЇЄҐΑ-Ω][^\s,.!?:;]{{0,30}}\.?|{joined}))"
    close = r"[^\s,.!?:;，。！？：、]{0,12}" if code in ("zh", "ja", "ko", "hi") else ""
    return re.compile(rf"(?i:{words})(?P<name>{close}{name}{{0,6}})[ ]?[,.!:;，。！：、]{{0,3}}")
