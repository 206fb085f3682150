"""An invented article of the Lantern and its pages, with and without navigation, for tests of bodies."""

TITLE = "Northmere closes its harbour bridge"
BODY = (
    "The council of Northmere voted on Tuesday to close the old harbour bridge for repairs that last until spring.",
    "Nine thousand cars a day have to find another way, and the shops on the eastern bank fear for their income.",
    "The repairs cost eleven million crowns, of which the province pays half, according to the council's plan.",
    "A ferry for cyclists and people on foot will cross the Sarn every ten minutes from six in the morning.",
    "The last repairs were in the year of the flood, when two of the seven piers were built anew within a month.",
)
URL = "https://www.lantern.example/news/northmere-closes-its-bridge"
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
ASIDE = (
    '<div class="most-read"><h3>Most read</h3><ul><li><a href="/a">Bread dearer again</a></li></ul></div>'
    '<div class="rules"><p>Please stay polite when you write, and mind our rules.</p></div>'
)
SHORT_URL = "https://www.lantern.example/news/bridge"
THREE = "".join(f"<p>{paragraph}</p>" for paragraph in BODY[:3])


def page(inner: str, head: str = "", title: str = TITLE, after: str = ASIDE) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<nav><a href="/">Home</a> <a href="/town">Town</a></nav><h1>{title}</h1>{inner}{after}</body></html>'
    )


def bare(body: str, head: str = "", title: str = "Northmere closes its bridge") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
