"""Every code that is drawn can be read again, and a card's URL stays small."""

import re
from io import BytesIO

import pytest
from PIL import Image

from villagepoints import qr, qr_reader

URLS = [
    "HTTPS://JIFEN.SHENGXIN.CN/Q/SX/0123456789ABCDEFGHJKMNPQRS",
    "HTTP://192.168.1.100:8000/Q/SXCUN888/ZYXWVTSRQPNMKJHGFEDCBA9876",
    "HTTP://127.0.0.1:8000/Q/SX/7G4M1Z0Q9XK2V8T5B3N6W0D1HA",
]


def picture_of(svg: str, module: int = 6) -> bytes:
    """The strokes of an inline SVG code as a PNG."""
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))  # type: ignore[union-attr]
    image = Image.new("L", (side, side), 255)
    x, y = 0, 0
    path = re.search(r' d="([^"]+)"', svg).group(1)  # type: ignore[union-attr]
    for command, *numbers in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if command == "M":
            x, y = int(float(numbers[0])), int(float(numbers[1]))
        elif command == "m":
            x, y = x + int(numbers[0]), y + int(numbers[1])
        else:
            for at in range(x, x + int(numbers[0])):
                image.putpixel((at, y), 0)
            x += int(numbers[0])
    return png(image.resize((side * module, side * module), Image.Resampling.NEAREST))


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("url", URLS)
def test_the_code_on_a_screen_reads_as_its_url(url: str) -> None:
    assert qr_reader.decode(picture_of(str(qr.svg(url, "你家的码")))) == url


@pytest.mark.parametrize("url", URLS)
def test_the_code_in_a_terminal_reads_as_its_url(url: str) -> None:
    rows = qr.terminal(url).splitlines()
    image = Image.new("L", (max(map(len, rows)), len(rows) * 2), 0)
    for y, row in enumerate(rows):
        for x, half in enumerate(row):
            image.putpixel((x, 2 * y), 255 * (half in "█▀"))
            image.putpixel((x, 2 * y + 1), 255 * (half in "█▄"))
    large = image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST)
    assert qr_reader.decode(png(large)) == url


@pytest.mark.parametrize("url", URLS)
def test_the_printed_code_reads_as_its_url_even_when_small(url: str) -> None:
    printed = qr.emblem_png(url)
    assert qr_reader.decode(printed) == url
    assert qr_reader.decode_small(printed) == url


@pytest.mark.parametrize("url", URLS)
def test_an_upper_case_url_keeps_the_plain_code_at_version_4_or_less(url: str) -> None:
    assert qr.version(url) <= 4


def test_a_lower_case_url_would_make_the_code_larger() -> None:
    assert qr.version(URLS[0].lower()) > qr.version(URLS[0])


def test_the_code_on_a_screen_has_a_name_and_no_style_that_the_page_policy_would_refuse() -> None:
    drawn = str(qr.svg(URLS[0], '你家的码 <"&'))
    assert "<title>你家的码 &lt;" in drawn
    assert "style=" not in drawn
    assert 'role="img"' in drawn


def test_a_printed_code_is_the_same_bytes_whatever_was_drawn_before() -> None:
    first = qr.emblem_png(URLS[0])
    qr.emblem_png(URLS[1])
    assert qr.emblem_png(URLS[0]) == first


def test_a_printed_code_has_the_emblem_in_its_middle_and_white_around_it() -> None:
    image = Image.open(BytesIO(qr.emblem_png(URLS[0]))).convert("RGB")
    assert image.getpixel((2, 2)) == (255, 255, 255)
    middle = image.crop((image.width * 4 // 9, image.height * 4 // 9, image.width * 5 // 9, image.height * 5 // 9))
    gold = [colour for _, colour in middle.getcolors(100_000) or [] if colour[0] > 200 and colour[2] < 120]
    assert gold


def test_a_picture_without_a_code_reads_as_nothing() -> None:
    assert qr_reader.decode(png(Image.new("L", (200, 200), 255))) is None
