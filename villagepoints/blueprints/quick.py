"""Texts and addresses for the templates, found once and kept: a page of thirty of each spends half its time on them."""

from functools import cache
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from villagepoints.blueprints.language import chosen

_PLACES: dict[tuple[str, str], str] = {}


class Texts:
    """The sentences of one language; values put into one are escaped as anywhere else in a template."""

    def __init__(self) -> None:
        self._found: dict[str, Markup] = {}
        self._plain: dict[str, Markup] = {}

    def __call__(self, sentence: str, /, **values: Any) -> Markup:
        """The sentence in the language of this request."""
        if values:
            return (self._found.get(sentence) or self._find(sentence)) % values
        return self._plain.get(sentence) or self._find(sentence) % {}

    def _find(self, sentence: str) -> Markup:
        # the catalogue's own words, what people typed comes in with the values; without values gettext leaves %% as it
        # is, which is what the formatting wants
        found = self._found[sentence] = Markup(gettext(sentence))
        if "%(" not in sentence:
            self._plain[sentence] = found % {}
        return found


@cache
def texts(language: str) -> Texts:
    """The sentences of a language."""
    return Texts()


def text(sentence: str, /, **values: Any) -> Markup:
    """The sentence in the language of the page."""
    return texts(chosen())(sentence, **values)


def plain(sentence: str, /, **values: Any) -> str:
    """The sentence as plain text with its values as they are: escaped, like any other text, where it is shown."""
    return str(gettext(sentence, **values))


def place(endpoint: str, /, **values: Any) -> str:
    """The address of an endpoint, as `url_for` builds it."""
    if values or endpoint.startswith("."):
        return url_for(endpoint, **values)
    key = (request.script_root, endpoint)
    found = _PLACES.get(key)
    if found is None:
        found = _PLACES[key] = url_for(endpoint)
    return found


def init_app(app: Flask) -> None:
    """Give the templates these in place of the slower ones of the same names."""
    texts.cache_clear()
    app.jinja_env.globals.update({"_": text, "gettext": text, "url_for": place})

    @app.context_processor
    def bound() -> dict[str, Any]:
        """The sentences without asking for the language at each; macros, which see no context, use the global."""
        return {"_": texts(chosen())}
