"""Reads which characters a font file can draw, because the typesetter leaves out a missing one without a word."""

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

UNICODE_TABLES = {(3, 10): 2, (0, 4): 2, (0, 6): 2, (3, 1): 1, (0, 3): 1}  # platform and encoding → how much it covers


@cache
def coverage(path: Path, index: int = 0) -> frozenset[int]:
    """The code points that the font, or font `index` of a collection, has a glyph for."""
    data = path.read_bytes()
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    table = _table(data, start, b"cmap")
    best, offset = 0, None
    for n in range(struct.unpack_from(">H", data, table + 2)[0]):
        platform, encoding, at = struct.unpack_from(">HHI", data, table + 4 + 8 * n)
        if (rank := UNICODE_TABLES.get((platform, encoding), 0)) > best:
            best, offset = rank, table + at
    if offset is None:
        return frozenset()
    form = struct.unpack_from(">H", data, offset)[0]
    return frozenset(_segmented(data, offset) if form == 4 else _grouped(data, offset) if form == 12 else ())


def _table(data: bytes, start: int, tag: bytes) -> int:
    for n in range(struct.unpack_from(">H", data, start + 4)[0]):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * n)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no table {tag!r}")


def _grouped(data: bytes, at: int) -> Iterator[int]:
    for n in range(struct.unpack_from(">I", data, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * n)
        yield from (code for code in range(first, last + 1) if glyph + code - first)


def _segmented(data: bytes, at: int) -> Iterator[int]:
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 4 * count)
    ranges_at = at + 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", data, ranges_at)
    for n, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if ranges[n]:
                glyph = struct.unpack_from(">H", data, ranges_at + 2 * n + ranges[n] + 2 * (code - first))[0]
            if glyph and (glyph + deltas[n]) & 0xFFFF:
                yield code
