"""Pages and files go out packed as the browser asks, and a kept page is the same page however it is packed."""

import gzip
from collections.abc import Callable

import brotli
import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import Made, remember_phone
from tests.pages import Client
from villagepoints.blueprints.headers import FOREVER, static_url

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
UNPACK: dict[str | None, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
WAYS = pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("", None), ("identity", None)],
)


def asked(client: Client, path: str, accepted: str, **headers: str) -> TestResponse:
    return client.get(path, headers={"Accept-Encoding": accepted, **headers})


@WAYS
@pytest.mark.parametrize("path", ["/my/", "/my/earn", "/v/sx/rules", "/static/css/phone.css", "/my/no-such-page"])
def test_what_is_read_is_packed_as_the_browser_asks(
    path: str, accepted: str, encoding: str | None, client: Client, session: Session, village: Made
) -> None:
    client.open_home(remember_phone(session, village.household))
    plain = client.get(path, headers={"Accept-Encoding": ""})
    for _ in range(2):  # the second time from what is kept
        answer = asked(client, path, accepted)
        assert answer.headers.get("Content-Encoding") == encoding
        assert UNPACK[encoding](answer.data) == plain.data
        assert answer.content_length == len(answer.data)
        assert "Accept-Encoding" in answer.vary
    assert encoding is None or len(answer.data) < 0.7 * len(plain.data)


@WAYS
def test_an_unchanged_page_is_not_sent_again_however_it_was_packed(
    accepted: str, encoding: str | None, app: Flask, client: Client, session: Session, village: Made
) -> None:
    client.open_home(remember_phone(session, village.household))
    with app.test_request_context():
        style = static_url("css/phone.css")
    for path in ("/my/", style):
        known = asked(client, path, "br").headers["ETag"]
        again = asked(client, path, accepted, **{"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert "Content-Encoding" not in again.headers
        assert "Accept-Encoding" in again.vary
    assert asked(client, style, accepted).headers["Cache-Control"] == FOREVER


def test_what_is_packed_already_and_what_is_tiny_stay_as_they_are(client: Client, village: Made) -> None:
    for path in ("/static/img/emblem.png", "/healthz", "/static/img/down.svg"):
        answer = asked(client, path, "gzip, br")
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
    part = asked(client, "/static/css/phone.css", "br", Range="bytes=0-99")
    assert part.status_code in (200, 206)
    assert part.status_code == 200 or "Content-Encoding" not in part.headers
