"""Codes that are printed beside words: read back before they are offered."""

from collections.abc import Callable

from villagepoints import qr, qr_reader
from villagepoints.domain.errors import N_
from villagepoints.services.door_card import UnreadableCode


def readable(text: str, draw: Callable[[str], bytes] = qr.plain_png) -> bytes:
    """The PNG of a plain code; raises UnreadableCode where what was drawn does not read back as `text`."""
    picture = draw(text)
    if qr_reader.decode_small(picture) != text:
        raise UnreadableCode(N_("画出来的码读不回原来的地址，已停止打印。请再试一次，还不行就告诉管理员。"))
    return picture
