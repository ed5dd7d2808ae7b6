"""Typesets PDF pages with typst, the same bytes for the same content and date; nothing else imports typst."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from villagepoints.domain.errors import N_, Refusal
from villagepoints.services import glyphs

try:
    import noto_cjk_sans_otc
    import typst

    _installed = True
except ImportError:  # the extra `pdf` is missing; the pages that print from the browser still work
    _installed = False

PACKAGE = Path(__file__).parent.parent
TEMPLATES = PACKAGE / "templates" / "pdf"
HEI = "Noto Sans CJK SC"
SONG = ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "STSong", "SimSun", "NSimSun")
# PDF/A-2a (ISO 19005-2: kept for years, tagged) and PDF/UA-1 (ISO 14289-1: read aloud)
Standard = Literal["a-2a", "ua-1"]
ARCHIVE: tuple[Standard, ...] = ("a-2a", "ua-1")
HEAVY = 600  # the least weight of a real bold; without one the stroke is thickened


class PdfUnavailable(Refusal):
    """The parts that make PDF files are not installed."""

    status = 501


def available() -> bool:
    """Whether the extra `pdf` is installed."""
    return _installed


def require() -> None:
    """Raise PdfUnavailable, with what to do instead, where the extra `pdf` is not installed."""
    if not available():
        raise PdfUnavailable(
            N_("这台机器没有装做 PDF 的部件，没有生成文件。可以用网页打印；要 PDF，请管理员装上 villagepoints[pdf]。")
        )


def typeset(
    template: str,
    data: Mapping[str, Any],
    dated: datetime,
    files: Mapping[str, bytes] | None = None,
    *,
    standards: Sequence[Standard] = (),
) -> bytes:
    """The PDF of `templates/pdf/<template>`, which reads `data` from data.json and `files` by their names.

    `dated` is the instant written into the document; the same content and date give the same bytes on the same machine.
    `standards` are what it has to keep to (ARCHIVE), by typst's names.
    """
    made: bytes = _compile(template, data, dated, files or {}, "pdf", None, standards)
    return made


def pictures(
    template: str, data: Mapping[str, Any], dated: datetime, files: Mapping[str, bytes] | None = None, ppi: int = 144
) -> list[bytes]:
    """The same pages as PNG pictures of `ppi` dots per inch: what the printer will print."""
    made = _compile(template, data, dated, files or {}, "png", ppi)
    return made if isinstance(made, list) else [made]


def fingerprint(template: str, data: Mapping[str, Any], dated: datetime, files: Mapping[str, bytes]) -> str:
    """The SHA-256 of all that decides the bytes of `typeset`: content, date, templates, fonts and typesetter."""
    require()
    made_from = [
        (template, version("typst"), int(dated.timestamp()), _choice(), data),
        [(path.name, path.read_text("utf-8")) for path in sorted(TEMPLATES.glob("*.typ"))],
        [(name, hashlib.sha256(content).hexdigest()) for name, content in sorted(files.items())],
    ]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True, default=str).encode()).hexdigest()


def _compile(
    template: str,
    data: Mapping[str, Any],
    dated: datetime,
    files: Mapping[str, bytes],
    form: Literal["pdf", "png"],
    ppi: int | None,
    standards: Sequence[Standard] = (),
) -> Any:
    require()
    with TemporaryDirectory(prefix="villagepoints-") as name:
        root = Path(name)
        for source in TEMPLATES.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        (root / "emblem.svg").write_bytes((PACKAGE / "static" / "img" / "emblem.svg").read_bytes())
        for file, content in files.items():
            (root / file).write_bytes(content)
        (root / "data.json").write_text(json.dumps({**data, "fonts": _choice()}, ensure_ascii=False), "utf-8")
        compiler = typst.Compiler(root / template, root=root, font_paths=_fonts())
        return compiler.compile(format=form, ppi=ppi, timestamp=int(dated.timestamp()), pdf_standards=list(standards))


def texts(value: Any) -> Iterator[str]:
    """All texts among values as JSON holds them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def unprintable(text: str) -> str:
    """The characters of `text` that no font here can draw, each once; a name with one of them prints with a gap."""
    require()
    missing = {char for char in text if ord(char) not in _own_glyphs() and not char.isspace()}
    for font in _fonts().fonts() if missing else ():
        if font.path:
            missing -= {char for char in missing if ord(char) in glyphs.coverage(Path(font.path), font.index)}
    return "".join(sorted(missing))


@cache
def _fonts() -> Any:
    # The bundled Hei draws pages the same everywhere; a Song for the headings comes from the machine, if it has one.
    return typst.Fonts(
        include_system_fonts=True,
        include_embedded_fonts=False,
        font_paths=[str(Path(noto_cjk_sans_otc.__file__).parent)],
    )


@cache
def _own_glyphs() -> frozenset[int]:
    own = next(font for font in _fonts().fonts() if font.family == HEI and "noto_cjk_sans_otc" in str(font.path))
    return glyphs.coverage(Path(own.path), own.index)


@cache
def _choice() -> dict[str, Any]:
    """The families for headings and text, and for each whether it has a real bold."""
    weights: dict[str, int] = {}
    for font in _fonts().fonts():
        weights[font.family] = max(font.weight, weights.get(font.family, 0))
    song = next((family for family in SONG if family in weights), HEI)
    return {"song": song, "hei": HEI, "song_bold": weights[song] >= HEAVY, "hei_bold": weights[HEI] >= HEAVY}
