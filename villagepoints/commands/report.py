"""`villagepoints report`: a month's report as a page, a workbook, JSON or a PDF."""

from pathlib import Path

import click
from flask import current_app, render_template
from markupsafe import Markup

from villagepoints import qr
from villagepoints.commands import shared
from villagepoints.domain.calendar import village_date
from villagepoints.services import report as services
from villagepoints.services import report_document, report_files
from villagepoints.services.report_tables import Source

STATIC = Path(__file__).parent.parent / "static"


@click.command(help="一个月的积分报告。MONTH 写成 2026-01")
@click.argument("month", metavar="MONTH")
@shared.village_option
@click.option("--format", "form", type=click.Choice(["pdf", "xlsx", "html", "json"]), required=True, help="文件格式")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写到这个文件")
@click.option("--as-of", "as_of", help="按第几次封账的账面，或 now：按现在的账面。不写：这个月的报告所按的封账")
def report(month: str, code: str | None, form: str, output: Path, as_of: str | None) -> None:
    """Write one month's report to a file."""
    with shared.opened() as session:
        village = shared.the_village(session, code)
        now = shared.now()
        wanted = services.parse_month(month)
        made = services.month_report(session, village.id, wanted, village_date(now), services.parse_seal(as_of or ""))
        source = Source(village.name, now, f"{current_app.config['PUBLIC_URL']}/v/{village.code}/reports/{wanted}")
        if form == "html":
            page = {"document": report_document.document(made, source), "draw": qr.svg}
            content = render_template("report/month.html", village=village, **page, **_whole()).encode()
        else:
            content = report_files.content(session, village.id, made, source, form)
    output.write_bytes(content)
    click.echo(f"{output}：{village.name} {wanted} 的积分报告。")


def _whole() -> dict[str, Markup]:
    """The styles and the emblem inside the page, so that the file stands alone."""
    css = (STATIC / "css" / "tokens.css").read_text("utf-8") + (STATIC / "css" / "report.css").read_text("utf-8")
    emblem = (STATIC / "img" / "emblem.svg").read_text("utf-8").replace("<svg ", '<svg class="emblem" ', 1)
    return {"css": Markup(css), "emblem": Markup(emblem)}  # files of the program, nobody's words
