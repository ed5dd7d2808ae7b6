"""Words that keep coming back in short notes, counted so that anybody can count them again."""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

SHORTEST, LONGEST = 2, 8  # characters of a phrase
NEARLY = 80  # per cent of the notes with a phrase that have a longer one: then the longer says it better
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, the notes they stand in, and the different households these are of."""

    words: str
    notes: int
    households: int


def phrases(notes: Iterable[tuple[Hashable, str]], *, fewest: int, apart_from: Collection[str] = ()) -> list[Phrase]:
    """The phrases in the notes (household, text) of at least `fewest` households, the most frequent first.

    A phrase is any run of 2 to 8 Chinese characters; one that nearly always stands inside a longer one is left out,
    and so is what `apart_from` says already.
    """
    households_of: dict[str, set[Hashable]] = defaultdict(set)
    notes_with: dict[str, int] = defaultdict(int)
    for household, text in notes:
        for words in _parts(text, apart_from):
            households_of[words].add(household)
            notes_with[words] += 1
    known = {words: count for words, count in notes_with.items() if len(households_of[words]) >= fewest}
    best: dict[str, int] = defaultdict(int)  # how often the most frequent phrase is that a phrase stands in
    for words in sorted(known, key=len, reverse=True):
        for part in (words[1:], words[:-1]):
            best[part] = max(best[part], known[words], best[words])
    kept = [words for words in known if best[words] * 100 < known[words] * NEARLY]
    kept.sort(key=lambda words: (-known[words], -len(words), words))
    return [Phrase(words, known[words], len(households_of[words])) for words in kept]


def _parts(text: str, apart_from: Collection[str]) -> set[str]:
    for said in apart_from:
        text = text.replace(said, " ")
    return {
        run[start:end]
        for run in _HAN.findall(text)
        for start in range(len(run) - SHORTEST + 1)
        for end in range(start + SHORTEST, min(len(run), start + LONGEST) + 1)
        if not any(run[start:end] in said for said in apart_from)
    }
