"""The statement on paper with its check code, for the desk and for the household's own phone."""

from datetime import datetime

from flask import current_app, render_template, url_for

from villagepoints import qr
from villagepoints.blueprints.quick import plain as _
from villagepoints.services.statement import Paper


def statement_page(paper: Paper, now: datetime) -> str:
    """The page to print; its code is drawn as well, so that a phone can check it without typing."""
    code = ""
    if paper.sealed is not None and paper.sealed.holds:
        path = url_for("public.check_slip", code=paper.village.code, slip=paper.sealed.code)
        code = qr.svg(current_app.config["PUBLIC_URL"] + path, _("扫码核验这张单子"))
    return render_template("report/statement.html", paper=paper, code=code, now=now, village=paper.village)
