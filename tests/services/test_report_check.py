"""Whether a published report is the one that was published."""

from hashlib import sha256

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from tests.factories import NOW, Made
from villagepoints.models import PublishedReport
from villagepoints.services import activity, report_check, seal
from villagepoints.services.transaction import transaction


def test_verify_names_an_edition_that_is_another_file_or_gone(session: Session, village: Made) -> None:
    seal.take(session, village.clerk, now=NOW)
    pdf = b"%PDF as it was published"
    about = {"month": "2026-05", "edition": 1}
    of_file = {"sha256": sha256(pdf).digest(), "document_hash": b"d" * 32, "pdf": pdf}
    when = {"seal_number": 1, "made_at": NOW, "published_at": NOW}
    session.execute(insert(PublishedReport).values(village_id=village.id, **about, **when, **of_file))
    session.commit()
    detail = {**about, "seal": 1, "signed": True, "sha256": sha256(pdf).hexdigest()}
    transaction(activity.record)(session, village.clerk, "report.published", NOW, detail=detail)

    def wrong() -> list[str]:
        return list(report_check.wrong_editions(session, village.id))

    assert wrong() == []
    other = b"%PDF with kinder figures"
    for values in ({"pdf": other}, {"pdf": other, "sha256": sha256(other).digest()}, {"edition": 2}):
        session.execute(update(PublishedReport).values(**values))
        assert any("不是当时公布的那一份" in one for one in wrong()), values
        session.rollback()
    session.execute(delete(PublishedReport))
    assert ["不见了" in one for one in wrong()] == [True]
