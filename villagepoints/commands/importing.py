"""`villagepoints import`: a clerk's file into the books, whole or not at all."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import current_app

from villagepoints.commands import shared
from villagepoints.domain.actor import Actor
from villagepoints.services.importing.result import ImportResult, Problem, Unusable
from villagepoints.services.importing.run import KINDS, import_file
from villagepoints.services.workbook import UnusableFile

REFUSED, UNUSABLE = 1, 2
MOST_LINES = 50
TOTALS = {
    "households": "户",
    "people": "人",
    "relocated_households": "其中动迁上楼（户）",
    "opening": "结转（分）",
    "base": "基础分（分）",
    "months": "月份（个）",
    "added": "加分（分）",
    "deducted": "扣分（分）",
    "rewards": "兑换品（种）",
    "stock": "库存（件）",
    "redeemed": "兑换（分）",
    "pieces": "兑换（件）",
    "items": "项目（项）",
    "red_lines": "红线（条）",
}


@click.command("import", help=f"导入一个文件，要么全部记上，要么一行不记。KIND：{' '.join(KINDS)}")
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="只看结果，什么都不记")
@shared.village_option
@shared.json_option
def import_(kind: str, file: Path, code: str | None, dry_run: bool, as_json: bool) -> None:
    """Import a file; exit 0 all rows in, 1 rows refused, 2 file or predecessor unusable."""
    with shared.opened() as session:
        actor = Actor(shared.the_village(session, code).id)
        try:
            result = import_file(
                session,
                actor,
                kind,
                file,
                file.name,
                identity_key=current_app.config["IDENTITY_KEY"],
                now=shared.now(),
                dry_run=dry_run,
                progress=_bar() if sys.stderr.isatty() else None,
            )
        except (Unusable, UnusableFile) as error:
            if as_json:
                shared.print_json({"kind": kind, "dry_run": dry_run, "error": str(error)})
            click.echo(str(error), err=True)
            sys.exit(UNUSABLE)
    if as_json:
        shared.print_json(result.as_json())
    else:
        _say(result)
    sys.exit(REFUSED if result.problems else 0)


def _bar() -> Callable[[int, int], None]:
    """A bar that redraws its line; the lots are large, so it costs nothing."""
    click.echo("正在读文件……", err=True, nl=False)

    def draw(done: int, of: int) -> None:
        filled = round(30 * done / max(of, 1))
        end = "\n" if done >= of else ""
        click.echo(f"\r[{'█' * filled}{'·' * (30 - filled)}] {done:,} / {of:,}{end}", err=True, nl=False)

    return draw


def _say(result: ImportResult) -> None:
    _list("要核对", result.warnings)
    if result.problems:
        _list("不能记", result.problems)
        click.echo(f"有 {result.refused:,} 行不能记，整个文件都没有记上。请照上面的话改好，再导入一次。")
        return
    if result.nothing_new:
        click.echo(f"文件里的 {result.unchanged:,} 行以前都导入过了，什么都没有改动。")
        return
    if result.dry_run:
        click.echo("试导入，什么都没有记：")
    parts = [f"新 {result.new:,} 行"]
    parts += [f"有改动 {result.changed:,} 行"] if result.changed else []
    parts += [f"以前导入过 {result.unchanged:,} 行"] if result.unchanged else []
    click.echo(("会记上：" if result.dry_run else "已记上：") + "，".join(parts) + "。")
    click.echo("　".join(f"{TOTALS.get(name, name)} {value:,}" for name, value in result.totals.items()))


def _list(heading: str, problems: list[Problem]) -> None:
    if not problems:
        return
    click.echo(f"{heading}（{len(problems):,} 处）：")
    for problem in problems[:MOST_LINES]:
        row = f" 第 {problem.row} 行" if problem.row else ""
        cell = f" {problem.column}「{problem.value}」" if problem.column else ""
        click.echo(f"  {problem.sheet}{row}{cell}：{problem.text}")
    if len(problems) > MOST_LINES:
        click.echo(f"  …… 还有 {len(problems) - MOST_LINES:,} 处，用 --json 看全部")
