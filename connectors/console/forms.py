"""The forms of pages as handlers get them, and the texts of their fields."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar.enums import RequestEncodingType
from litestar.params import Body

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
# a field that several controls share comes as a list
ManyForm = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def field_text(form: Mapping[str, Any], name: str) -> str:
    """The field without spaces around it, of several the first one; empty where there is none."""
    found = field_values(form, name)
    return found[0].strip() if found else ""


def field_values(form: Mapping[str, Any], name: str) -> list[str]:
    """All values of a field that are not empty."""
    value = form.get(name, "")
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]
