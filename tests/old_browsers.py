"""What our scripts and style sheets may not say: the oldest phones know ES2017 and what Chrome 80 and iOS 12 draw.

`python -m tests.old_browsers [FILE…]` names what is newer, line by line; exit 1 where there is any. The tables hold
what came later, as it is written. Not in them is what an old browser passes over without harm: the colour of a tick
(accent-color), the ring at a focus by key (:focus-visible), the look of the camera's button (::file-selector-button).
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

STATIC = Path(__file__).parent.parent / "villagepoints/static"

# Comments, texts and regular expressions say nothing about the language; what a template puts in does.
SCRIPT_WORDS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<=[(,=:\[!&|?{};])\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*""",
    re.DOTALL,
)
NEWER_EXPRESSIONS = re.compile(r"\(\?<|\\p\{|/[a-z]*[sdv][a-z]*$")  # look-behind, named groups, \p{…}, flags
NEWER_SCRIPT = {
    "?. (ES2020)": r"\?\.(?!\d)",
    "?? (ES2020)": r"\?\?",
    "||=, &&= (ES2021)": r"\|\|=|&&=",
    "... (in objects ES2018; without a parser all are refused)": r"\.\.\.",
    "catch without a name (ES2019)": r"\bcatch\s*\{",
    "for await (ES2018)": r"\bfor\s+await\b",
    "an asynchronous generator (ES2018)": r"\basync\s+function\s*\*|\basync\s*\*",
    "import() (ES2020) and modules": r"\bimport\b|\bexport\b",
    "a private name (ES2022)": r"#[A-Za-z_$]",
    "class (whose fields are ES2022; without a parser all are refused)": r"\bclass\b",
    "a number with _ or n (ES2020)": r"\b\d[\d_]*_\d|\b\d+n\b",
    "globalThis (ES2020)": r"\bglobalThis\b",
    "a newer method of arrays, texts or objects": r"\.(?:flat|flatMap|at|matchAll|replaceAll|trimStart|trimEnd|hasOwn"
    r"|fromEntries|findLast|findLastIndex|toSorted|toReversed|toSpliced|groupBy|allSettled|any|withResolvers)\s*\(",
    "a newer function of the browser": r"\b(?:structuredClone|queueMicrotask|requestIdleCallback)\b"
    r"|\.(?:replaceChildren|randomUUID|submitter|requestSubmit)\b",
}
NEWER_SHEET = {
    "inset": r"(?<![\w-])inset(?:-block|-inline)?\s*:",
    "aspect-ratio": r"(?<![\w-])aspect-ratio\s*:",
    "gap outside a grid (Chrome 84, iOS 14)": r"(?<=\{)(?![^{}]*\bgrid\b)[^{}]*?(?<![\w-])(?:row-|column-)?gap\s*:",
    "logical sides (Chrome 87, iOS 14)": r"(?<![\w-])(?:margin|padding|border)-(?:inline|block)\s*:"
    r"|(?<![\w-])border-(?:inline|block)-(?:color|style|width)\s*:",
    "min(), max(), clamp() (iOS 13)": r"\b(?:min|max|clamp)\(",
    "newer colours": r"\b(?:color-mix|color|lab|lch|oklab|oklch|hwb|light-dark)\(",
    "rgb() with spaces (iOS 12.2)": r"\brgba?\(\s*\d+\s+\d|\bhsla?\(\s*\d+\w*\s+\d",
    ":is(), :where(), :has()": r":(?:is|where|has)\(",
    "other newer pseudo-classes": r":(?:user-invalid|user-valid|modal|popover-open|autofill|dir\()|:not\([^()]*,",
    "newer pseudo-elements": r"::(?:part|backdrop|marker|target-text|view-transition)",
    "at-rules": r"@(?:layer|container|property|scope|starting-style|counter-style|view-transition)\b|@media[^{]*[<>]",
    "newer units": r"\d(?:[dsl]v(?:h|w|min|max|i|b)|cq\w+|r?lh|cap|ic|rex|rch)\b",
    "nested rules": r"(?:^|[\s{;])&(?=[\s.:#\[>+~])",
    "other newer properties": r"(?<![\w-])(?:content-visibility|contain-intrinsic-size|text-wrap|translate"
    r"|rotate|scale|overflow-clip-margin|scrollbar-gutter|scrollbar-color|overscroll-behavior-inline|text-underline-offset"
    r"|text-decoration-thickness|color-scheme|forced-color-adjust|place-self|container-type|animation-timeline|field-sizing"
    r"|mask|backdrop-filter|offset-path|font-palette|hyphenate-character|inline-size|block-size)\s*:",
    "newer values": r":\s*(?:fit-content|subgrid|revert|revert-layer)\b|\boverflow(?:-[xy])?\s*:\s*clip\b",
    "image-set() and such": r"\b(?:image-set|cross-fade|paint|anchor|env\(safe-area-max)\(",
}


def newer_in_script(text: str) -> Iterator[tuple[int, str]]:
    """What a script says that came after ES2017, with its line."""
    for match in SCRIPT_WORDS.finditer(text):
        word = match.group().strip()
        if word[0] == "/" and word[:2] not in ("//", "/*") and NEWER_EXPRESSIONS.search(word):
            yield _line(text, match.start()), "a newer regular expression"
    yield from _found(SCRIPT_WORDS.sub(_blank, text), text, NEWER_SCRIPT)


def newer_in_sheet(text: str) -> Iterator[tuple[int, str]]:
    """What a style sheet says that Chrome 80 or iOS 12 does not know, with its line."""
    plain = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"|@supports[^{]*", _blank, text, flags=re.DOTALL)
    yield from _found(plain, text, NEWER_SHEET)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _found(plain: str, text: str, table: dict[str, str]) -> Iterator[tuple[int, str]]:
    for name, pattern in table.items():
        for match in re.finditer(pattern, plain, re.MULTILINE):
            yield _line(text, match.end()), name


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def newer(files: Iterable[Path]) -> list[str]:
    """One line for each thing in these files that the oldest phones do not understand."""
    found = []
    for path in files:
        check = newer_in_script if path.suffix == ".js" else newer_in_sheet
        found += [f"{path.name}:{line}: {name}" for line, name in check(path.read_text("utf-8"))]
    return found


def ours() -> list[Path]:
    """The scripts and style sheets that we wrote."""
    return sorted([*STATIC.glob("js/*.js"), *STATIC.glob("css/*.css")])


if __name__ == "__main__":
    lines = newer([Path(name) for name in sys.argv[1:]] or ours())
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(bool(lines))
