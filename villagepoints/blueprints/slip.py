"""The statement on paper with its check code, for the desk and for the household's own phone."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app, render_template, url_for

from villagepoints import qr
from villagepoints.blueprints.quick import plain as _
from villagepoints.services.statement import Paper


def statement_page(paper: Paper, now: datetime) -> str:
    """The page to print; its code is drawn as well, so that a phone can check it without typing."""
    return render_template("report/statement.html", paper=paper, code=_code(paper), now=now, village=paper.village)


def statements_page(papers: Sequence[Paper], now: datetime) -> str:
    """Several of them, each on sheets of its own."""
    drawn = [(paper, _code(paper)) for paper in papers]
    return render_template("report/statements.html", papers=drawn, now=now, village=papers[0].village)


def _code(paper: Paper) -> str:
    if paper.sealed is None or not paper.sealed.holds:
        return ""
    path = url_for("public.check_slip", code=paper.village.code, slip=paper.sealed.code)
    return qr.svg(current_app.config["PUBLIC_URL"] + path, _("扫码核验这张单子"))
