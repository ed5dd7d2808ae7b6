"""Whether every audit's sample is what its lot draws from its frame, and both are what the trail says, for verify."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from villagepoints.domain import audit as words
from villagepoints.domain.audit_draw import Drawn, Frame, Sizes, draw, frame_hash, pseudonym, sample_hash, seed
from villagepoints.domain.calendar import village_date
from villagepoints.models import Activity, Audit, AuditItem, AuditWitness, Seal
from villagepoints.services import audit_findings, audit_frame

ACTS = ("audit.prepared", "audit.opened")


def wrong_frames(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each thing that is not as it was when a sample was drawn; the latest one is drawn again.

    Drawing one of 100,000 entries again takes seconds; that earlier samples are as they were drawn, the trail says.
    """
    acts = session.scalars(
        select(Activity).where(Activity.village_id == village_id, Activity.action.in_(ACTS)).order_by(Activity.seq)
    ).all()
    seals = session.scalars(select(Seal).where(Seal.village_id == village_id).order_by(Seal.number)).all()
    audits = session.scalars(
        select(Audit).where(Audit.village_id == village_id).order_by(Audit.month).options(undefer(Audit.frame))
    ).all()
    opened = {act.subject: act for act in acts if act.action == "audit.opened"}
    if any(act.action == "audit.prepared" for act in acts[1:]):
        yield "抽样的代号定过了又重定：定下以后只能由下一次开审核来换。"
    for audit in audits:
        act, is_last = opened.pop(audit.id, None), audit is audits[-1]
        if act is None:
            yield f"{audit.month} 的审核：操作记录里没有人开过。"
            continue
        before = [one.detail for one in acts if one.seq < act.seq]
        for what in (*_trail(audit, act.detail, before, seals), *_sample(session, audit, act.detail, is_last)):
            yield f"{audit.month} 的审核：{what}"
    for gone in opened.values():
        yield f"{gone.detail.get('month', '')} 的审核：操作记录里开过，现在不见了。"


def _trail(
    audit: Audit, act: Mapping[str, Any], before: Sequence[Mapping[str, Any]], seals: Sequence[Seal]
) -> Iterator[str]:
    """What the trail says of the opening: the seed, the frame, and the salt, which stood there before the lot."""
    if (act.get("seed_sha256"), act.get("month")) != (audit.seed.hex(), audit.month):
        yield "抽签的种子和操作记录里的不一样。"
    if act.get("frame_sha256") != audit.frame_hash.hex():
        yield "名单的指纹和操作记录里的不一样。"
    if audit.seed != seed(audit.seal_root, audit.lot, audit.month):
        yield "种子不是由封账、抽到的数和月份算出来的。"
    day = village_date(audit.opened_at)
    used = next((one for one in reversed(seals) if village_date(one.taken_at) < day), None)
    if (audit.seal_number, audit.seal_root) != ((used.number, used.root) if used else (None, b"")):
        yield "种子用的封账指纹，不是抽签那天以前最后一次封账的。"
    # the one fixed last: of older ones somebody who knows the lot could take the one that suits
    fixed = before[-1] if before else {}
    if sha256(audit.salt).hexdigest() != fixed.get("next_salt_sha256", fixed.get("salt_sha256")):
        yield "代号用的盐不是抽签以前定下的。"


def _sample(session: Session, audit: Audit, act: Mapping[str, Any], is_last: bool) -> Iterator[str]:
    """The frame is the one whose hash was kept, and the sample the one that was drawn from it."""
    items = session.scalars(
        select(AuditItem)
        .where(AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id)
        .order_by(AuditItem.position)
    ).all()
    there = [Drawn(one.kind, one.reason, one.stratum, one.pseudonym, one.is_blind) for one in items]
    if act.get("sample_sha256") != sample_hash(there).hex():
        yield "抽到的和操作记录里的不一样。"
    if any(_name(audit.salt, one) not in (None, one.pseudonym) for one in items):
        yield "有一样抽到的东西换成了别的。"
    if act.get("shown_sha256") != audit_findings.shown_hash(session, audit).hex():
        yield "开审核时定下的（谁在场、哪些值得看一看、账上怎么写）后来被改过。"
    try:
        text = audit_frame.unpacked(audit.frame)
        if frame_hash(text) != audit.frame_hash:
            yield "名单后来被改过，和记下的指纹对不上。"
        elif is_last and there != draw(audit.seed, Frame.parse(text), Sizes.of_json(audit.sizes)):
            yield "抽到的和按种子重抽的不一样。"
    except (zlib.error, ValueError, KeyError, TypeError):
        yield "名单读不出来了。"
    members = select(AuditWitness.supervisor_id).where(
        AuditWitness.village_id == audit.village_id, AuditWitness.audit_id == audit.id
    )
    if len(session.scalars(members).all()) < words.LEAST_SIGNATURES:
        yield "抽签时在场的不到两个人。"


def _name(salt: bytes, item: AuditItem) -> str | None:
    """The pseudonym that what an item refers to has; None for goods, which go by their code."""
    if item.kind == words.HOUSEHOLD:
        return pseudonym(salt, f"household {item.household_id}")
    return pseudonym(salt, f"entry {item.household_id} {item.entry_seq}") if item.kind == words.ENTRY else None
