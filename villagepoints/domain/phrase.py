"""Words that keep coming back in short notes, counted so that anybody can count them again."""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

SHORTEST, LONGEST = 2, 12  # characters of a phrase
NEARLY = 80  # per cent of the notes with a phrase that have a longer one: then the longer says it better
COMMON = 80  # per cent of all notes that say it: then it is what they are about, and tells none from another
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, the notes they stand in, and the different households these are of."""

    words: str
    notes: int
    households: int


def phrases(notes: Iterable[tuple[Hashable, str]], *, fewest: int, apart_from: Collection[str] = ()) -> list[Phrase]:
    """The phrases in the notes (household, text) of at least `fewest` households, the most frequent first.

    A phrase is any run of 2 to 12 Chinese characters; one that nearly always stands inside a longer one is left out,
    and so is what `apart_from` says already.
    """
    said: dict[str, list[Hashable]] = defaultdict(list)  # most notes are written like another
    for household, text in notes:
        said[text].append(household)
    households_of: dict[str, set[Hashable]] = defaultdict(set)
    notes_with: dict[str, int] = defaultdict(int)
    for text, households in said.items():
        for words in _parts(text, apart_from):
            households_of[words].update(households)
            notes_with[words] += len(households)
    known = {words: count for words, count in notes_with.items() if len(households_of[words]) >= fewest}
    best: dict[str, int] = defaultdict(int)  # how often the most frequent phrase is that a phrase stands in
    for words in sorted(known, key=len, reverse=True):
        for part in (words[1:], words[:-1]):
            best[part] = max(best[part], known[words], best[words])
    kept = [words for words in known if best[words] * 100 < known[words] * NEARLY]
    kept.sort(key=lambda words: (-known[words], -len(words), words))
    return [Phrase(words, known[words], len(households_of[words])) for words in kept]


def telling(notes: Sequence[tuple[Hashable, str]], *, fewest: int, apart_from: Collection[str] = ()) -> list[Phrase]:
    """The same without what nearly every note says, whose words are taken out of the others."""
    found = phrases(notes, fewest=fewest)
    common = [one.words for one in found if one.notes * 100 >= len(notes) * COMMON]
    said = sorted((*apart_from, *common), key=len, reverse=True)
    return phrases(notes, fewest=fewest, apart_from=said)


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
