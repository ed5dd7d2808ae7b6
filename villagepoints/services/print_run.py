"""Several papers made one after another: each request makes a few, what is done is kept beside the files."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from villagepoints.services import print_file
from villagepoints.services.print_file import Printed

WORTH = 0.6  # seconds of making in one request: no server thread is held longer, whatever was chosen


@dataclass(frozen=True, slots=True)
class Done:
    """A paper of a run: its file, or the sentence that says why there is none."""

    what: str
    key: str = ""
    sha256: str = ""
    gaps: tuple[str, ...] = ()
    refusal: str = ""


def go_on(
    place: Path, run: Sequence[str], names: Sequence[str], make: Callable[[str], Printed | str]
) -> tuple[list[Done], int]:
    """Make the next papers of a run, at least one; what is done, in order, and how many are left.

    `run` tells one run from another; `make` gives a file or the sentence of a refusal. Two requests at once make the
    same files twice and keep the same answer.
    """
    kept = place / f"{hashlib.sha256(json.dumps([*run, *names]).encode()).hexdigest()}.json"
    done = [Done(**{**one, "gaps": tuple(one["gaps"])}) for one in _read(kept)]
    until = time.monotonic() + WORTH
    for name in names[len(done) :]:
        made = make(name)
        if isinstance(made, str):
            done.append(Done(name, refusal=made))
        else:
            done.append(Done(name, made.key, made.sha256, made.gaps))
        if time.monotonic() > until:
            break
    print_file.keep(kept, json.dumps([asdict(one) for one in done], ensure_ascii=False).encode())
    return done, len(names) - len(done)


def _read(kept: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
    return found
