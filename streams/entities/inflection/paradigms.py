"""Case endings of names in Slavic languages, where all words of a name agree in gender and case.

All letters are folded as by `canonical.fold`, without accents: "й" is "и", "ą" is "a".
"""

import re
from typing import Final, NamedTuple


class Paradigm(NamedTuple):
    """How names of one kind change: the ending of the nominative and those of the other cases, after one stem."""

    gender: str  # "m" or "f"; "p" of places and their adjectives alone
    nominative: str
    stem: re.Pattern[str]  # of its end
    endings: dict[str, tuple[str, ...]]  # by case: g, d, a, i, l (genitive, dative, accusative, instrumental, locative)


CASES: Final = "gdail"


def _table(text: str) -> tuple[Paradigm, ...]:
    """Read lines of gender, nominative, stem and the endings of g, d, a, i, l; "-" is no ending, "/" separates."""
    rows = []
    for line in text.strip().splitlines():
        gender, nominative, stem, *endings = line.split()
        cases = {case: tuple(e.strip("-") for e in one.split("/")) for case, one in zip(CASES, endings, strict=True)}
        rows.append(Paradigm(gender, nominative.strip("-"), re.compile(f"(?:{stem})$"), cases))
    return tuple(rows)


_RUSSIAN = _table("""
m -    [бвгджзклмнпрстфхцчшщ]  а    у    а    ом/ем  е
m -    ов|ев|ин|ын             а    у    а    ым     е
m ел   [в]                     ла   лу   ла   лом    ле
m ев   ^л                      ьва  ьву  ьва  ьвом   ьве
m и    [аеиоуыэюя]             я    ю    я    ем     е/и
m ь    [блмнрстз]              я    ю    я    ем     е
m кии  [сц]                    кого кому кого ким    ком
m ои   [^вн]|[^оеи]в|[^иы]н    ого  ому  ого  ым     ом
m ыи   [^вн]|[^оеи]в|[^иы]н    ого  ому  ого  ым     ом
m а    [^вн]|[^ое]в|[^иы]н     ы/и  е    у    ои/еи  е
m я    [аиеуоь]|[лнрзтсджш]    и    е    ю    еи     е
f а    ов|ев|ин|ын             ои   ои   у    ои     ои
f а    [^вь]|[^ое]в            ы/и  е    у    ои/еи  е
f я    [аиеуоь]|[лнрзтсджш]    и    е/и  ю    еи     е/и
f кая  [сц]                    кои  кои  кую  кои    кои
f ь    .                       и    и    ь    ью     и
p ы    .                       -/ов ам   ы    ами    ах
p ыи   .                       ого  ому  ыи   ым     ом
p ии   .                       его  ему  ии   им     ем
p ая   .                       ои   ои   ую   ои     ои
p ые   .                       ых   ым   ые   ыми    ых
p о    .                       а    у    о    ом     е
""")
_UKRAINIAN = _table("""
m -    [бвгджзлмнпрстфхцчшщ]|(?<!ен)(?<![оаеу]и)к  а/у  у/ові/еві  а   ом/ем   і/у/ові/еві
m -    ов|єв|ев|ін|ин|ів       а    у/ові      а   им      і/у/ові
p ів   .                       ова/єва  ову/єву  ова/єва  овом/євом  ові/єві
m ло   [в]                     ла   лу/лові    ла  лом     лу/лові
m о    енк|[оаеу]ик|[ілрвт]к|тр|нил|авл|ар  а  у/ові   а   ом      у/ові/і
m и    [аеєиіоуюя]             я    ю/єві      я   єм      ю/єві/і
m ір   .                       ора  ору/орові  ора ором    орі/орові
m ь    [лнрстзц]               я    ю/еві      я   ем      ю/еві/і
m -    ор                      я    ю/еві      я   ем      ю/еві/і
m кии  [сцз]ь                  кого кому       кого ким    кому
m кии  ц                       кого кому       кого ким    кому
m а    [^в]|[^оєе]в            и/і  і          у   ою/ею   і
m ка   .                       ки   ці         ку  кою     ці
m я    .                       і    і          ю   єю/ею   і
f а    ов|єв|ев|ін|ин          ои/оі  іи       у   ою      іи
f а    [^в]|[^оєе]в            и/і  і          у   ою/ею   і
f ка   .                       ки   ці         ку  кою     ці
f га   .                       ги   зі         гу  гою     зі
f ка   [сц]ь                   коі  кіи        ку  кою     кіи
f ка   ц                       коі  кіи        ку  кою     кіи
f я    .                       і    і          ю   єю/ею   і
f ь    .                       і    і          ь   ю       і
p и    .                       -/ів ам         и   ами     ах
p ии   .                       ого  ому        ии  им      ому
p а    .                       оі   іи         у   ою      іи
p і    .                       их   им         і   ими     их
p о    .                       а    у          о   ом      і
""")
_POLISH = _table("""
m -    [bcdfghjklmnprstvwxz]   a    owi   a    em/iem  e/ie/u
m r    .                       ra   rowi  ra   rem     rze
m t    .                       ta   towi  ta   tem     cie
m d    .                       da   dowi  da   dem     dzie
m ek   [^aeiouy]               ka   kowi  ka   kiem    ku
m el   w                       la   lowi  la   lem     le/lu
m n    [^n]                    nia  niowi nia  niem    niu
m c    .                       cia  ciowi cia  ciem    ciu
m i    .                       iego iemu  iego im      im
m y    [^kgi]                  ego  emu   ego  ym      ym
m a    [^k]|[^scz]k            y/i  ie/e  e    a       ie/e
m ka   [^scz]                  ki   ce    ke   ka      ce
f a    [^k]|[^scz]k            y/i  ie/e/i e   a       ie/e/i
f ka   [^sc]                   ki   ce    ke   ka      ce
f ga   .                       gi   dze   ge   ga      dze
f ra   .                       ry   rze   re   ra      rze
f ta   .                       ty   cie   te   ta      cie
f da   .                       dy   dzie  de   da      dzie
f ka   [sc]|dz                 kiej kiej  ka   ka      kiej
f na   [^n]                    nej  nej   na   na      nej
p y    .                       -/ow om    y    ami     ach
p i    [kg]                    -/ow om    i    ami     ach
p e    .                       ych  ym    e    ymi     ych
p o    .                       a    u     o    em      ie/u
p a    .                       ej   ej    a    a       ej
p on   .                       nia  niowi on   niem    niu
""")
_CZECH = _table("""
m -    [bcdfghjklmnprstvwxz]   a/e  ovi/u/i  a/e  em   ovi/u/i
m ek   [^aeiouy]               ka   kovi/ku  ka   kem  kovi/ku
m el   [vr]                    la   lovi/lu  la   lem  lovi/lu
m ec   .                       ce   ci/covi  ce   cem  ci/covi
m y    .                       eho  emu      eho  ym   em
m i    .                       iho  imu      iho  im   im
m a    [^k]|[^aeiouy]k         y    ovi      u    ou   ovi
f a    [^v]|[^o]v              y/i  e/i      u    ou   e/i
f ka   .                       ky   ce       ku   kou  ce
f ga   .                       gy   ze       gu   gou  ze
f ha   .                       hy   ze       hu   hou  ze
f ie   .                       ie   ii       ii   ii   ii
f a    ov|[lnrtk]              e/ej e/ej     ou/u ou   e/ej
p o    .                       a    u        o    em   e/u
p y    .                       -/u  um/am    y    y/ami ech/ach
p e    .                       ych  ym       e    ymi  ych
p en   .                       ne   ni       en   ni   ni
p -    [cnls]                  e/i  i        -    i    i
""")
_CROATIAN = _table("""
m -    [bcdfghjklmnprstvxz]    a    u    a    om/em  u
m ar   [^aeiou]                ra   ru   ra   rom    ru
m ac   [^aeiou]                ca   cu   ca   cem    cu
m o    [rnivl]k|iv|ant|lad|tom a    u    a    om     u
m e    dord|avl|voj            a    u    a    om/em  u
m i    sk|ck                   og/oga om/ome og/oga im om/ome
m io   .                       ija  iju  ija  iom    iju
m a    .                       e    i    u    om     i
f a    .                       e    i    u    om     i
f a    sk|ck                   e    oj   u    om     oj
f ka   .                       ke   ci   ku   kom    ci
p o    .                       a    u    o    om     u
p e    .                       a/ih ama/im e  ama    ama/im
""")
PARADIGMS: Final = {
    "ru": _RUSSIAN,
    "uk": _UKRAINIAN,
    "pl": _POLISH,
    "cs": _CZECH,
    "sk": _CZECH,
    "hr": _CROATIAN,
    "bs": _CROATIAN,
    "sr": _CROATIAN,  # in Latin letters
    "sl": _CROATIAN,
}
