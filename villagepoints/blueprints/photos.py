"""Photos in forms: reads what was uploaded, and sends a kept photo to whoever may see it."""

from pathlib import Path

from flask import request, send_file
from flask.typing import ResponseReturnValue

from villagepoints.services.evidence import MOST_BYTES, MOST_PHOTOS


def uploads(name: str = "photos") -> list[bytes]:
    """The files of a form's field as they came, those left empty left out; no more than one too many is read."""
    files = [file for file in request.files.getlist(name) if file.filename]
    return [file.stream.read(MOST_BYTES + 1) for file in files[: MOST_PHOTOS + 1]]


def photo(path: Path) -> ResponseReturnValue:
    """A kept photo, for this browser only."""
    response = send_file(path, mimetype="image/jpeg", max_age=3600)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
