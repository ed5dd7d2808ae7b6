"""Reads QR codes back, so that a code is tried before it is printed; nothing else imports zxing-cpp."""

from io import BytesIO

import zxingcpp
from PIL import Image

QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
SMALL = 222  # pixels: about what a cheap phone's camera sees of a door card at arm's length


def decode(picture: bytes) -> str | None:
    """The text of the one QR code in a picture file, None if it cannot be read."""
    return _read(Image.open(BytesIO(picture)).convert("L"))


def decode_small(picture: bytes) -> str | None:
    """As `decode`, after shrinking the picture to 222 pixels: a harder test than the print itself."""
    image = Image.open(BytesIO(picture)).convert("L")
    image.thumbnail((SMALL, SMALL), Image.Resampling.BILINEAR)
    return _read(image)


def decode_all(picture: bytes) -> list[str]:
    """The texts of every QR code in a picture file, as a whole sheet of cards has them."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(picture)).convert("L"), formats=QR_ONLY)
    return [code.text for code in found]


def _read(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcode(image, formats=QR_ONLY)
    return found.text if found else None
