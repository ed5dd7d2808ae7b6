"""Files of others are what their authors published: name, version and hash as recorded."""

from hashlib import sha256
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "villagepoints/static/vendor"


def recorded() -> dict[str, str]:
    lines = [line.split() for line in (VENDOR / "VENDORED").read_text("utf-8").splitlines() if not line.startswith("#")]
    return {line[0]: line[-1] for line in lines if line}


def test_every_vendored_file_is_recorded_and_unchanged() -> None:
    files = {path.name for path in VENDOR.iterdir() if path.suffix in (".css", ".js")}
    assert files == recorded().keys()
    for name, digest in recorded().items():
        assert sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
