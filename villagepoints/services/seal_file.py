"""SEAL.json read back: a seal as it was published, format 1 or 2."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from villagepoints.domain import seal as rules
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.seal import SealedHead, Stamp


@dataclass(frozen=True, slots=True)
class Published:
    """A seal as it was published; `numbers` of households only where the file has them."""

    village_id: UUID
    number: int
    root: bytes
    previous_root: bytes
    activity_seq: int
    activity_hash: bytes
    stamp: Stamp | None
    heads: tuple[SealedHead, ...]
    numbers: Mapping[UUID, str]

    def is_whole(self) -> bool:
        """Whether what the file holds comes to its own root."""
        frame = (self.village_id, self.previous_root, self.activity_seq, self.activity_hash)
        return rules.merkle_root(rules.leaves_of(*frame, self.heads, self.stamp)) == self.root


def read_published(text: str) -> Published:
    """SEAL.json as a published seal; BadInput where it is none."""
    try:
        raw = json.loads(text)
        if raw["format"] not in (1, rules.FORMAT):
            raise ValueError(f"format {raw['format']}")
        number = int(raw["number"])
        return Published(
            UUID(raw["village"]["id"]),
            number,
            bytes.fromhex(raw["root"]),
            bytes.fromhex(raw["previous_root"]),
            int(raw["activity"]["seq"]),
            bytes.fromhex(raw["activity"]["hash"]),
            None if raw["format"] == 1 else Stamp(rules.SEAL, number, str(raw["taken_at"])),
            tuple(_head(one) for one in raw["accounts"]),
            {UUID(one["household"]): str(one["number"]) for one in raw["accounts"] if one.get("number")},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(N_("这个封账文件读不懂（%(error)s）。请用 seal 命令导出的文件。"), error=error) from None


def _head(raw: Mapping[str, Any]) -> SealedHead:
    who = bytes.fromhex(raw.get("who", ""))
    return SealedHead(UUID(raw["household"]), int(raw["seq"]), bytes.fromhex(raw["hash"]), who)
