"""A browser for tests: it fills the form that a page really has, hidden fields, request key and CSRF token included."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from villagepoints.models import User


class Form:
    """A form of a page: where it goes and what its fields hold before anyone types."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").lower()
        self.fields: dict[str, list[str]] = {}

    def has(self, names: Any) -> bool:
        """Whether all of these fields stand in it."""
        return set(names) <= self.fields.keys()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("name")
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "option" and self._select and ("selected" in attributes or not self._form.fields[self._select]):
            self._form.fields[self._select] = [attributes.get("value") or ""]
        elif name and tag in ("input", "select", "textarea", "button"):
            held = self._form.fields.setdefault(name, [])
            self._select = name if tag == "select" else None
            kind = attributes.get("type", "text")
            ticked = kind not in ("checkbox", "radio") or "checked" in attributes
            if tag == "input" and kind not in ("submit", "file") and ticked:
                held.append(attributes.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def forms(html: str) -> list[Form]:
    """The forms of a page, in their order."""
    parser = _Parser()
    parser.feed(html)
    return parser.forms


class Client(FlaskClient):
    """A browser with its own cookies."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As Flask's; a header that no real server could send is an error here too."""
        response = super().open(*args, **kwargs)
        for _, value in response.headers:
            value.encode("latin-1")
        return response

    def submit(self, page: str, *, action: str | None = None, **fields: Any) -> TestResponse:
        """Open a page, fill its first POST form that has these fields (and whose action contains `action`), send it.

        Redirects are not followed. AssertionError where the page has no such form.
        """
        opened = self.get(page)
        assert opened.status_code == 200, f"{page}: {opened.status}"
        found = [
            form
            for form in forms(opened.get_data(as_text=True))
            if form.method == "post" and form.has(fields) and (action is None or action in form.action)
        ]
        assert found, f"{page} has no form with {sorted(fields)}"
        data: dict[str, Any] = {name: held for name, held in found[0].fields.items() if held}
        return self.post(found[0].action or page, data={**data, **fields}, content_type="multipart/form-data")

    def sign_in(self, user: User) -> None:
        """Sign a member of staff in, as the sign-in page leaves the session."""
        from tests.factories import signed_in

        with self.session_transaction() as session:
            session.update(signed_in(user))

    def open_home(self, cookie: str) -> None:
        """Be a phone that a household's page remembers: `cookie` comes from factories.remember_phone."""
        self.set_cookie("home", cookie)
