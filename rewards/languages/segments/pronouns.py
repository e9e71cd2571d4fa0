"""Pronouns of further languages, beside those of `function_words`."""

from __future__ import annotations

from typing import Final

_PRONOUNS: Final = {
    "nl": (
        "ik jij je u hij zij ze het wij we jullie mij me jou hem haar ons hen hun mijn jouw uw zijn onze dit dat"
        " deze die wie wat welke iemand niemand iets niets alles iedereen zich zichzelf"
    ),
    "da": (
        "jeg du han hun den det vi i de mig dig ham hende os jer dem min mit mine din dit dine hans hendes vores"
        " jeres deres sin sit sine denne dette disse hvem hvad hvilken nogen noget ingen intet alle man sig selv"
    ),
    "no": (
        "jeg du han hun den det vi dere de meg deg ham henne oss dem min mitt mine din ditt dine hans hennes vår"
        " vårt våre deres sin sitt sine denne dette disse hvem hva hvilken noen noe ingen ingenting alle man seg"
        " selv eg me"
    ),
    "sv": (
        "jag du han hon hen den det vi ni de mig dig honom henne oss er dem min mitt mina din ditt dina hans"
        " hennes vår vårt våra deras sin sitt sina denna detta dessa vem vad vilken någon något ingen inget alla"
        " man sig själv"
    ),
    "fi": (
        "minä sinä hän me te he se ne minun sinun hänen meidän teidän heidän minua sinua häntä meitä teitä heitä"
        " minulle sinulle hänelle minut sinut hänet tämä tuo nämä nuo kuka mikä joku jokin kukaan mikään kaikki"
        " itse joka"
    ),
    "is": (
        "ég þú hann hún það við þið þeir þær þau mig þig mér þér honum henni okkur ykkur þeim minn mín mitt þinn"
        " þín þitt hans hennar sinn sín sitt þessi þetta hver hvað enginn ekkert allir einhver sig sér sjálfur"
    ),
    "cs": (
        "já ty on ona ono my vy oni ony mě mne tě tebe ho jej jeho ji nás vás je mi mně ti tobě mu jemu nám vám"
        " jim můj má mé moje tvůj tvá tvé tvoje svůj svá své náš naše váš vaše jejich její ten ta to tento tato"
        " toto kdo co který která které někdo něco nikdo nic všichni všechno sám se si sebe sobě"
    ),
    "pl": (
        "ja ty on ona ono my wy oni one mnie cię ciebie go jego ją nas was ich je mi tobie mu jemu jej nam wam im"
        " mną tobą mój moja moje twój twoja twoje swój swoja swoje nasz nasza wasz wasza ten ta to tamten kto co"
        " który która które ktoś coś nikt nic wszyscy wszystko sam się siebie sobie"
    ),
    "hu": (
        "én te ő mi ti ők engem téged őt minket titeket őket nekem neked neki nekünk nektek nekik velem veled vele"
        " enyém tiéd övé ez az ezek azok ki mi melyik valaki valami senki semmi mindenki minden maga magam aki ami"
        " ön önök"
    ),
    "ro": (
        "eu tu el ea noi voi ei ele mine tine mă te îl o ne vă îi le mie ție lui ei nouă vouă lor meu mea mei mele"
        " tău ta său sa nostru noastră vostru acest această acel aceea acesta cine ce care cineva ceva nimeni nimic"
        " tot toți sine se își"
    ),
}
MORE_PRONOUNS: Final = {language: frozenset(words.split()) for language, words in _PRONOUNS.items()}
"""Personal, possessive, demonstrative, interrogative and indefinite pronouns."""
