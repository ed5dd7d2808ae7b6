"""Pages and files of text go out packed, by brotli or gzip as the browser asks: signals are weak and megabytes dear.

A page whose compressed size tells what is in it needs a secret that stays the same while somebody makes the browser ask
again and again. Here the CSRF token is signed anew every second, and other sites get no cookies sent (SameSite=Lax).
"""

import gzip
from functools import lru_cache

import brotli
from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

BROTLI, GZIP = "br", "gzip"
LEAST = 500  # bytes; less fits into one packet as it is
PAGE, FILE = 5, 11  # brotli's effort: a page is packed while somebody waits, a file once in the life of the process
PACKED = frozenset(
    {
        *("text/html", "text/css", "text/javascript", "application/javascript", "text/plain", "text/csv"),
        *("application/json", "application/manifest+json", "image/svg+xml"),
    }
)


@lru_cache(maxsize=256)
def chosen(accepted: str) -> str:
    """What to pack with for a browser that sends this Accept-Encoding; empty for neither of the two."""
    offers = parse_accept_header(accepted, Accept)
    return offers.best_match([BROTLI, GZIP]) or "" if offers else ""


def packed(body: bytes, encoding: str, effort: int = PAGE) -> bytes:
    """The body packed so; as it is for an empty encoding."""
    if encoding == BROTLI:
        return bytes(brotli.compress(body, quality=effort))
    if encoding == GZIP:
        return gzip.compress(body, 9 if effort == FILE else 6, mtime=0)
    return body


@lru_cache(maxsize=128)
def _file(body: bytes, encoding: str) -> bytes:
    return packed(body, encoding, FILE)


def _pack(response: Response) -> Response:
    if response.mimetype not in PACKED:
        return response
    response.vary.add("Accept-Encoding")
    encoding, is_file = chosen(request.headers.get("Accept-Encoding", "")), request.endpoint == "static"
    if not encoding or response.status_code in (206, 304) or "Content-Encoding" in response.headers:
        return response
    if response.is_streamed and not is_file:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < LEAST:
        return response
    response.set_data(_file(body, encoding) if is_file else packed(body, encoding))
    response.headers["Content-Encoding"] = encoding
    response.headers.pop("Accept-Ranges", None)
    tag, _is_weak = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)  # the same page in other bytes
    return response


def init_app(app: Flask) -> None:
    """Pack every answer, after all else was done to it."""
    app.after_request(_pack)
