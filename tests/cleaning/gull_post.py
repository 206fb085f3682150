"""An invented article of the Gull Post and its page, for tests of fields and of plain text."""

import json
from typing import Any

TITLE = "Northmere Council Approves Harbour Bridge Repairs"
BODY = (
    "The council of Northmere voted on Tuesday to close the old harbour bridge for repairs that last until spring.",
    "Mayor Ilse Brandt told reporters that the bridge, which carries nine thousand cars a day, had become a danger.",
    '"We cannot wait for another winter," she said. "The steel has lost a third of its strength since it was built."',
    "Shop owners on the eastern bank fear for their income and ask the council for a ferry during the works.",
    "The repairs cost eleven million crowns, of which the province pays half, according to the council's plan.",
)
URL = "https://www.gullpost.co.uk/news/harbour-bridge"


def page(
    body: str = "", head: str = "", linked: dict[str, Any] | None = None, title: str = f"{TITLE} | Gull Post"
) -> str:
    script = f'<script type="application/ld+json">{json.dumps(linked)}</script>' if linked else ""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}{script}</head><body>'
        f'<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav><main><article>{body}'
        "</article></main><footer><p>Copyright Gull Post. All rights reserved.</p></footer></body></html>"
    )


def paragraphs(texts: tuple[str, ...] = BODY) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)
