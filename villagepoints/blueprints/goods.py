"""What goods look like: the photo that the desk put in, or a quiet drawing of their kind until somebody takes one."""

from functools import cache
from uuid import UUID

from flask import Flask, url_for
from markupsafe import Markup

SIZE = 72  # CSS pixels; the photo has 240, so that it is sharp on a phone
GREEN, PALE, GRAIN, CREAM, CLAY, SLATE = "#2c6a43", "#9dc0a8", "#d79a2b", "#fbf1dc", "#b8604f", "#5d6b63"
# frames of our own: `format` of a Markup escapes what is put in, `join` what is no Markup
PATH = Markup('<path fill="{}" d="{}"/>')
DRAWN = Markup('<svg class="goods-picture" viewBox="0 0 48 48" aria-hidden="true" focusable="false">{}</svg>')
PHOTO = Markup('<img class="goods-picture" src="{}" width="{}" height="{}" alt="" loading="lazy" decoding="async">')

# words of a name, and what is drawn for them in a square of 48: (colour, path); the first that fits
DRAWINGS: tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...] = (
    (
        ("理发", "剪发"),
        (
            (SLATE, "M15.3 7.5 27.6 28l-2.9 3L13.6 9.9zM32.7 7.5 20.4 28l2.9 3L34.4 9.9z"),
            (
                GREEN,
                "M16.5 27a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 3.6a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 0 1 0-5.8z"
                "M31.5 27a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 3.6a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 0 1 0-5.8z",
            ),
        ),
    ),
    (
        ("洗衣", "洗洁", "洗手", "洗发", "沐浴", "消毒"),
        (
            (GREEN, "M15 7h11v8H15z"),
            (
                PALE,
                "M15 15h11c7 0 11 5 11 12v11a3 3 0 0 1-3 3H14a3 3 0 0 1-3-3V19a4 4 0 0 1 4-4zm14 5v8h4c0-4-1-7-4-8z",
            ),
            (CREAM, "M14 25h11v11H14z"),
            (GREEN, "M19.5 26.5c2.2 2.9 3.3 4 3.3 5.4a3.3 3.3 0 0 1-6.6 0c0-1.4 1.1-2.5 3.3-5.4z"),
        ),
    ),
    (
        ("油",),
        (
            (GREEN, "M20 6h8v5h-8z"),
            (GRAIN, "M20 11h8v3c5 2 7 5 7 10v14a3 3 0 0 1-3 3H16a3 3 0 0 1-3-3V24c0-5 2-8 7-10z"),
            (CREAM, "M13 25h22v11H13z"),
            (GRAIN, "M24 26.5c2.2 2.9 3.2 3.8 3.2 5.1a3.2 3.2 0 0 1-6.4 0c0-1.3 1-2.2 3.2-5.1z"),
        ),
    ),
    (
        ("米", "面粉", "面条", "杂粮", "麦"),
        (
            (GRAIN, "M14 7h20l-2 6H16z"),
            ("#eadcb8", "M16 13h16c4 6 6 13 6 20 0 5-2 8-6 8H16c-4 0-6-3-6-8 0-7 2-14 6-20z"),
            (
                GREEN,
                "M23.2 37V20h1.6v17zM24 22c-1.5-2-1.5-3.5 0-5.5 1.5 2 1.5 3.5 0 5.5z"
                "M23 27c-3 0-4.5-1.2-5-4 3 0 4.6 1.2 5 4zM25 27c3 0 4.5-1.2 5-4-3 0-4.6 1.2-5 4z"
                "M23 32.5c-3 0-4.5-1.2-5-4 3 0 4.6 1.2 5 4zM25 32.5c3 0 4.5-1.2 5-4-3 0-4.6 1.2-5 4z",
            ),
        ),
    ),
    (
        ("抽纸", "纸巾", "卷纸", "卫生纸"),
        (
            ("#ffffff", "M15 24c1-6 3-5 3-13 3 3 6-1 9 2 2 2 5 1 6 2-2 4 0 5 0 9z"),
            (PALE, "M8 22h32v16a3 3 0 0 1-3 3H11a3 3 0 0 1-3-3z"),
            (GREEN, "M13 22h22a11 3 0 0 1-22 0z"),
            (CREAM, "M18 29h12v7H18z"),
        ),
    ),
    (
        ("牙膏", "牙刷"),
        (
            (SLATE, "M12 7h24v4H12z"),
            ("#ffffff", "M13 11h22l-4 23H17z"),
            (GREEN, "m14 17 1.6 9h16.8l1.6-9z"),
            (PALE, "M18 35h12v6H18z"),
        ),
    ),
    (
        ("垃圾袋", "塑料袋", "保鲜袋"),
        (
            (SLATE, "M24 15c8 2 14 10 13 19-.5 5-4 7-13 7s-12.5-2-13-7c-1-9 5-17 13-19z"),
            (GREEN, "M21 16 15 7l9 4 9-4-6 9z"),
            ("#8b978f", "M16 30c0-5 2-8 5-10-1.5 4-2 8-2 13-2 0-3-1-3-3z"),
        ),
    ),
    (
        ("盐", "糖", "味精", "鸡精", "酱", "醋"),
        (
            (SLATE, "M17 17a7 9 0 0 1 14 0z"),
            ("#ffffff", "M16 17h16l3 21a3 3 0 0 1-3 3H16a3 3 0 0 1-3-3z"),
            (PALE, "m14.6 27-1.6 11a3 3 0 0 0 3 3h16a3 3 0 0 0 3-3l-1.6-11z"),
            (CREAM, "M21.5 12.5h1.5V14h-1.5zM25 12.5h1.5V14H25z"),
        ),
    ),
    (
        ("毛巾", "浴巾", "被", "床单", "手套"),
        (
            (SLATE, "M7 9h34v3H7z"),
            (PALE, "M13 10h22v27H13z"),
            (GREEN, "M13 27h22v3H13zM13 32h22v1.5H13z"),
            (CREAM, "M13 37h22v3H13z"),
        ),
    ),
    (
        ("热水瓶", "水壶", "保温", "杯"),
        (
            (SLATE, "M35 17h3a4 4 0 0 1 4 4v9a4 4 0 0 1-4 4h-3v-3h2a2 2 0 0 0 2-2v-7a2 2 0 0 0-2-2h-2z"),
            (GREEN, "M18 6h12v6H18z"),
            (CLAY, "M18 12h12l5 7v19a3 3 0 0 1-3 3H16a3 3 0 0 1-3-3V19z"),
            (CREAM, "M13 23h22v9H13z"),
            (
                CLAY,
                "M24 24.2a1.9 1.9 0 0 1 1.9 1.9 1.9 1.9 0 1 1-1.9 3.3 1.9 1.9 0 1 1-1.9-3.3 1.9 1.9 0 0 1 1.9-1.9z",
            ),
        ),
    ),
    (
        ("蛋",),
        (
            (CREAM, "M16 11c4 0 7 6 7 11s-3 7-7 7-7-2-7-7 3-11 7-11zM32 11c4 0 7 6 7 11s-3 7-7 7-7-2-7-7 3-11 7-11z"),
            ("#ecc98f", "M24 13c4 0 7 6 7 11s-3 7-7 7-7-2-7-7 3-11 7-11z"),
            (SLATE, "M6 26h36l-4 13a2 2 0 0 1-2 1.5H12a2 2 0 0 1-2-1.5z"),
        ),
    ),
    (
        ("奶",),
        (
            (GREEN, "M16 6h16v4H16z"),
            ("#ffffff", "M16 10h16l4 9v22H12V19z"),
            (PALE, "M12 25h24v10H12z"),
            (GREEN, "M16 10h16l4 9H12z"),
        ),
    ),
    (
        ("皂",),
        (
            (PALE, "M11 21h26a5 5 0 0 1 5 5v8a5 5 0 0 1-5 5H11a5 5 0 0 1-5-5v-8a5 5 0 0 1 5-5z"),
            (GREEN, "M16 26h16a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H16a2 2 0 0 1-2-2v-4c0-1.1.9-2 2-2z"),
            (CREAM, "M17 9a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM28 6a3 3 0 1 1 0 6 3 3 0 0 1 0-6z"),
        ),
    ),
    (
        ("券", "卡", "票"),
        (
            (GRAIN, "M6 14h36v7a3.5 3.5 0 0 0 0 7v7H6v-7a3.5 3.5 0 0 0 0-7z"),
            (CREAM, "M15 14h1.5v21H15zM21 20h15v2.5H21zM21 26h10v2.5H21z"),
        ),
    ),
    (
        ("",),  # anything else: a parcel
        (
            (PALE, "M9 21h30v17a3 3 0 0 1-3 3H12a3 3 0 0 1-3-3z"),
            (GREEN, "M7 14h34v7H7z"),
            (GRAIN, "M21.5 14h5v27h-5zM24 14c-6 0-10-2-9-5s7-1 9 5c2-6 8-8 9-5s-3 5-9 5z"),
        ),
    ),
)  # fmt: skip


@cache
def drawing(name: str) -> Markup:
    """The drawing for goods of that name, hidden from those who are read to: the name stands beside it."""
    paths = next(paths for words, paths in DRAWINGS if any(word in name for word in words))
    return DRAWN.format(Markup("").join(PATH.format(colour, d) for colour, d in paths))


def picture(code: str, reward_id: UUID, file: str, name: str) -> Markup:
    """The photo of one of the goods of village `code`, fetched when it comes into sight; its drawing if it has none."""
    if not file:
        return drawing(name)
    address = url_for("public_goods.picture", code=code, reward_id=reward_id, v=version(file))
    return PHOTO.format(address, SIZE, SIZE)


def version(file: str) -> str:
    """What of a photo's name stands in its address: each has its own, so that browsers may keep it for good."""
    return file.rpartition("/")[2][:12]


def init_app(app: Flask) -> None:
    """Give `goods_picture` to the templates."""
    app.jinja_env.globals["goods_picture"] = picture
