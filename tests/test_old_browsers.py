"""Nothing in our scripts and style sheets is newer than what the oldest phones understand."""

from pathlib import Path

import pytest

from tests.old_browsers import newer, newer_in_script, newer_in_sheet, ours


def test_our_scripts_and_style_sheets_are_old_enough() -> None:
    assert len(ours()) >= 6
    assert newer(ours()) == []


@pytest.mark.parametrize(
    "script",
    [
        "var a = b?.c;",
        "var a = b ?? c;",
        "a ||= b;",
        "var a = {...b};",
        "try { a(); } catch { b(); }",
        "for await (var a of b) { c(a); }",
        "import('./a.js');",
        "class A { #b = 1; }",
        "var a = 1_000;",
        "var a = 1n;",
        "var a = globalThis.b;",
        "a.flatMap(b);",
        "a.replaceAll('b', 'c');",
        "var a = b.match(/(?<year>[0-9]+)/);",
        "form.requestSubmit();",
    ],
)
def test_a_newer_script_is_seen(script: str) -> None:
    """The planted bugs."""
    assert {line for line, _ in newer_in_script(f"'use strict';\n{script}\n")} == {2}


@pytest.mark.parametrize(
    "sheet",
    [
        ".a { inset: 0; }",
        ".a { aspect-ratio: 1; }",
        ".a { display: flex; gap: 8px; }",
        ".a { padding-inline: 8px; }",
        ".a { width: clamp(1px, 2vw, 3px); }",
        ".a { color: rgb(1 2 3); }",
        ".a:is(.b, .c) { color: red; }",
        ".a:has(.b) { color: red; }",
        "@layer a { .b { color: red; } }",
        "@media (width >= 30em) { .a { color: red; } }",
        ".a { height: 100dvh; }",
        ".a { &:hover { color: red; } }",
        ".a { backdrop-filter: blur(2px); }",
        ".a { width: fit-content; }",
    ],
)
def test_a_newer_style_sheet_is_seen(sheet: str) -> None:
    """The planted bugs."""
    assert {line for line, _ in newer_in_sheet(f"/* a: b */\n{sheet}\n")} == {2}


def test_what_is_only_said_and_what_old_browsers_know_is_let_be() -> None:
    said = "/* a?.b ?? {...c} */ var a = 'b ?? c', d = e ? .5 : 1; // f?.g\n"
    assert list(newer_in_script(f"{said}var h = /a\\?\\?/.test(i); async function j() {{}}")) == []
    sheet = '/* inset: 0 */ .a { display: grid; gap: 8px; content: "inset: 0"; } .a > .b { margin-inset: 0; }'
    assert list(newer_in_sheet(sheet)) == []


def test_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "new.js").write_text("\n\na?.b();\n")
    assert newer([tmp_path / "new.js"]) == ["new.js:3: ?. (ES2020)"]
