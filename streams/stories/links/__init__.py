"""Which stories of different languages report the same event. `sketch` describes a story, `Links` compares them."""

from streams.stories.links.sketch import is_installed, sketch
from streams.stories.links.state import Links

__all__ = ["Links", "is_installed", "sketch"]
