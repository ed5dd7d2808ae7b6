"""Which language a page is written in: Chinese, unless this browser asked for English."""

from typing import Any

from flask import Flask, g, request

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "language"


def chosen() -> str:
    """The language of this request."""
    if "language" not in g:
        asked = request.cookies.get(COOKIE, "zh") if request else "zh"
        g.language = asked if asked in LANGUAGES else "zh"
    language: str = g.language
    return language


def init_app(app: Flask) -> None:
    """Let every text follow the choice, and tell the templates the language of the page."""
    app.extensions["babel"].locale_selector = chosen

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"page_language": "zh-CN" if chosen() == "zh" else "en"}
