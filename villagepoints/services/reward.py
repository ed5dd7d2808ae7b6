"""The goods of the points shop: the catalogue and its stock."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.succession import next_number
from villagepoints.models import Reward, StockMove
from villagepoints.services import activity, counter, evidence, once, village
from villagepoints.services.transaction import transaction

PICTURE_SIDE = 240  # pixels, three to each of the page's
PICTURE_BYTES = 6_000  # ten of them stand on a page of the catalogue, and villages have weak signal
# the first that comes out small enough: what is all detail, as grass or gravel, is drawn coarser
PICTURE_STEPS = ((PICTURE_SIDE, 80), (PICTURE_SIDE, 60), (PICTURE_SIDE, 40), (160, 40), (120, 30), (120, 10))


def one(session: Session, village_id: UUID, reward_id: UUID) -> Reward:
    """One of the goods; NotFound where the village has none by that id."""
    reward = session.get(Reward, (village_id, reward_id))
    if reward is None:
        raise NotFound(N_("没有这样商品。"))
    return reward


def suggest_code(session: Session, village_id: UUID) -> str:
    """The next free code after the last one of the village's goods; one statement."""
    codes = set(session.scalars(select(Reward.code).where(Reward.village_id == village_id)))
    code = next_number(max(codes, key=lambda one: (len(one), one), default="R00"))
    while code in codes:
        code = next_number(code)
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is said of goods: points and limits for villagers; the cost of a piece (分 of a yuan) and who supplies it
    for the desk; the first and last village date of their window; at which counter they lie."""

    code: str
    name: str
    points: int
    is_active: bool
    low_stock: int
    household_month_limit: int | None
    cost_cents: int | None = None
    supplier: str = ""
    offered_from: date | None = None
    offered_until: date | None = None
    counter_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Pieces that come in (+) or go out (−), why, and with goods that come: the paper, from whom, 分 of a yuan each."""

    quantity: int
    reason: str
    document: str = ""
    supplier: str = ""
    cost_cents: int | None = None


def thumbnail(upload: bytes) -> evidence.Encoded:
    """A picture of goods for the catalogue: the middle square, small, on white where it was see-through.

    Raises BadInput where the upload is no photo.
    """
    photo = evidence.opened(upload, 2 * PICTURE_SIDE).convert("RGBA")
    square = ImageOps.fit(photo, (PICTURE_SIDE, PICTURE_SIDE))
    ground = Image.new("RGBA", square.size, "white")
    ground.alpha_composite(square)
    for side, quality in PICTURE_STEPS:
        out = BytesIO()
        ground.convert("RGB").resize((side, side)).save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= PICTURE_BYTES:
            break
    return out.getvalue(), side, side


def picture_of(session: Session, village_id: UUID, instance: Path, reward_id: UUID) -> tuple[str, Path]:
    """The name and the file of the picture of one of the goods; NotFound where it has none."""
    name = one(session, village_id, reward_id).picture
    path = instance / evidence.FOLDER / name
    if not name or not path.is_file():
        raise NotFound(N_("没有这张照片。"))
    return name, path


@transaction
def save(
    session: Session,
    actor: Actor,
    *,
    reward_id: UUID | None,
    wanted: Details,
    key: str,
    now: datetime,
    picture: evidence.Photo | None = None,
    without_picture: bool = False,
) -> UUID:
    """Add goods (reward_id None) or change them; what was redeemed keeps its points. Conflict for a taken code.

    The picture stays as it is unless there is a new one, or it is to go.
    """
    fields = asdict(wanted)
    fields.update((name, fields[name].strip()) for name in ("code", "name", "supplier"))
    request = {"save_reward": reward_id, "by": actor.user_id, "without_picture": without_picture, **fields}
    request["picture"] = picture.sha256.hex() if picture else ""
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["reward_id"])
    if not fields["code"] or not fields["name"] or wanted.points <= 0:
        raise BadInput(N_("编号、名称和积分都要填，积分要大于 0。没有保存。"))
    if wanted.offered_from and wanted.offered_until and wanted.offered_from > wanted.offered_until:
        raise BadInput(N_("可以换的最后一天早于第一天，没有保存。请改日期。")).at("offered_until")
    reward, before = _write(session, actor.village_id, reward_id, fields)
    if picture is not None or without_picture:
        reward.picture = picture.file if picture else ""
    if picture is not None:
        picture.is_kept = True
    session.flush()
    counter.put(session, actor.village_id, reward.id, wanted.counter_id)
    detail = {"before": before, "after": fields}
    activity.record(session, actor, "reward.saved", now, subject=reward.id, detail=detail)
    village.touch(session, actor.village_id)
    once.answer(session, actor.village_id, key, {"reward_id": str(reward.id)})
    return reward.id


def _write(
    session: Session, village_id: UUID, reward_id: UUID | None, fields: dict[str, Any]
) -> tuple[Reward, dict[str, Any] | None]:
    """The goods with these fields, new or as they were before with what they had; Conflict for a taken code."""
    same = select(Reward.id).where(Reward.village_id == village_id, Reward.code == fields["code"])
    if (taken := session.scalar(same)) and taken != reward_id:
        raise Conflict(N_("编号「%(code)s」已经有商品在用，没有保存。"), code=fields["code"])
    before, own = None, {name: value for name, value in fields.items() if name != "counter_id"}
    if reward_id is None:
        reward = Reward(village_id=village_id, stock=0)
        session.add(reward)
    else:
        reward = one(session, village_id, reward_id)
        before = {name: getattr(reward, name) for name in own}
        before["counter_id"] = counter.of_reward(session, village_id, reward_id)
    for field, value in own.items():
        setattr(reward, field, value)
    return reward, before


@transaction
def move_stock(session: Session, actor: Actor, *, reward_id: UUID, wanted: Move, key: str, now: datetime) -> int:
    """Goods come in (+) or go out (−) other than by redemption, with a reason; the stock afterwards.

    What was paid for a piece and to whom is the cost and the supplier of the goods from then on. Raises BadInput for
    nothing to move or no reason, Conflict where less is there than goes out, NotAllowed at another counter.
    """
    request = {"move_stock": str(reward_id), **asdict(wanted), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["stock"])
    quantity = wanted.quantity
    if quantity == 0 or abs(quantity) > 1_000_000 or not wanted.reason.strip():
        raise BadInput(N_("请填进出的件数和原因。库存没有动。"))
    reward = one(session, actor.village_id, reward_id)
    counter.check_goods_here(session, actor, [reward_id])
    paid: dict[str, Any] = {}
    if quantity > 0 and wanted.cost_cents is not None:
        paid["cost_cents"] = wanted.cost_cents
    if quantity > 0 and wanted.supplier.strip():
        paid["supplier"] = wanted.supplier.strip()
    stock = change_stock(session, actor.village_id, reward_id, quantity, **paid)
    if stock is None:
        raise Conflict(
            N_("「%(name)s」只有 %(stock)s 件，不能出 %(out)s 件。库存没有动。"),
            name=reward.name,
            stock=reward.stock,
            out=-quantity,
        )
    session.add(
        StockMove(
            village_id=actor.village_id,
            reward_id=reward_id,
            kind="in" if quantity > 0 else "out",
            quantity=quantity,
            reason=wanted.reason.strip(),
            document=wanted.document.strip(),
            supplier=wanted.supplier.strip() if quantity > 0 else "",
            cost_cents=wanted.cost_cents if quantity > 0 else None,
            recorded_by=actor.user_id,
            recorded_at=now,
        )
    )
    village.touch(session, actor.village_id)
    once.answer(session, actor.village_id, key, {"stock": stock})
    return stock


def change_stock(session: Session, village_id: UUID, reward_id: UUID, quantity: int, **values: Any) -> int | None:
    """Move a stock by a conditional update, other columns with it; what is there afterwards, None for too little."""
    return session.execute(
        update(Reward)
        .where(Reward.village_id == village_id, Reward.id == reward_id, Reward.stock + quantity >= 0)
        .values(stock=Reward.stock + quantity, **values)
        .returning(Reward.stock)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
