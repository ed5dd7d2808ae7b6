"""Labels for the shelf: goods, points, a picture and the code that opens the goods on a household's phone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput
from villagepoints.models import Reward, Village
from villagepoints.services import evidence
from villagepoints.services.print_code import readable
from villagepoints.services.print_file import Sheets
from villagepoints.services.print_words import frame, midnight, points, words

MOST = 200  # labels of one file
MOST_COPIES = 20


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a label's parts come from: the instance folder with the photos, and by its id or name a code's address
    and the drawing (SVG) of goods without a photo."""

    instance: Path
    address: Callable[[UUID], str]
    drawing: Callable[[str], str]


def labels(session: Session, village: Village, copies: Mapping[UUID, int], sources: Sources, *, paper: str) -> Sheets:
    """So many labels of each of the goods, by name; one statement.

    Raises BadInput for none or too many, UnreadableCode where a code does not say its address.
    """
    chosen = _chosen(session, village.id, copies)
    total = sum(copies[reward.id] for reward in chosen)
    if not chosen:
        raise BadInput(N_("没有勾要做标签的商品，什么都没有做。请回去勾一样。"))
    if total > MOST or max(copies.values()) > MOST_COPIES:
        raise BadInput(
            N_("标签太多了：一样最多 %(copies)s 张，一次最多 %(most)s 张。没有生成，请少勾几样。"),
            copies=MOST_COPIES,
            most=MOST,
        )
    files: dict[str, bytes] = {}
    rows = []
    for n, reward in enumerate(chosen):
        picture = _picture(reward, sources)
        files |= {f"code{n}.png": readable(sources.address(reward.id)), f"goods{n}.{picture[0]}": picture[1]}
        row = {
            "name": reward.name,
            "points": words("label")["points"] % {"points": points(reward.points)},
            "code": f"code{n}.png",
            "picture": f"goods{n}.{picture[0]}",
        }
        rows += [row] * copies[reward.id]
    data = {**frame(village, "label", paper), "labels": rows}
    dated = midnight(village_date(village.created_at))
    return Sheets(name=f"labels-{paper}", template="labels.typ", data=data, dated=dated, files=files)


def _chosen(session: Session, village_id: UUID, copies: Mapping[UUID, int]) -> Sequence[Reward]:
    wanted = [reward_id for reward_id, number in copies.items() if number > 0]
    mine = (Reward.village_id == village_id, Reward.id.in_(wanted))
    return session.scalars(select(Reward).where(*mine).order_by(Reward.name, Reward.id)).all()


def _picture(reward: Reward, sources: Sources) -> tuple[str, bytes]:
    path = sources.instance / evidence.FOLDER / reward.picture
    if reward.picture and path.is_file():
        return "jpg", path.read_bytes()
    drawn = str.replace(sources.drawing(reward.name), "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return "svg", drawn.encode()  # not its own replace: that of markup would escape what is put in
