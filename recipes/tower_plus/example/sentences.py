# ruff: noqa: RUF001 - letters and punctuation of ten languages
"""Sentences that say the same in ten languages, with places for names, days, cities and numbers.

The names are women's and the numbers are so chosen that every sentence is grammatical as it is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rlvr.envs.drawing import Draw

LANGUAGES: Final = ("en", "de", "es", "fr", "it", "ja", "nl", "pt-BR", "ru", "zh-Hans")
"""All of them languages of Tower+."""

_DAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("On Monday", "On Tuesday", "On Wednesday", "On Thursday", "On Friday"),
    "de": ("Am Montag", "Am Dienstag", "Am Mittwoch", "Am Donnerstag", "Am Freitag"),
    "es": ("El lunes", "El martes", "El miércoles", "El jueves", "El viernes"),
    "fr": ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi"),
    "it": ("Lunedì", "Martedì", "Mercoledì", "Giovedì", "Venerdì"),
    "ja": ("月曜日に", "火曜日に", "水曜日に", "木曜日に", "金曜日に"),
    "nl": ("Op maandag", "Op dinsdag", "Op woensdag", "Op donderdag", "Op vrijdag"),
    "pt-BR": ("Na segunda-feira", "Na terça-feira", "Na quarta-feira", "Na quinta-feira", "Na sexta-feira"),
    "ru": ("В понедельник", "Во вторник", "В среду", "В четверг", "В пятницу"),
    "zh-Hans": ("星期一", "星期二", "星期三", "星期四", "星期五"),
}
_LATIN: Final = ("Anna", "Maria", "Eva", "Laura", "Nina", "Sara")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(LANGUAGES, _LATIN) | {
    "ja": ("アンナ", "マリア", "エヴァ", "ラウラ", "ニーナ", "サラ"),
    "ru": ("Анна", "Мария", "Ева", "Лаура", "Нина", "Сара"),
    "zh-Hans": ("安娜", "玛丽亚", "伊娃", "劳拉", "尼娜", "莎拉"),
}
_CITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Berlin", "Paris", "London", "Madrid", "Lisbon"),
    "de": ("Berlin", "Paris", "London", "Madrid", "Lissabon"),
    "es": ("Berlín", "París", "Londres", "Madrid", "Lisboa"),
    "fr": ("Berlin", "Paris", "Londres", "Madrid", "Lisbonne"),
    "it": ("Berlino", "Parigi", "Londra", "Madrid", "Lisbona"),
    "ja": ("ベルリン", "パリ", "ロンドン", "マドリード", "リスボン"),
    "nl": ("Berlijn", "Parijs", "Londen", "Madrid", "Lissabon"),
    "pt-BR": ("Berlim", "Paris", "Londres", "Madri", "Lisboa"),
    "ru": ("Берлин", "Париж", "Лондон", "Мадрид", "Лиссабон"),
    "zh-Hans": ("柏林", "巴黎", "伦敦", "马德里", "里斯本"),
}
_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "{day} {name} is travelling to {city} with {count} friends.",
        "{day} the meeting in the library begins at {hour} o'clock and lasts {minutes} minutes.",
        "{name} bought {count} apples at the market and gave them to her neighbour.",
        "{name} has been working as a teacher in {city} for {count} years.",
        "The train to {city} leaves at {hour} o'clock, and {name} is waiting at the station.",
    ),
    "de": (
        "{day} reist {name} mit {count} Freunden nach {city}.",
        "{day} beginnt das Treffen in der Bibliothek um {hour} Uhr und dauert {minutes} Minuten.",
        "{name} hat auf dem Markt {count} Äpfel gekauft und sie ihrer Nachbarin geschenkt.",
        "{name} arbeitet seit {count} Jahren als Lehrerin in {city}.",
        "Der Zug nach {city} fährt um {hour} Uhr ab, und {name} wartet am Bahnhof.",
    ),
    "es": (
        "{day} {name} viaja a {city} con {count} amigos.",
        "{day} la reunión en la biblioteca empieza a las {hour} y dura {minutes} minutos.",
        "{name} compró {count} manzanas en el mercado y se las regaló a su vecina.",
        "{name} trabaja como profesora en {city} desde hace {count} años.",
        "El tren a {city} sale a las {hour}, y {name} espera en la estación.",
    ),
    "fr": (
        "{day}, {name} part pour {city} avec {count} amis.",
        "{day}, la réunion à la bibliothèque commence à {hour} heures et dure {minutes} minutes.",
        "{name} a acheté {count} pommes au marché et les a données à sa voisine.",
        "{name} travaille comme professeure à {city} depuis {count} ans.",
        "Le train pour {city} part à {hour} heures, et {name} attend à la gare.",
    ),
    "it": (
        "{day} {name} va a {city} con {count} amici.",
        "{day} la riunione in biblioteca comincia alle {hour} e dura {minutes} minuti.",
        "{name} ha comprato {count} mele al mercato e le ha regalate alla sua vicina.",
        "{name} lavora come insegnante a {city} da {count} anni.",
        "Il treno per {city} parte alle {hour}, e {name} aspetta alla stazione.",
    ),
    "ja": (
        "{day}{name}は友達{count}人と一緒に{city}へ行きます。",
        "{day}図書館の会議は{hour}時に始まり、{minutes}分続きます。",
        "{name}は市場でりんごを{count}個買って、隣の人にあげました。",
        "{name}は{city}で{count}年間教師として働いています。",
        "{city}行きの電車は{hour}時に出発し、{name}は駅で待っています。",
    ),
    "nl": (
        "{day} reist {name} met {count} vrienden naar {city}.",
        "{day} begint de vergadering in de bibliotheek om {hour} uur en duurt {minutes} minuten.",
        "{name} kocht {count} appels op de markt en gaf ze aan haar buurvrouw.",
        "{name} werkt al {count} jaar als lerares in {city}.",
        "De trein naar {city} vertrekt om {hour} uur, en {name} wacht op het station.",
    ),
    "pt-BR": (
        "{day}, {name} vai viajar para {city} com os seus {count} amigos.",
        "{day}, a reunião na biblioteca começa às {hour} horas e dura {minutes} minutos.",
        "{name} comprou {count} maçãs no mercado e as deu à sua vizinha.",
        "{name} trabalha como professora em {city} há {count} anos.",
        "O trem para {city} sai às {hour} horas, e {name} espera na estação.",
    ),
    "ru": (
        "{day} {name} едет в {city} с {count} друзьями.",
        "{day} встреча в библиотеке начинается в {hour} часов и длится {minutes} минут.",
        "{name} купила на рынке {count} яблок и отдала их своей соседке.",
        "{name} переехала в {city} и работает там учительницей уже {count} лет.",
        "Поезд в {city} отходит в {hour} часов, и {name} ждёт на вокзале.",
    ),
    "zh-Hans": (
        "{day}，{name}和{count}位朋友一起去{city}旅行。",
        "{day}，图书馆的会议{hour}点开始，持续{minutes}分钟。",
        "{name}在市场上买了{count}个苹果，送给了她的邻居。",
        "{name}在{city}当老师已经{count}年了。",
        "去{city}的火车{hour}点出发，{name}正在车站等着。",
    ),
}
_SUMS: Final[Mapping[str, str]] = {
    "en": "{name} has {first} apples and buys {second} more. How many apples does she have now?",
    "de": "{name} hat {first} Äpfel und kauft {second} dazu. Wie viele Äpfel hat sie jetzt?",
    "es": "{name} tiene {first} manzanas y compra {second} más. ¿Cuántas manzanas tiene ahora?",
    "fr": "{name} a {first} pommes et en achète {second} de plus. Combien de pommes a-t-elle maintenant ?",
    "it": "{name} ha {first} mele e ne compra altre {second}. Quante mele ha adesso?",
    "ja": "{name}はりんごを{first}個持っていて、さらに{second}個買います。今、りんごは何個ありますか。",
    "nl": "{name} heeft {first} appels en koopt er {second} bij. Hoeveel appels heeft ze nu?",
    "pt-BR": "{name} tem {first} maçãs e compra mais {second}. Quantas maçãs ela tem agora?",
    "ru": "{name} собрала {first} яблок и купила ещё {second}. Сколько яблок у неё теперь?",
    "zh-Hans": "{name}有{first}个苹果，又买了{second}个。她现在有多少个苹果？",
}
_LINES: Final[Mapping[str, str]] = {
    "en": "apple chair window river bridge horse teacher letter garden snow island bread mirror doctor forest "
    "key lamp mountain newspaper onion pencil queen rain shoe table umbrella village wall butter clock",
    "de": "Apfel Stuhl Fenster Fluss Brücke Pferd Lehrer Brief Garten Schnee Insel Brot Spiegel Arzt Wald "
    "Schlüssel Lampe Berg Zeitung Zwiebel Bleistift Königin Regen Schuh Tisch Regenschirm Dorf Mauer Butter Uhr",
    "es": "manzana silla ventana río puente caballo maestro carta jardín nieve isla pan espejo médico bosque "
    "llave lámpara montaña periódico cebolla lápiz reina lluvia zapato mesa paraguas pueblo muro mantequilla reloj",
    "fr": "pomme chaise fenêtre fleuve pont cheval enseignant lettre jardin neige île pain miroir médecin forêt "
    "clé lampe montagne journal oignon crayon reine pluie chaussure table parapluie village mur beurre horloge",
    "it": "mela sedia finestra fiume ponte cavallo insegnante lettera giardino neve isola pane specchio medico bosco "
    "chiave lampada montagna giornale cipolla matita regina pioggia scarpa tavolo ombrello paese muro burro orologio",
    "ja": "りんご 椅子 窓 川 橋 馬 先生 手紙 庭 雪 島 パン 鏡 医者 森 "
    "鍵 ランプ 山 新聞 玉ねぎ 鉛筆 女王 雨 靴 机 傘 村 壁 バター 時計",
    "nl": "appel stoel raam rivier brug paard leraar brief tuin sneeuw eiland brood spiegel dokter bos "
    "sleutel lamp berg krant ui potlood koningin regen schoen tafel paraplu dorp muur boter klok",
    "pt-BR": "maçã cadeira janela rio ponte cavalo professor carta jardim neve ilha pão espelho médico floresta "
    "chave lâmpada montanha jornal cebola lápis rainha chuva sapato mesa guarda-chuva aldeia muro manteiga relógio",
    "ru": "яблоко стул окно река мост лошадь учитель письмо сад снег остров хлеб зеркало врач лес "
    "ключ лампа гора газета лук карандаш королева дождь ботинок стол зонт деревня стена масло часы",
    "zh-Hans": "苹果 椅子 窗户 河流 桥梁 马 老师 信 花园 雪 岛屿 面包 镜子 医生 森林 "
    "钥匙 台灯 山 报纸 洋葱 铅笔 女王 雨 鞋 桌子 雨伞 村庄 墙 黄油 钟",
}
_WORDS: Final = {language: tuple(line.split()) for language, line in _LINES.items()}
_MINUTES: Final = (20, 30, 40, 45, 50)


@dataclass(frozen=True)
class Meaning:
    """What a sentence says, whatever its language.

    Attributes:
        pattern: Which of the patterns.
        day: Which of the days.
        name: Which of the names.
        city: Which of the cities.
        count: From 5 to 20, which take the same form of a noun in Russian.
        hour: From 5 to 12.
        minutes: Of the meeting.
    """

    pattern: int
    day: int
    name: int
    city: int
    count: int
    hour: int
    minutes: int


def draw_meaning(draw: Draw) -> Meaning:
    """A meaning drawn at random.

    >>> write(draw_meaning(Draw("0")), "de")
    'Am Freitag beginnt das Treffen in der Bibliothek um 5 Uhr und dauert 30 Minuten.'
    """
    pattern, day, name, city = (draw.below(size) for size in (5, 5, len(_LATIN), 5))
    return Meaning(pattern, day, name, city, 5 + draw.below(16), 5 + draw.below(8), draw.one_of(_MINUTES))


def write(meaning: Meaning, language: str) -> str:
    """A meaning in one of `LANGUAGES`.

    >>> write(Meaning(3, 0, 1, 4, 8, 5, 20), "fr")
    'Maria travaille comme professeure à Lisbonne depuis 8 ans.'
    """
    return _PATTERNS[language][meaning.pattern].format(
        day=_DAYS[language][meaning.day],
        name=_NAMES[language][meaning.name],
        city=_CITIES[language][meaning.city],
        count=meaning.count,
        hour=meaning.hour,
        minutes=meaning.minutes,
    )


def write_sum(draw: Draw, language: str) -> tuple[str, int]:
    """A word problem and its answer.

    >>> write_sum(Draw("0"), "nl")
    ('Eva heeft 10 appels en koopt er 19 bij. Hoeveel appels heeft ze nu?', 29)
    """
    first, second = 5 + draw.below(16), 5 + draw.below(16)
    name = draw.one_of(_NAMES[language])
    return _SUMS[language].format(name=name, first=first, second=second), first + second


def write_list(draw: Draw, languages: Sequence[str]) -> tuple[str, ...]:
    """Eight words in several languages; two such lists have little in common, unlike two of the sentences.

    Half of one is four words, which a guard of translations tells to be untranslated.

    >>> write_list(Draw("0"), ["en", "nl"])[1]
    'eiland, muur, brood, boter, raam, appel, brief, dokter'
    """
    left = list(range(len(_WORDS["en"])))
    places = [left.pop(draw.below(len(left))) for _ in range(8)]
    return tuple(
        ("、" if language in ("ja", "zh-Hans") else ", ").join(_WORDS[language][place] for place in places)
        for language in languages
    )
