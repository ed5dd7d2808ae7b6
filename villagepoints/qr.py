"""Draws QR codes: segno for screens and terminals, qrcode for printed cards; nothing else imports either."""

from functools import cache
from io import BytesIO, StringIO
from pathlib import Path

import qrcode
import segno
from markupsafe import Markup
from PIL import Image, ImageOps
from qrcode.image.styledpil import StyledPilImage
from qrcode.image.styles.moduledrawers.pil import RoundedModuleDrawer

INK = "#1f2a24"
DEEP_GREEN = "#1d4a2e"
MODULE = 12  # pixels of a printed module: about 200 dpi on the larger of the two cards
EMBLEM_SHARE = 0.22  # of the printed code's width; level H restores far more than the area this covers
EMBLEM = Path(__file__).parent / "static" / "img" / "emblem.png"
GREENS, EMBLEM_COLOURS = 12, 20  # a palette of 32 makes half the bytes of true colour


def svg(text: str, title: str) -> Markup:
    """`text` as an inline SVG code, level M, named `title` for those who cannot see it; sized by its class `qr`.

    Upper-case letters, digits and `:/.-` take the alphanumeric mode, which keeps a card's URL at version 3 or 4.
    """
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return _inline(code, "qr", title)


def dense_svg(text: str, title: str) -> Markup:
    """As `svg`, for a text of some 800 letters and digits on paper: level L, the smallest; its mask is fixed, because
    to try all eight takes a tenth of a second, and tests read it back at the size of the print."""
    code = segno.make(text, error="l", micro=False, boost_error=False, mask=3)
    return _inline(code, "qr qr-dense", title)


def _inline(code: segno.QRCode, classes: str, title: str) -> Markup:
    drawn = code.svg_inline(omitsize=True, svgclass=classes, lineclass=None, dark=INK, title=title)
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # segno escapes the title; the text is only drawn


def version(text: str) -> int:
    """The QR version (1 to 40) that `svg` needs for `text`; the smaller, the easier an old phone reads it."""
    return int(segno.make(text, error="m", micro=False, boost_error=False).version)


def terminal(text: str) -> str:
    """`text` as a code of half blocks, light on dark as terminals are, with a line break after each row."""
    drawn = StringIO()
    segno.make(text, error="m", micro=False, boost_error=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()


def plain_png(text: str) -> bytes:
    """`text` as a small black PNG, level M, to be printed beside words."""
    out = BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def emblem_png(text: str) -> bytes:
    """`text` as the code of a door card: a PNG, level H, rounded modules in deep green, the emblem in the middle."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_H, box_size=MODULE, border=4)
    code.add_data(text)
    code.make(fit=True)
    drawn = code.make_image(image_factory=StyledPilImage, module_drawer=RoundedModuleDrawer()).get_image()
    picture = _coloured(drawn.convert("L"))
    emblem = _emblem(int(picture.width * EMBLEM_SHARE))
    corner = (picture.width - emblem.width) // 2
    picture.paste(emblem, (corner, corner), emblem)
    out = BytesIO()
    picture.quantize(palette=_palette(), dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def _coloured(grey: Image.Image) -> Image.Image:
    # The library colours pixel by pixel in Python; a look-up over the grey values is thirty times as fast.
    return ImageOps.colorize(grey, black=DEEP_GREEN, white="#ffffff")


@cache
def _emblem(side: int) -> Image.Image:
    return Image.open(EMBLEM).convert("RGBA").resize((side, side), Image.Resampling.LANCZOS)


@cache
def _palette() -> Image.Image:
    """The same colours for every card, so that a card's bytes do not depend on the cards before it."""
    steps = _coloured(Image.frombytes("L", (GREENS, 1), bytes(255 * n // (GREENS - 1) for n in range(GREENS))))
    flat = Image.new("RGB", (128, 128), "#ffffff")
    flat.paste(_emblem(128), (0, 0), _emblem(128))
    emblem = flat.quantize(EMBLEM_COLOURS).getpalette() or []
    palette = Image.new("P", (1, 1))
    # Pillow looks colours up coarsely: an almost white of the emblem would stand in for the white of the paper.
    palette.putpalette([255 if level > 240 else level for level in [*steps.tobytes(), *emblem[: EMBLEM_COLOURS * 3]]])
    return palette
