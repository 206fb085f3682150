"""Places in scripts without capitals: whole words only, with the particles and endings that are written with them."""

import pytest

from streams.entities.canonical import fold
from streams.entities.multilingual import scripts
from streams.entities.resolve.mentions import entities
from tests.entities.conftest import Tagger

WRITTEN_TOGETHER = [
    ("ar", "قال الوزير للعراق وبالعراق ولبنان", {"place:iraq": ["للعراق", "العراق"], "place:lebanon": ["لبنان"]}),
    ("ar", "وصل إلى ألمانيا ثم المانيا", {"place:germany": ["ألمانيا", "المانيا"]}),
    ("he", "השר נחת בלונדון ומתל אביב לירושלים", {"place:london": ["לונדון"], "place:tel aviv": ["תל אביב"]}),
    ("fa", "وزیر وارد تهران شد و از آلمان گفت", {"place:tehran": ["تهران"], "place:germany": ["آلمان"]}),
    ("hi", "मंत्री दिल्ली पहुँचे और भारत लौटे", {"place:delhi": ["दिल्ली"], "place:india": ["भारत"]}),
    ("bn", "মন্ত্রী ঢাকায় ভারতের কথা বলেন", {"place:dhaka": ["ঢাকা"], "place:india": ["ভারত"]}),
    ("ta", "இந்தியாவின் அமைச்சர் பேசினார்", {"place:india": ["இந்தியா"]}),
    ("ko", "미국과 일본은 서울에서 만났다", {"place:united states": ["미국"], "place:seoul": ["서울"]}),
    ("ka", "მინისტრი თბილისში ჩავიდა, საქართველოს", {"place:tbilisi": ["თბილის"], "place:georgia": ["საქართველო"]}),
    ("am", "ሚኒስትሩ በኢትዮጵያ እና በኬንያ", {"place:ethiopia": ["ኢትዮጵያ"], "place:kenya": ["ኬንያ"]}),
    ("zh", "部长抵达柏林，与德国官员会谈", {"place:berlin": ["柏林"], "place:germany": ["德国"]}),
    ("ja", "大臣は東京でドイツの代表と会談した", {"place:tokyo": ["東京"], "place:germany": ["ドイツ"]}),
    ("ja", "アメリカ合衆国とアジアの代表", {"place:united states": ["アメリカ合衆国"], "place:asia": ["アジア"]}),
    ("th", "รัฐมนตรีเดินทางถึงประเทศเยอรมนี", {"place:germany": ["เยอรมนี"]}),
]  # fmt: skip
PIECES_OF_WORDS = [
    ("ar", "غابت الشمس لأول مرة"),  # with Elche and Laval inside
    ("ar", "كان السلام يسود الشارع"),  # Salé
    ("ar", "وانتهى الاجتماع وان تأخر"),  # Van
    ("hi", "सबका मानना है कि सम्मान बढ़ा"),  # Man
    ("hi", "हमारी भाषा हिन्दी है"),  # Hama; a language that GeoNames has for a city
    ("ko", "회의를 위해 미리 왔다"),  # Weihai and Miri: "for", "beforehand"
    ("ko", "중국어 수업"),  # Chinese
    ("ja", "タイトルとボーイズとリーズナブル"),  # Thailand, Bo, Leeds
    ("ja", "昨日みとめた"),  # Mito
    ("zh", "几个荷兰人讨论吉尼斯纪录"),  # Dutch people; Nice is inside Guinness
]


def places(body: str, language: str) -> dict[str, list[str]]:
    """The spellings of each place, by key."""
    found = entities(body, scripts.find(body, language), language)
    return {entity.key: [body[a:b] for a, b in entity.mentions] for entity in found}


@pytest.mark.parametrize(("language", "body", "wanted"), WRITTEN_TOGETHER)
def test_particles_and_endings_are_not_the_name(language: str, body: str, wanted: dict[str, list[str]]) -> None:
    found = places(body, language)
    assert {key: found.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(("language", "body"), PIECES_OF_WORDS)
def test_a_piece_of_a_word_is_no_place(language: str, body: str) -> None:
    assert places(body, language) == {}


def test_names_of_several_words_may_be_joined_by_hyphens() -> None:
    assert places("השר נחת בתל־אביב", "he")["place:tel aviv"] == ["תל־אביב"]


@pytest.mark.parametrize(("a", "b"), [("أفغانستان", "افغانستان"), ("مُحَمَّد", "محمد"), ("علی", "علي"), ("كـريم", "كريم")])
def test_spellings_of_arabic_fold_alike(a: str, b: str) -> None:
    assert fold(a) == fold(b)


@pytest.mark.parametrize("language", ["ar", "he", "ko", "ta", "ja", "und"])
@pytest.mark.parametrize("text", ["ل", "لل", "وب", "의", "ー", "்", "ს", "سان " * 5_000, "中" * 50_000, "ア" * 50_000])
def test_odd_text_has_no_names_and_ends(tagged: Tagger, language: str, text: str) -> None:
    assert places(text, language) == {}
    assert all(len(entity.name) < len(text) for entity in tagged("", text, language).entities if len(text) > 1_000)
