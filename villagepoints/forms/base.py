"""What every form carries: a request key that makes a second click the same request, and fields as people type."""

from datetime import date
from secrets import token_urlsafe
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, StringField, TextAreaField

FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20, 0x2212: 0x2D}


def printable(text: str | None) -> str:
    """What was typed without control characters and outer spaces."""
    return "".join(c for c in text or "" if c.isprintable() or c == "\n").strip()


def narrow(text: str | None) -> str:
    """The same with full-width digits, letters and signs made narrow."""
    return printable(text).translate(FULL_WIDTH)


class KeyedForm(FlaskForm):  # type: ignore[misc]
    """A form whose hidden key is fresh on every page and comes back with its POST."""

    key = HiddenField(default=lambda: token_urlsafe(18), filters=[printable])


class Words(StringField):  # type: ignore[misc]
    """A line of text."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[printable], **options)


class LongWords(TextAreaField):  # type: ignore[misc]
    """Some lines of text."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[printable], **options)


class WholeNumber(IntegerField):  # type: ignore[misc]
    """A whole number, in narrow or full-width digits, with or without thousands commas."""

    def process_formdata(self, values: list[str]) -> None:
        text = narrow(values[0] if values else "").replace(",", "").replace(" ", "")
        self.data = None
        if not text:
            self.raw_data: list[str] = []  # a blank is nothing: InputRequired takes it for something
            return
        try:
            if len(text) > 12:
                raise ValueError
            self.data = int(text)
        except ValueError:
            raise ValueError(_l("请填整数，例如 5。")) from None


class Day(DateField):  # type: ignore[misc]
    """A village date, as the browser's date field or a person writes it: 2026-01-08, 2026/1/8."""

    earliest = 2000  # years before are slips of the key

    def process_formdata(self, values: list[str]) -> None:
        text = narrow(values[0] if values else "").replace("/", "-").replace(".", "-")
        self.data = None
        if not text:
            return
        try:
            year, month, day = (int(part) for part in text.split("-"))
            self.data = date(year, month, day)
            if not self.earliest <= year <= 2199:
                raise ValueError
        except ValueError:
            self.data = None
            raise ValueError(_l("请按 2026-01-08 这样填日期。")) from None


def beside(form: FlaskForm, field: str, sentence: str) -> str:
    """Put a refusal beside the field it speaks of; the sentence back, to stand above the form, where it has none."""
    if field not in form:
        return sentence
    form[field].errors = [*form[field].errors, sentence]
    return ""
