"""Hypothesis strategies for the texts that strangers send: words of many scripts, and tokens that no table knows."""

from hypothesis import strategies as st

# A few words of an ordinary report in each of many scripts.
SENTENCES = (
    "The old quay at Ormley will close on Monday, the harbour office said. It was built in 1931 for 2.4 million.",
    "Der Landrat sagte am Dienstag, 1.400 Menschen müssten das Tal verlassen. „Die Mauer hält“, so Wanda Preuß.",
    "Le barrage a cédé lundi à 9 h 30, selon le préfet : « Personne n’est blessé », a-t-il dit à l’AFP.",
    "Плотина в Ормли прорвалась в понедельник, сообщил губернатор. Эвакуированы 1 400 человек.",
    "Η πύλη του φράγματος έσπασε τη Δευτέρα, είπε ο δήμαρχος. Απομακρύνθηκαν 1.400 κάτοικοι.",
    "انهار السد في أورملي يوم الاثنين، وقال المحافظ إن ١٬٤٠٠ شخص غادروا الوادي.",
    "הסכר באורמלי נפרץ ביום שני, אמר ראש העיר. כ-1,400 תושבים פונו מבתיהם.",
    "سد اورملی روز دوشنبه شکست و ۱۴۰۰ نفر خانه‌های خود را ترک کردند.",
    "ओर्मली का बाँध सोमवार को टूट गया, ज़िला अधिकारी ने कहा। १४०० लोग घर छोड़ चुके हैं।",
    "সোমবার অরমলির বাঁধ ভেঙে গেছে, জেলা প্রশাসক বলেছেন। ১৪০০ মানুষ সরে গেছে।",
    "ஓர்ம்லி அணை திங்கட்கிழமை உடைந்தது என்று ஆட்சியர் கூறினார்.",
    "เขื่อนออร์มลีย์แตกเมื่อวันจันทร์ ผู้ว่าราชการกล่าวว่า ๑,๔๐๐ คนอพยพแล้ว",
    "ເຂື່ອນອອມລີແຕກໃນວັນຈັນ ເຈົ້າແຂວງກ່າວ",
    "ទំនប់អូមលីបានបាក់នៅថ្ងៃចន្ទ អភិបាលខេត្តនិយាយថា មនុស្ស ១៤០០ នាក់បានចាកចេញ។",
    "အော်မလီဆည် တနင်္လာနေ့က ကျိုးပေါက်ခဲ့သည်ဟု မြို့ဝန်က ပြောသည်။",
    "周一,奥姆利大坝决口,县长说:“1400人已经撤离。”据新华社报道。",
    "月曜日、オームリーのダムが決壊し、知事は「1,400人が避難した」と述べた。",
    "월요일 옴리 댐이 무너져 주민 1,400명이 대피했다고 군수가 말했다.",
    "በኦርምሊ ያለው ግድብ ሰኞ ዕለት ተሰበረ ሲሉ አስተዳዳሪው ተናገሩ።",
    "Ormli bəndi bazar ertəsi dağıldı, İqtidar dedi. ŞƏHƏR boşaldılır.",
)
# Tokens at which parsers of words and numbers have broken, or may.
TOKENS = (
    "7" * 400, "7" * 60, "1," * 400, "1." * 400, "9" * 5_000, "0." + "0" * 400 + "1", "1e999", "-0", "1-2" * 50,
    "99:99", "0/0",
    "\u17d2", "\u0eb8", "\u0e31", "\u1039", "\u0301" * 40, "\u094d", "\u3099", "\u200d", "\u20e3", "\ufe0f",
    "∞", "½", "⅞", "²³", "①", "Ⅻ", "٣٫٥", "๑๒๓", "༡༢༣", "१२", "万亿", "〇", "𝟘𝟙", "\U0001d7d9" * 30,
    "\ud800", "\udfff", "a\ud83d", "\u202e", "\u200f", "\u2066", "\ufeff", "\x00", "\x1b[31m", "\x85", "\u2028",
    "\uffff", "\U0010ffff", "İ", "ß", "ŉ", "ǰ", "ﬁ", "Ω", "ſ", "’", "“", "„", "«", "''", "``", '"', "(",
    "A.B.C.", "U.S.", ".", "_",
    "-", "%", "€1,400.50", "$", "1st", "5G", "31 February", "0 March 0000", "99 Mai 99999", "--13-45", "Mr.", "O'",
    "d'",
    "http://[", "@@@", "#", "&#xD800;", "&#0;", "&#99999999;", "<b>", "</p>", "\\u0000", "{{url}}", "%s",
    "\U0001f468\u200d\U0001f469",
)  # fmt: skip

tokens = st.one_of(
    st.sampled_from(TOKENS),
    st.text(min_size=1, max_size=12),
    st.text(st.characters(categories=["Nd", "Nl", "No"]), min_size=1, max_size=400),
    st.text(st.characters(categories=["Mn", "Mc", "Me", "Cf"]), min_size=1, max_size=20),
    st.text(st.characters(categories=["Lo", "Lm", "Mn", "Mc"]), min_size=1, max_size=30),
    st.text(st.characters(categories=["Lu", "Lt", "Ll"]), min_size=1, max_size=30),
    st.text(st.characters(categories=["P", "S", "Z", "Cc", "Cs"]), min_size=1, max_size=30),
)
_glue = st.sampled_from((" ", " ", " ", "", "\n", "\n\n", ". ", ", ", "\u00a0", "\u3000"))


@st.composite
def texts(draw: st.DrawFn, most: int = 10) -> str:
    """Up to ``most`` sentences and tokens in any order, some of them torn."""
    parts = draw(st.lists(st.one_of(st.sampled_from(SENTENCES), tokens), max_size=most))
    text = "".join(part + draw(_glue) for part in parts)
    if draw(st.booleans()) and text:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(tokens) + text[at:]
    return text


titles = st.one_of(st.sampled_from(SENTENCES).map(lambda sentence: sentence[:60]), texts(3))
languages = st.sampled_from(("en", "de", "ar", "th", "km", "lo", "zh", "ja", "ko", "hi", "ru", "tr", "el", "und", "xx"))
