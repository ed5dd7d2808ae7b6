"""A request that fails is logged without the secret in its address."""

import pytest
from flask import Flask

PATHS = ["/q/sx/1RR7EJRNBF01EEMYBE3NWRMGPH", "/Q/SX/1RR7EJRNBF01EEMYBE3NWRMGPH", "/auth/link/sx.9S82VklJBcZCatPIkEXzb2"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", PATHS)
def test_a_token_never_stands_in_a_log_line(app: Flask, path: str, caplog: pytest.LogCaptureFixture) -> None:
    app.logger.addHandler(caplog.handler)  # where the application's own handler writes to
    with app.test_request_context(path):
        app.log_exception((ValueError, ValueError("broken"), None))
    assert "Exception on /" in caplog.text
    assert path.rsplit("/", 1)[1] not in caplog.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_other_lines_stay_as_they_are(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.logger.warning("%s of %d", "/desk/households", 7)
    assert "/desk/households of 7" in caplog.text
