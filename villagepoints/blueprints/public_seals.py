"""Seals for everybody: each with its fingerprint and its file, and whether a household's proof belongs to one."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints import device
from villagepoints.domain.proof import MOST_LETTERS
from villagepoints.domain.seal import fingerprint, read_fingerprint, spoken
from villagepoints.extensions import db, limiter
from villagepoints.models import Village
from villagepoints.services import proof as proofs
from villagepoints.services import seal as seals
from villagepoints.services import village as villages
from villagepoints.services.seal import Snapshot

TRIES = "120 per minute"  # a whole village shares one carrier address
PROGRAM = "check_points.py"
blueprint = Blueprint("public_seals", __name__)
blueprint.context_processor(device.frame)


@blueprint.get("/v/<code>/seals/<int(max=2147483647):number>")
@access("public", "read")
def seal(code: str, number: int) -> ResponseReturnValue:
    """One seal with its fingerprint; `f=`, as the code on the notice board has it: whether that is the same."""
    village = villages.by_code(db.session(), code)
    one = seals.one(db.session(), village.id, number)
    asked = request.args.get("f", "")
    page = {
        "village": village,
        "seal": one,
        "fingerprint": fingerprint(one.root),
        "spoken": spoken(one.root),
        "program": PROGRAM,
        "same": (read_fingerprint(asked) == fingerprint(one.root)) if asked else None,
    }
    return render_template("public/seal.html", **page)


@blueprint.get("/v/<code>/seals/<int(max=2147483647):number>/SEAL.json")
@limiter.limit(TRIES)
@access("public", "read")
def seal_file(code: str, number: int) -> ResponseReturnValue:
    """The seal as a file for everybody: ids and hashes. A household's own number would tell its neighbours how much
    happens on its account, so numbers are in the office's and the group's file only."""
    village = villages.by_code(db.session(), code)
    return as_file(seals.kept(db.session(), village.id, number), with_numbers=False)


def as_file(taken: Snapshot, *, with_numbers: bool) -> Response:
    """SEAL.json to be kept, named by village and number."""
    return as_json(taken.as_json(with_numbers=with_numbers), f"SEAL-{taken.village_code}-{taken.number}.json")


def download(account: dict[str, Any]) -> Response:
    """A household's own account to be kept, named by village and number."""
    return as_json(account, f"account-{account['village']['code']}-{account['household']['number']}.json")


def as_json(content: dict[str, Any], name: str) -> Response:
    """A file of JSON to be kept under this name."""
    answer = Response(json.dumps(content, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@blueprint.get("/v/<code>/proof")
@blueprint.get("/v/<code>/proof/<pasted>")
@blueprint.get("/V/<code>/PROOF/<pasted>")
@limiter.limit(TRIES, exempt_when=lambda: "proof" not in request.args)
@access("public", "read")
def proof(code: str, pasted: str = "") -> ResponseReturnValue:
    """Whether the proof on a statement leads to the village's seal, and to the fingerprint on the notice board.

    The upper-case address is what a statement's code holds: its QR code then needs no bytes but letters.
    """
    village = villages.by_code(db.session(), code)
    text, board = (pasted or request.args.get("proof", ""))[:MOST_LETTERS], request.args.get("board", "")[:200]
    verdict = proofs.check(db.session(), village.id, text, board) if text.strip() else None
    page = {"village": village, "pasted": text, "board": board, "verdict": verdict}
    return render_template("public/proof.html", **page, fingerprint=fingerprint, most=MOST_LETTERS, program=PROGRAM)


def proof_url(village: Village, text: str) -> str:
    """Where a proof is checked, in upper case as the QR code has it."""
    address: str = current_app.config["PUBLIC_URL"]
    return address.upper() + url_for("public_seals.proof", code=village.code).upper() + "/" + text
