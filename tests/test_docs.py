"""What the documents name exists: make targets, commands, settings, roles, files."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from villagepoints.cli import main
from villagepoints.config import PREFIX, SETTINGS
from villagepoints.domain.actor import ROLES

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
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
    for line in re.findall(r"(?:^\s*(?:\$ )?|`|bin/)villagepoints ([a-z][^`\n#]*)", text, re.MULTILINE):
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
    """Code spans that look like a file of ours and are none; `…` and `*` stand for anything."""
    for span in re.findall(r"`((?:villagepoints|tests|docs|migrations|benchmarks)/[^`\s]*)`", text):
        pattern = span.replace("…", "*").rstrip("/")
        if not any(ROOT.glob(pattern)):
            yield span


CHECKS: list[Check] = [targets, commands, settings, roles, files]


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
    ],
)
def test_what_does_not_exist_is_seen(check: Check, text: str) -> None:
    """The planted bugs."""
    assert list(check(text)) != []
