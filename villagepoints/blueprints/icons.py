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
    "year": "M4 4v15.5h16M7.5 15l4-4.5 3 2.5 5-6",
    "back": "M14.5 5 8 12l6.5 7",
    "next": "M9.5 5 16 12l-6.5 7",
    "camera": "M4 7.5h3.5L9 5h6l1.5 2.5H20a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1zM12"
    " 16.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4z",
    "idea": "M9 17.5c0-2.5-3-3.7-3-7.5a6 6 0 0 1 12 0c0 3.8-3 5-3 7.5zM9.5 21h5",
    "visit": "M5.5 21V4a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1v17M3.5 21h17M14.5 12v1.2",
    "pencil": "M4 20l1-4.5L16 4.5a1.5 1.5 0 0 1 2.1 0l1.4 1.4a1.5 1.5 0 0 1 0 2.1L8.5 19zM13.5 7l3.5 3.5",
    "claim": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 8v8M8 12h8",
    "speech": "M4.5 4h15a1 1 0 0 1 1 1v10.5a1 1 0 0 1-1 1H11l-4.5 4v-4h-2a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z"
    "M8 8.5h8M8 12h5",
}
# a frame of our own: `format` of a Markup escapes what is put in
DRAWN = Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>')


@cache
def icon(name: str) -> Markup:
    """An icon by its name, hidden from those who are read to: a word stands beside it. KeyError for an unknown one."""
    return DRAWN.format(PATHS[name])


def init_app(app: Flask) -> None:
    """Give `icon` to the templates."""
    app.jinja_env.globals["icon"] = icon
