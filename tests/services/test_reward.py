"""Goods come in and go out with a reason, and never below nothing."""

import random
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotFound
from villagepoints.models import Reward, StockMove
from villagepoints.services import evidence, reward, reward_list

OIL: dict[str, Any] = {
    "code": "R01",
    "name": "食用油 5L",
    "points": 200,
    "is_active": True,
    "low_stock": 5,
    "household_month_limit": None,
}


def save(session: Session, village: Made, key: str, **changes: Any) -> UUID:
    asked = {name: changes.pop(name) for name in ("picture", "without_picture", "reward_id") if name in changes}
    given = {"reward_id": None, "wanted": reward.Details(**{**OIL, **changes}), "now": NOW, **asked}
    return reward.save(session, village.clerk, key=key, **given)


def move(
    session: Session, village: Made, reward_id: UUID, quantity: int, key: str, reason: str = "进货", **more: Any
) -> int:
    wanted = reward.Move(quantity=quantity, reason=reason, **more)
    return reward.move_stock(session, village.clerk, reward_id=reward_id, wanted=wanted, key=key, now=NOW)


def test_goods_are_added_once_and_changed_later(session: Session, village: Made):
    oil = save(session, village, "k1")
    assert save(session, village, "k1") == oil
    save(session, village, "k2", reward_id=oil, points=180)
    goods = reward_list.on_offer(session, village.id, TODAY)
    assert [(r.name, r.points, r.stock) for r in goods] == [("食用油 5L", 180, 0)]
    with pytest.raises(KeyReused):
        save(session, village, "k2", points=1)


@pytest.mark.parametrize("bad", [{"points": 0}, {"points": -1}, {"name": " "}, {"code": ""}])
def test_goods_without_code_name_or_points_are_refused(session: Session, village: Made, bad: dict[str, Any]):
    with pytest.raises(BadInput):
        save(session, village, "k1", **bad)
    session.rollback()
    assert session.scalars(select(Reward)).all() == []


def test_a_code_is_taken_only_once(session: Session, village: Made):
    save(session, village, "k1")
    with pytest.raises(Conflict, match="R01"):
        save(session, village, "k2")


def test_stock_moves_with_a_reason_and_never_below_nothing(session: Session, village: Made):
    oil = save(session, village, "k1")
    assert move(session, village, oil, 10, "k2") == move(session, village, oil, 10, "k2") == 10
    with pytest.raises(Conflict, match="只有 10 件，不能出 11 件"):
        move(session, village, oil, -11, "k3")
    for quantity, reason in ((0, "x"), (1, "  ")):
        with pytest.raises(BadInput):
            move(session, village, oil, quantity, "k4", reason)
    assert move(session, village, oil, -3, "k5", "破损") == 7
    session.rollback()
    assert sum(session.scalars(select(StockMove.quantity))) == 7


def test_another_village_s_goods_are_not_there(session: Session, village: Made):
    oil = save(session, village, "k1")
    other = factories.make_village(session, "zz")
    with pytest.raises(NotFound):
        move(session, other, oil, 1, "k1")


def noise(width: int = 400, height: int = 300) -> bytes:
    """A photo that compresses as badly as any."""
    return written(Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3)))


def written(image: Image.Image, form: str = "PNG") -> bytes:
    out = BytesIO()
    image.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("size", [(1200, 900), (300, 1200), (40, 30), (2000, 3)])
def test_a_picture_becomes_a_small_square(size: tuple[int, int]):
    body, width, height = reward.thumbnail(written(Image.new("RGB", size, (200, 90, 20)), "JPEG"))
    with Image.open(BytesIO(body)) as image:
        assert (image.format, image.size) == ("JPEG", (width, height)) == ("JPEG", (240, 240))


def test_a_picture_full_of_detail_is_small_as_well():
    assert len(reward.thumbnail(noise())[0]) <= reward.PICTURE_BYTES


def test_what_is_see_through_stands_on_white():
    body, _, _ = reward.thumbnail(written(Image.new("RGBA", (300, 300), (0, 0, 0, 0))))
    with Image.open(BytesIO(body)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def picture(session: Session, village: Made, instance: Path, key: str, upload: bytes, **changes: Any) -> UUID:
    with evidence.prepared(instance, [upload], reward.thumbnail) as pictures:
        return save(session, village, key, picture=pictures[0], **changes)


def files(instance: Path) -> list[str]:
    return sorted(str(path.relative_to(instance / evidence.FOLDER)) for path in instance.rglob("*.jpg"))


def test_goods_keep_their_picture_until_another_comes_or_it_goes(session: Session, village: Made, tmp_path: Path):
    oil = picture(session, village, tmp_path, "k1", noise())
    assert picture(session, village, tmp_path, "k1", noise()) == oil  # pressed twice: one file
    save(session, village, "k2", reward_id=oil, points=180)
    first, path = reward.picture_of(session, village.id, tmp_path, oil)
    assert files(tmp_path) == [first]
    assert path.is_file()
    picture(session, village, tmp_path, "k3", noise(300, 400), reward_id=oil)
    second, _ = reward.picture_of(session, village.id, tmp_path, oil)
    assert first != second
    assert evidence.sweep(session, tmp_path, datetime.now(UTC) + timedelta(days=2)) == 1  # the old one, not the new
    assert files(tmp_path) == [second]
    save(session, village, "k4", reward_id=oil, without_picture=True)
    with pytest.raises(NotFound):
        reward.picture_of(session, village.id, tmp_path, oil)


def test_a_refused_save_leaves_no_file(session: Session, village: Made, tmp_path: Path):
    with pytest.raises(BadInput):
        picture(session, village, tmp_path, "k1", noise(), name=" ")
    with pytest.raises(BadInput, match="不是照片"):
        picture(session, village, tmp_path, "k2", b"GIF89a no picture")
    assert files(tmp_path) == []
