# ruff: noqa: RUF001, RUF002 - abbreviations of other scripts are the subject
"""Abbreviations by language, by what a full stop after them says of the sentence.

CLDR has lists of its own for de, el, en, es, fr, it, pt and ru, which `sentences` asks ICU for; the lists here add what
these lack, and the other languages. They hold common entries of what each language's authority on spelling lists: Duden
(de), Onze Taal (nl), Retskrivningsordbogen (da), Språkrådet (no), Svenska skrivregler (sv), Kielitoimisto (fi),
Ritreglur (is), ÚJČ (cs), PWN (pl), AkH (hu), DOOM (ro), RAE (es), VOLP (pt), Treccani (it), Imprimerie nationale (fr),
GOST R 7.0.12 (ru), DSTU 3582 (uk), New Hart's Rules (en); Hindi's are those of its newspapers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

_NEVER: Final = {
    "": "dr prof mr mrs ms mme mlle mgr ing",
    "en": "mx messrs e.g i.e cf viz vs hon rev gen capt lt sgt cmdr gov sen rep approx resp",
    "de": (
        "z.b d.h u.a s.o s.u i.d.r o.ä v.a z.t u.u i.a m.e z.hd hr fr frl st dipl mag bzw ca vgl evtl ggf inkl exkl"
        " zzgl abzgl max nr abb abs bd kap geb gest verh sog insb bes bspw bzgl betr allg gem sen jun chr ehem einschl"
        " entspr jew mind phil rer urspr wiss"
    ),
    "nl": (
        "bijv bv o.a d.w.z m.a.w m.b.t t.a.v i.v.m t.o.v dhr mevr mw ir drs ds st ca evt resp vgl z.g zgn incl excl max"
        " nr afb blz a.u.b n.a.v i.p.v t.g.v"
    ),
    "da": "bl.a f.eks dvs ca kl nr hr fr frk st mht vedr evt inkl ekskl maks pga jf jfr cand iflg tlf o.l.l",
    "no": "bl.a f.eks dvs ca kl nr hr fr st jf jfr evt inkl ekskl maks pga mht ift vedr d.v.s iflg tlf t.o.m f.o.m",
    "sv": "bl.a t.ex dvs d.v.s ca kl nr s.k t.o.m fr.o.m p.g.a pga m.a.o jfr resp inkl exkl tel evt f.d f.n st",
    "fi": "esim ts ks vrt tri hra rva nti nk ns mm puh tel nro nr mim toim st",
    "is": "t.d þ.e þ.e.a.s próf sr hr frú kl nr u.þ.b sbr skv þ.á m.a a.m.k u.þ.m bls m.t.t f.h",
    "cs": (
        "např tj tzn tzv resp popř příp doc bc mudr judr phdr rndr paeddr ul nám tř str obr tab odd srov arch plk gen"
        " kpt cca mj č čp sv pí"
    ),
    "pl": "np tj tzn tzw m.in inż hab ks św ul os woj pow gm nr rys rozdz godz zob płk gen kpt tel ww",
    "hu": "pl ún özv ifj kb vö ld szt br tel dr",
    "ro": "dl dna d-na d-l dv str bd bdul nr sf tel cca lt cpt șos bl ap sc",
    "es": "sr sra srta sres dra d.ª dña lic arq gral cnel sto sta av avda ctra pza p.ej aprox núm pág excmo D EE RR JJ",
    "pt": "sr sra srta sres dra drs profa eng arq exmo exma ilmo av trav pça p.ex aprox tel pág págs sto sta D",
    "it": (
        "sig sigg sig.ra sig.na dott dott.ssa prof.ssa avv arch geom rag cav p.es cfr c.so v.le p.za p.zza tel pag pagg"
        " egr gent spett mons"
    ),
    "fr": "mm mmes mlles p.ex cf av bd boul env tél réf éd dir st ste M MM",
    "ru": (
        "т.е т.к т.н т.ч т.о им проф акад доц докт канд д-р ул просп пер наб бул корп стр рис табл гл ср тов гр г-н"
        " г-жа напр ок инж ген полк обл р-н тел см"
    ),
    "uk": (
        "т.зв т.ч ім проф акад доц канд вул пл просп пров бульв буд корп стор рис табл гл див пор тов гр напр бл інж"
        " ген полк обл р-н смт тел оз"
    ),
    "bg": "т.е т.нар г-н г-жа проф акад доц инж ул бул стр фиг табл вж срв тел",
    "el": "κ κα κος κ.κ δηλ π.χ βλ πρβλ αρ σελ λεωφ οδ αγ δρ καθ τηλ",
    "tr": "doç yrd av sok mah bul apt örn bkz alb gen çev",
    "hi": "डॉ प्रो पं कु सं नं वि.सं ई.पू कि.मी मो स्व रु",
}
_MOSTLY: Final = {
    "": "etc jr sr inc ltd corp co st",
    "en": "u.s u.k u.n d.c ph.d m.d b.a m.a mt col ave blvd rd st",
    "de": "usw etc u.v.m usf o.g n.chr v.chr mio mrd std sek min tel e.v jh jhd str tab lt versch vorm zw",
    "nl": "enz etc ing mr n.chr v.chr art min",
    "sv": "kap ev obs max",
    "da": "sml adm alm kap pkt",
    "no": "adm alm kap pkt",
    "cs": "max kap por ad kol p",
    "pl": "im al pl ok por pt ds red zm ur m p str tab",
    "hu": "id gr u ua st",
    "ro": "pt ex al art cap pag mun jud com sat gen col cf",
    "es": "ud uds vd vds fig art cap vol ing c",
    "pt": "r fig art cap vol rua gen cel lg al",
    "it": "s on sen comm gen col cap es ca fig art vol card",
    "fr": "dr pr me fig art chap vol gén col cap lt",
    "ru": "св кв пл пр зам деп чл респ пос дер тыс п д",
    "uk": "св кв зам кер ст п д",
}
_NUMBER: Final = {
    "": "no p pp art fig vol ch sec",
    "en": "no nos p pp art fig figs vol vols ch sec eq ver par pt",
    "de": "s art fig vers ziff rn az h",
    "nl": "p pag hfdst fig art",
    "da": "s fig stk tab bd vol art",
    "no": "s fig bd vol art",
    "sv": "s sid fig tab bd vol art",
    "fi": "n s kuv luk klo",
    "is": "s",
    "cs": "s odst čl",
    "pl": "s art ust pkt poz t",
    "hu": "o old fej sz",
    "ro": "p fig alin lit nr",
    "es": "p pp n ap párr",
    "pt": "p pp n inc",
    "it": "p pp n nn par",
    "fr": "p pp n par",
    "ru": "с п пп ч т вып д",
    "uk": "с ч т вип буд",
}
_COUNTED: Final = {
    "ru": "г гг в вв р м о",
    "uk": "р рр м с о г",
    "pl": "r w",
    "bg": "г в",
}


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Those of a language, in small letters but for single capitals, without the last full stop.

    Args:
        never: A title, or what something always follows: no sentence ends there.
        mostly: A sentence ends there only where the next begins with one of the language's stop words.
        number: As `never` before a number; before anything else a word like others.
        counted: A word like others after a number (`2020 r.`) unless the sentence has just begun (`W XIX w. Polska`),
            otherwise as `never` (`р. Дніпро`).
    """

    never: frozenset[str]
    mostly: frozenset[str]
    number: frozenset[str]
    counted: frozenset[str]


@cache
def abbreviations(language: str) -> Abbreviations:
    """Those of a language, with what many share.

    >>> "z.b" in abbreviations("de").never, "no" in abbreviations("en").number, "bl.a" in abbreviations("sv").never
    (True, True, True)
    """
    code = language.partition("-")[0].lower()
    code = "no" if code in ("nb", "nn") else code
    own = {word for table in (_MOSTLY, _NUMBER, _COUNTED) for word in table.get(code, "").split()}
    shared = set(_NEVER[""].split()) - own
    return Abbreviations(
        frozenset(shared | set(_NEVER.get(code, "").split())),
        frozenset(f"{_MOSTLY['']} {_MOSTLY.get(code, '')}".split()),
        frozenset(_NUMBER.get(code, _NUMBER[""]).split()),
        frozenset(_COUNTED.get(code, "").split()),
    )
