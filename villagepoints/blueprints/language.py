"""Which language a page is written in: Chinese, unless this browser asked for English."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from flask import Flask, g, request
from flask_babel import gettext

from villagepoints.domain.errors import Msgid, NotFound
from villagepoints.domain.welfare import Reason
from villagepoints.extensions import db
from villagepoints.services import rulebook

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "language"


def read(cookie: str | None) -> str:
    """The language a cookie asks for; Chinese for anything else."""
    return cookie if cookie in LANGUAGES else "zh"


def chosen() -> str:
    """The language of this request."""
    if "language" not in g:
        g.language = read(request.cookies.get(COOKIE) if request else None)
    language: str = g.language
    return language


class Spoken(Protocol):
    """A refusal, or what is wrong with a row of a file: a msgid and its values."""

    @property
    def sentence(self) -> str: ...
    @property
    def values(self) -> Mapping[str, object]: ...


def said(spoken: Spoken) -> str:
    """The sentence in the language of the page, its values that are texts of ours or of the rule book included."""
    values = {name: translated(value) if isinstance(value, str) else value for name, value in spoken.values.items()}
    return str(gettext(spoken.sentence, **values))


def reason_words(reason: tuple[bool, str, dict[str, int]]) -> str:
    """Why a household qualifies for a welfare scheme or not, as its list keeps it, in the language of the page."""
    return said(Reason(*reason))


def rule_names(village_id: UUID | None = None) -> Mapping[str, str]:
    """What a village's rule book calls things in English; one statement a request, none for a Chinese page.

    Whose: the actor's, or on a page open to anybody that of the village named first in the request.
    """
    if chosen() == "zh":
        return {}
    if "rule_names" not in g:
        if village_id is None and "actor" not in g:
            return {}
        try:
            g.rule_names = rulebook.english_names(db.session(), village_id or g.actor.village_id)
        except NotFound:
            g.rule_names = {}  # no rule book yet: nothing to name
    names: Mapping[str, str] = g.rule_names
    return names


def rule_text(name: str | None) -> str:
    """The name of an item or category of the rule book in the language of the page; nothing for None."""
    return rule_names().get(name, name) if name else ""


def translated(text: str) -> str:
    """A msgid or a name of the rule book in the language of the page; anything else stays as it is."""
    return str(gettext(text)) if isinstance(text, Msgid) else rule_text(text)


def init_app(app: Flask) -> None:
    """Let every text follow the choice, and tell the templates the language of the page."""
    app.extensions["babel"].locale_selector = chosen
    app.jinja_env.filters.update(said=said, rule_text=rule_text)

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"page_language": "zh-CN" if chosen() == "zh" else "en"}
