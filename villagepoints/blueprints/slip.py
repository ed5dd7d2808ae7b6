"""The statement on paper with its check code, for the desk and for the household's own phone."""

from collections.abc import Sequence
from datetime import datetime

from flask import render_template

from villagepoints import qr
from villagepoints.blueprints.public_seals import proof_url
from villagepoints.blueprints.quick import plain as _
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import proof
from villagepoints.services.statement import Paper


def statement_page(paper: Paper, now: datetime) -> str:
    """The page to print; its code is drawn as well, and holds the proof that it belongs to the seal."""
    return render_template(
        "report/statement.html", paper=paper, code=_codes([paper])[0], now=now, village=paper.village
    )


def statements_page(papers: Sequence[Paper], now: datetime) -> str:
    """Several of them, each on sheets of its own."""
    drawn = list(zip(papers, _codes(papers), strict=True))
    return render_template("report/statements.html", papers=drawn, now=now, village=papers[0].village)


def _codes(papers: Sequence[Paper]) -> list[str]:
    """The code of each: the last seal's, so its tree is built once for all of them; none where the books are torn."""
    sealed = [(paper.household.id, paper.sealed.seal) for paper in papers if paper.sealed and paper.sealed.holds]
    if not sealed:
        return [""] * len(papers)
    village, number = papers[0].village, sealed[0][1]
    proofs = proof.of_households(db.session(), village.id, number, [id_ for id_, _seal in sealed])
    return [_code(village, proofs.get(paper.household.id, "")) for paper in papers]


def _code(village: Village, text: str) -> str:
    return qr.dense_svg(proof_url(village, text), _("扫码核验这张单子")) if text else ""
