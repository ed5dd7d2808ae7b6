"""The icons of a villager's pages, drawn as lines so that they take the colour of the words beside them."""

from functools import cache

from flask import Flask
from markupsafe import Markup

PATHS = {
    "home": "M3.5 10.5 12 3.5l8.5 7V20a1 1 0 0 1-1 1H15v-6H9v6H4.5a1 1 0 0 1-1-1z",
    "records": "M6 3h12v18l-3-1.8-3 1.8-3-1.8L6 21zM9.5 8h5M9.5 12h5",
    "gift": "M4 8h16v4.5H4zM5.5 12.5V21h13v-8.5M12 8v13M12 8S10.5 3.5 8 3.5A2.3 2.3 0 0 0 8 8zM12"
    " 8s1.5-4.5 4-4.5A2.3 2.3 0 0 1 16 8z",
    "help": "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM9.3 9.2a2.8 2.8 0 0 1 5.5.8c0 1.9-2.8 2.3-2.8 4M12 17.3v.1",
    "call": "M6.6 3.5 9.5 4l1.2 4-2 1.7a12 12 0 0 0 5.6 5.6l1.7-2 4 1.2.5 2.9a2 2 0 0 1-2 2.6A15.5"
    " 15.5 0 0 1 4 5.5a2 2 0 0 1 2.6-2z",
    "sound": "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6a8.4 8.4 0 0 1 0 12",
    "person": "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20.5v-1A4.5 4.5 0 0 1 7.5 15h5a4.5 4.5 0 0 1 4.5"
    " 4.5v1M19 8.5v5M16.5 11h5",
    "back": "M14.5 5 8 12l6.5 7",
}
DRAWN = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>'


@cache
def icon(name: str) -> Markup:
    """An icon by its name, hidden from those who are read to: a word stands beside it. KeyError for an unknown one."""
    return Markup(DRAWN.format(PATHS[name]))  # our own numbers and letters


def init_app(app: Flask) -> None:
    """Give `icon` to the templates."""
    app.jinja_env.globals["icon"] = icon
