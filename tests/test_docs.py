"""What the documents name exists: make targets, commands, settings, roles, files, links, and the words of pages."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from flask import Flask

from villagepoints.access import rule_of
from villagepoints.cli import main
from villagepoints.config import PREFIX, SETTINGS
from villagepoints.domain.actor import ROLES

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
FOLDERS = [re.escape(path.name) for path in (*ROOT.iterdir(), *(ROOT / "villagepoints").iterdir()) if path.is_dir()]
CONTEXT = click.Context(main)

Check = Callable[[str], Iterator[str]]


def targets(text: str) -> Iterator[str]:
    """`make …` at the start of a line or of a code span, without such a target."""
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    yield from (
        name for name in re.findall(r"(?:^|`)(?:[A-Z]+=\S+ )?make ([a-z]+)", text, re.MULTILINE) if name not in known
    )


def commands(text: str) -> Iterator[str]:
    """`villagepoints …` with a subcommand or an option that there is not."""
    # what ends in a backslash are the bytes before a hash, no command
    for line in re.findall(r"(?:^\s*(?:\$ )?|`|bin/)villagepoints ([a-z][^`\n#\\]*)(?:[`\n#]|$)", text, re.MULTILINE):
        words = line.split()
        command = main.get_command(CONTEXT, words[0])
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.get_command(CONTEXT, words[1])
        if command is None:
            yield line
            continue
        options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
        yield from (f"{line}: {word}" for word in words if word.startswith("--") and word.split("=")[0] not in options)


def settings(text: str) -> Iterator[str]:
    """VILLAGEPOINTS_* variables that nothing reads."""
    known = {PREFIX + setting.name for setting in SETTINGS} | {PREFIX + "SOAK"}
    yield from set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", text)) - known


def roles(text: str) -> Iterator[str]:
    """Words after `--role` that are no role."""
    yield from (name for name in re.findall(r"--role[ =]([a-z_]+)", text) if name not in ROLES)


def files(text: str) -> Iterator[str]:
    """Code spans that look like a file of ours, from the root or from the package, and are none; `…` and `*` stand
    for anything."""
    for span in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[^`\s]*)`", text):
        pattern = span.replace("…", "*").rstrip("/")
        if not any(ROOT.glob(pattern)) and not any(ROOT.glob(f"villagepoints/{pattern}")):
            yield span


def links(text: str) -> Iterator[str]:
    """Links and pictures of ours that lead nowhere; documents link from the project's root or from docs/."""
    for target in re.findall(r'\]\(([^)\s]+)\)|src="([^"]+)"', text):
        path, _, part = (target[0] or target[1]).partition("#")
        found = [base / path for base in (ROOT, ROOT / "docs") if (base / path).is_file()] if path else []
        if "://" not in path and (path or not part) and not found:
            yield path
        elif found and part and part not in anchors(found[0].read_text("utf-8")):
            yield f"{path}#{part}"
        elif not path and part not in anchors(text):
            yield f"#{part}"


def anchors(text: str) -> set[str]:
    """The names under which a document's headings are linked to."""
    return {heading.strip().lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def page_words(text: str) -> Iterator[str]:
    """What stands in 「」 and is no text of a page; `…` stands for what a page fills in."""
    yield from (words for words in re.findall(r"「([^」]+)」", text) if words not in _page_texts())


@cache
def _page_texts() -> frozenset[str]:
    with (ROOT / "villagepoints/translations/messages.pot").open("rb") as file:
        texts = [message.id for message in read_po(file) if isinstance(message.id, str)]
    return frozenset(re.sub(r"%\(\w+\)s", "…", text).replace("%%", "%").strip() for text in texts)


CHECKS: list[Check] = [targets, commands, settings, roles, files, links, page_words]
# what a line of the administrator's table of roles is about: a view that only those may call
VIEWS = {
    "see households": "desk.findings",
    "walk the lane": "desk.record_finding",
    "record additions": "desk.post_entry",
    "record a red line": "desk.add_red_line_step",
    "approve or refuse": "desk.decide",
    "put up a notice": "desk.publish_notice",
    "confirm or lift": "desk.decide_red_line",
    "take down an objection": "desk.file_objection",
    "answer an objection": "desk.answer_objection",
    "read and answer": "desk.answer_request",
    "read the ledger": "desk.ledger",
    "look after relocated": "desk.relocated",
    "open, write and close": "desk.save_joint_session",
    "keep the neighbourhood": "desk.add_neighbourhood",
    "close a month": "desk.close_month",
    "hand over goods": "desk.fulfil",
    "change the catalogue": "desk.edit_reward",
    "import files": "desk.upload_import",
    "draft rules": "desk.new_rule_draft",
    "put rules in force": "desk.adopt_rule_draft",
    "make accounts": "desk.users",
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_what_a_document_names_exists(document: Path, check: Check) -> None:
    assert list(check(document.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (targets, "make nothing"),
        (commands, "`villagepoints nothing`"),
        (commands, "villagepoints verify --nothing"),
        (settings, "VILLAGEPOINTS_NOTHING"),
        (roles, "villagepoints user add --role nobody"),
        (files, "see `tests/test_nothing.py`"),
        (files, "see `services/nothing.py`"),
        (links, "[nothing](docs/nothing.md)"),
        (links, "[nothing](docs/clerk.md#nothing)"),
        (page_words, "点「没有这个按钮」"),
    ],
)
def test_what_does_not_exist_is_seen(check: Check, text: str) -> None:
    """The planted bugs."""
    assert list(check(text)) != []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_table_of_roles_says_what_the_views_say(app: Flask) -> None:
    lines = (ROOT / "docs/administrator.md").read_text("utf-8").splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    head = next(row for row in table if row[0] == "may")
    assert set(head[1:]) <= set(ROLES)
    told = {row[0]: {role for role, tick in zip(head[1:], row[1:], strict=True) if tick} for row in table if "✓" in row}
    views = {words: endpoint for words in told for start, endpoint in VIEWS.items() if words.startswith(start)}
    assert views.keys() == told.keys()
    assert told == {words: set(_rule(app, endpoint)) for words, endpoint in views.items()}


def _rule(app: Flask, endpoint: str) -> frozenset[str]:
    rule = rule_of(app, endpoint)
    assert rule is not None
    return rule.roles
