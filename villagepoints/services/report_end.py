"""The last section of a report: who signed, lines for ink, and the seal in digits, in words and as a code."""

from villagepoints.domain.errors import N_
from villagepoints.domain.report_parts import AuditPart, Basis, Parts
from villagepoints.services import report_blocks as blocks
from villagepoints.services.report_blocks import Block
from villagepoints.services.report_tables import Source, Translate
from villagepoints.services.report_words import full_day, instant


def end(parts: Parts, source: Source, translate: Translate) -> list[Block]:
    """Signatures first, then what the report stands on and how anybody can check it."""
    return [
        signatures(parts.audit, translate),
        seal_stamp(parts.basis, source, translate),
        blocks.text(
            translate(
                N_("这份 PDF 的 SHA-256 指纹写在公开栏那一页上，也写在村里的网页上；文件改过一个字，指纹就不一样。")
            ),
            soft=True,
        ),
    ]


def signatures(audit: AuditPart | None, translate: Translate) -> Block:
    """Who signed and when, 未签 until members of two households have, and lines for ink."""
    is_signed = audit is not None and audit.is_signed
    said = translate(N_("%(household)s 家，%(day)s签"))
    return {
        "kind": "signatures",
        "mark": translate(N_("未签")),
        "missing": "" if is_signed else translate(N_("两户人家的监督小组成员签了字，这份报告才算数。现在还没有。")),
        "signed": [
            {
                "name": one.member,
                "said": said % {"household": one.household, "day": full_day(one.signed_at, translate)},
            }
            for one in (audit.signatures if audit else ())
        ],
        "lines": [
            translate(words)
            for words in (N_("监督员（签字）"), N_("监督员（签字）"), N_("村务监督委员会主任"), N_("日期"))
        ],
    }


def seal_stamp(basis: Basis | None, source: Source, translate: Translate) -> Block:
    """The seal that the books of the report stand on; without one, that later records will change the report."""
    if basis is None:
        made = translate(N_("按 %(instant)s 的账面做成，没有用封账；以后的补记和冲正会改变它。"))
        return blocks.stamp([translate(N_("没有封账的报告")), made % {"instant": instant(source.made_at, translate)}])
    named = {
        "number": basis.number,
        "instant": instant(basis.taken_at, translate),
        "households": f"{basis.households:,}",
        "entries": f"{basis.entries:,}",
    }
    covers = translate(N_("第 %(number)s 次封账（%(instant)s）含 %(households)s 户、%(entries)s 条记录。"))
    lines = [
        translate(N_("封账指纹 %(fingerprint)s")) % {"fingerprint": basis.fingerprint},
        translate(N_("念作 %(words)s")) % {"words": basis.words},
        covers % named,
    ]
    under = translate(N_("扫码核对")) if source.url else translate(N_("扫码看指纹"))
    alt = translate(N_("核对用的码"))
    return blocks.stamp(lines, code=source.url or basis.qr, alt=alt, under=under)
