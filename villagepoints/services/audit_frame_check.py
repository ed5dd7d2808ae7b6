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
from villagepoints.models import Activity, Audit, AuditItem, AuditWitness, Seal
from villagepoints.services import audit_frame

ACTS = ("audit.prepared", "audit.opened")


def wrong_frames(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each thing that is not as it was when a sample was drawn; the latest one is drawn again.

    Drawing one of 100,000 entries again takes seconds; that earlier samples are as they were drawn, the trail says.
    """
    acts = session.scalars(
        select(Activity).where(Activity.village_id == village_id, Activity.action.in_(ACTS)).order_by(Activity.seq)
    ).all()
    roots = {row.number: row.root for row in session.scalars(select(Seal).where(Seal.village_id == village_id))}
    audits = session.scalars(
        select(Audit).where(Audit.village_id == village_id).order_by(Audit.month).options(undefer(Audit.frame))
    ).all()
    opened = {act.subject: act for act in acts if act.action == "audit.opened"}
    for audit in audits:
        act, is_last = opened.pop(audit.id, None), audit is audits[-1]
        if act is None:
            yield f"{audit.month} 的审核：操作记录里没有人开过。"
            continue
        before = [one.detail for one in acts if one.seq < act.seq]
        for what in (*_trail(audit, act.detail, before, roots), *_sample(session, audit, act.detail, is_last)):
            yield f"{audit.month} 的审核：{what}"
    for gone in opened.values():
        yield f"{gone.detail.get('month', '')} 的审核：操作记录里开过，现在不见了。"


def _trail(
    audit: Audit, act: Mapping[str, Any], before: Sequence[Mapping[str, Any]], roots: Mapping[int, bytes]
) -> Iterator[str]:
    """What the trail says of the opening: the seed, the frame, and the salt, which stood there before the lot."""
    if (act.get("seed_sha256"), act.get("month")) != (audit.seed.hex(), audit.month):
        yield "抽签的种子和操作记录里的不一样。"
    if act.get("frame_sha256") != audit.frame_hash.hex():
        yield "名单的指纹和操作记录里的不一样。"
    if audit.seed != seed(audit.seal_root, audit.lot, audit.month):
        yield "种子不是由封账、抽到的数和月份算出来的。"
    if audit.seal_root != (roots.get(audit.seal_number, b"") if audit.seal_number else b""):
        yield "种子用的封账指纹，和那次封账的不一样。"
    salt = sha256(audit.salt).hexdigest()
    if not any(salt in (one.get("next_salt_sha256"), one.get("salt_sha256")) for one in before):
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
