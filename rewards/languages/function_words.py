# ruff: noqa: RUF001 - words of many alphabets are the subject
"""Words that hold sentences together, by language: stop words, coordinating conjunctions, pronouns."""

from __future__ import annotations

from functools import cache
from typing import Final

_ENGLISH = (
    "a about above after again against ain all am an and any are aren as at be because been before being below between"
    " both but by can couldn d did didn do does doesn doing don down during each few for from further had hadn has hasn"
    " have haven having he her here hers herself him himself his how i if in into is isn it its itself just ll m ma me"
    " mightn more most mustn my myself needn no nor not now o of off on once only or other our ours ourselves out over"
    " own re s same shan she should shouldn so some such t than that the their theirs them themselves then there these"
    " they this those through to too under until up ve very was wasn we were weren what when where which while who whom"
    " why will with won wouldn y you your yours yourself yourselves"
)
ENGLISH_STOP_WORDS: Final = frozenset(_ENGLISH.split())
"""The pieces of NLTK's list that hold no apostrophe."""

_CONJUNCTIONS = {
    "en": "and but for nor or so yet",
    "es": "y e o u pero mas sino ni pues conque",
    "fr": "et ou mais donc or ni car",
    "de": "und oder aber denn sondern doch sowie beziehungsweise",
    "it": "e ed o oppure ma né però dunque quindi",
    "pt": "e ou mas nem porém pois contudo",
    "nl": "en of maar want dus noch",
    "ru": "и а но или да либо зато ни однако",
    "uk": "і й та а але або чи проте",
    "el": "και κι ή αλλά ούτε όμως μα",
    "tr": "ve veya ya ama fakat çünkü ancak yahut",
    "ar": "ثم أو أم بل لكن ولكن",
    "he": "או אבל אך כי אלא",
    "hi": "और या तथा एवं परन्तु परंतु लेकिन किन्तु किंतु मगर अथवा",
    "zh": "和 与 與 或 但 但是 而 而且 并 並 并且 或者 及 以及 所以 因此 可是",
    "ja": "と や そして しかし また または および 及び けれど けれども だから それで",
    "ko": "그리고 그러나 하지만 또는 및 혹은 그래서 그런데",
    "th": "และ หรือ แต่ ดังนั้น จึง",
    "vi": "và hoặc nhưng nên",
    "id": "dan atau tetapi tapi namun",
}
CONJUNCTIONS: Final = {language: frozenset(words.split()) for language, words in _CONJUNCTIONS.items()}
"""Coordinating conjunctions."""

_PRONOUNS = {
    "en": (
        "i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her"
        " hers herself it its itself they them their theirs themselves this that these those who whom whose which what"
        " whoever whatever anybody anyone anything everybody everyone everything nobody nothing somebody someone"
        " something none each"
    ),
    "es": (
        "yo tú él ella ello usted nosotros nosotras vosotros vosotras ellos ellas ustedes me te se lo la le nos os los"
        " las les mí ti sí conmigo contigo consigo mi tu su mis tus sus mío mía tuyo suyo nuestro nuestra este esta"
        " esto ese esa eso aquel aquella aquello quien quién que qué cual alguien nadie algo nada todo todos"
    ),
    "fr": (
        "je j tu il elle on nous vous ils elles me m te t se s le la les lui leur moi toi soi eux mon ton son ma ta sa"
        " mes tes ses notre votre nos vos leurs ce c ceci cela ça celui celle ceux celles qui que quoi dont où personne"
        " rien tout tous chacun"
    ),
    "de": (
        "ich du er sie es wir ihr mich dich sich uns euch ihn ihm ihnen mir dir mein meine meinen dein deine sein seine"
        " seinen ihre ihren unser unsere euer eure dieser diese dieses jener wer was wem wen man jemand niemand etwas"
        " nichts alles alle jeder selbst"
    ),
    "it": (
        "io tu lui lei noi voi loro egli ella esso mi ti si ci vi lo la li le gli ne me te sé mio mia tuo tua suo sua"
        " nostro vostro questo questa quello quella chi che cui qualcuno nessuno niente tutto tutti ognuno"
    ),
    "pt": (
        "eu tu ele ela nós vós eles elas você vocês me te se o a lhe nos vos lhes mim ti si comigo contigo consigo meu"
        " minha teu tua seu sua nosso nossa este esta isto esse essa isso aquele aquilo quem que alguém ninguém algo"
        " nada tudo todos"
    ),
    "ru": (
        "я ты он она оно мы вы они меня тебя его её ее нас вас их мне тебе ему ей нам вам им мной тобой собой себя себе"
        " мой моя моё мои твой твоя свой своя свою свои наш наша ваш ваша этот эта это эти тот та то те кто что чей"
        " который никто ничто кто-то что-то весь все всё каждый сам"
    ),
    "uk": (
        "я ти він вона воно ми ви вони мене тебе його її нас вас їх мені тобі йому їй нам вам їм себе собі мій моя твій"
        " свій своя наш ваш цей ця це ці той та те хто що який ніхто ніщо щось хтось все всі кожен сам"
    ),
    "el": (
        "εγώ εσύ αυτός αυτή αυτό εμείς εσείς αυτοί με σε τον την το μας σας τους μου σου του της ποιος που τι κάποιος"
        " κανείς κάτι τίποτα όλα όλοι αυτά"
    ),
    "tr": (
        "ben sen o biz siz onlar bana sana ona bize size onlara beni seni onu bu şu kim ne herkes kimse hiçbiri kendi"
    ),
    "ar": "أنا أنت هو هي نحن أنتم أنتن هم هن هما هذا هذه ذلك تلك هؤلاء أولئك الذي التي الذين من ما أي كل نفسه نفسها",
    "he": (
        "אני אתה את הוא היא אנחנו אתם אתן הם הן זה זאת זו אלה מי מה אותי אותך אותו אותה אותנו שלי שלך שלו שלה שלנו כולם"
    ),
    "hi": (
        "मैं मुझे मेरा मेरी मेरे हम हमें हमारा हमारी तू तुम तुम्हें तुम्हारा आप आपको आपका यह ये वह वे इस उस उसे उसका"
        " उसकी उसके इसका उन उन्हें उनका कौन क्या जो कोई कुछ सब अपना अपनी अपने स्वयं"
    ),
    "zh": (
        "我 你 您 他 她 它 我们 你们 他们 她们 它们 咱们 自己 这 那 这个 那个 这些 那些 谁 什么 哪 某"
        " 大家 我的 你的 他的 她的"
    ),
    "ja": (
        "私 僕 俺 あなた 君 彼 彼女 彼ら 私たち これ それ あれ どれ ここ そこ あそこ この その あの 誰 何"
        " 自分 皆 みんな"
    ),
    "ko": "나 너 저 우리 저희 당신 그 그녀 그들 이것 그것 저것 누구 무엇 자기 내 네 제 모두 아무",
    "th": "ฉัน ผม ดิฉัน เรา คุณ เธอ เขา มัน พวกเขา พวกเรา ท่าน นี่ นั่น นี้ นั้น ใคร อะไร ตัวเอง",
    "vi": "tôi bạn anh chị em ông bà nó họ chúng mình ta này kia đó ai gì ấy",
    "id": "saya aku kamu anda dia ia kami kita mereka ini itu siapa apa semua",
}
PRONOUNS: Final = {language: frozenset(words.split()) for language, words in _PRONOUNS.items()}
"""Personal, possessive, demonstrative, interrogative and indefinite pronouns."""


@cache
def stop_words(language: str) -> frozenset[str]:
    """The stop words of a language, none where no list is known (NLTK's for English, else stopwords-iso).

    >>> "the" in stop_words("en"), "und" in stop_words("de"), stop_words("tlh")
    (True, True, frozenset())
    """
    code = language.partition("-")[0].lower()
    if code == "en":
        return ENGLISH_STOP_WORDS
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(code)) if stopwordsiso.has_lang(code) else frozenset()
