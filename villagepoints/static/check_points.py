#!/usr/bin/env python3
"""核验积分的小程序：不连网，不装别的东西，有 Python 3.8 以上就行。

村里每次封账，都把全村的账算成一个指纹，贴在公告栏上。这个程序在你自己的电脑上重新算一遍：

  python check_points.py slip 凭证 --fingerprint 公告栏上的指纹      对账单方码里的字（或者整个网址）
  python check_points.py seal SEAL.json [上一次的SEAL.json]          封账文件：自己的指纹，和上一次接不接得上
  python check_points.py export 我家.json --seal SEAL.json           自己家的记录，一条一条重新算
  python check_points.py sample frame.json --seal SEAL.json          监督小组的抽样，照种子再抽一遍

对得上，退出码是 0；对不上是 1；给的东西读不懂是 2。算法写在 docs/audit.md 里，谁都可以另写一个来对。
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Any

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKS_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
SPOKEN = str.maketrans("零一二三四五六七八九甲乙丙丁戊己", "0123456789ABCDEF")
PROOF = struct.Struct(">B16sI16sI32s32sI")


class Unreadable(Exception):
    """给的东西读不懂。"""


# ---------------------------------------------------------------- 怎么算


def sha(data: bytes) -> bytes:
    """SHA-256。"""
    return hashlib.sha256(data).digest()


def as_bytes(value: Any) -> bytes:
    """一串内容固定写成的字节：JSON，不留空格，中文不转写。"""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def fingerprint(root: bytes) -> str:
    """公告栏上的写法：前 128 位，四个一组。"""
    text = root[:16].hex().upper()
    return "-".join(text[i : i + 4] for i in range(0, 32, 4))


def read_fingerprint(typed: str) -> str:
    """抄来的指纹，数字、字母或者念法都行。"""
    plain = unicodedata.normalize("NFKC", typed).upper().translate(SPOKEN)
    digits = "".join(sign for sign in plain if sign.isalnum())
    if len(digits) != 32 or any(sign not in "0123456789ABCDEF" for sign in digits):
        raise Unreadable("指纹要 32 个字，只有数字和 A 到 F，像 7F3A-91C4-…。请照公告栏再抄一次。")
    return fingerprint(bytes.fromhex(digits))


def account_leaf(village: str, account: dict[str, Any]) -> bytes:
    """一户在封账里的那一行。"""
    fields = [1, village, account["household"], account["seq"], account["hash"]]
    if account.get("who"):
        fields = [2, *fields[1:], account["who"]]
    return as_bytes(fields)


def seal_leaves(seal: dict[str, Any]) -> list[bytes]:
    """封账文件里的每一行，次序固定。"""
    village = seal["village"]["id"]
    leaves = []
    if seal["format"] == 2:
        leaves.append(as_bytes([2, village, "seal", seal["number"], seal["taken_at"]]))
    leaves.append(as_bytes([1, village, "previous", seal["previous_root"]]))
    leaves.append(as_bytes([1, village, "activity", seal["activity"]["seq"], seal["activity"]["hash"]]))
    accounts = sorted(seal["accounts"], key=lambda one: uuid.UUID(one["household"]).int)
    return leaves + [account_leaf(village, one) for one in accounts]


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """所有的行合成一个指纹（RFC 6962 第 2.1 节）。"""
    level = [sha(b"\x00" + leaf) for leaf in leaves]
    while len(level) > 1:
        even = len(level) - len(level) % 2
        level = [sha(b"\x01" + level[i] + level[i + 1]) for i in range(0, even, 2)] + level[even:]
    return level[0]


def entry_hash(village: str, household: str, entry: dict[str, Any]) -> bytes:
    """一条记录的指纹，里面有上一条的指纹。"""
    fields = [1, village, household] + [entry[name] for name in ENTRY]
    return sha(b"villagepoints entry\n" + as_bytes(fields))


ENTRY = (
    *("seq", "kind", "points", "balance_after", "occurred_on", "recorded_at", "rulebook_version", "item_code"),
    *("grade", "quantity", "occasion", "origin", "recorded_by", "approved_by", "acted_for", "reverses_seq"),
    *("redemption_id", "batch_id", "counter_household_id", "commitment", "prev_hash"),
)


def commitment(words: dict[str, Any]) -> str:
    """事由、经手人、照片的校验数。"""
    said = as_bytes([words["note"], words["recorder"], words["evidence"]])
    return sha(b"villagepoints text\n" + bytes.fromhex(words["salt"]) + said).hex()


def who(known: dict[str, Any]) -> str:
    """户号和户主的校验数。"""
    said = as_bytes([known["number"], known["head_name"]])
    return sha(b"villagepoints who\n" + bytes.fromhex(known["salt"]) + said).hex()


# ---------------------------------------------------------------- 读进来


def read_json(path: str) -> dict[str, Any]:
    """打开一个文件。"""
    try:
        with open(path, encoding="utf-8-sig") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise Unreadable(f"文件 {path} 打不开，或者不是完整的文件：{error}") from None
    if not isinstance(found, dict):
        raise Unreadable(f"文件 {path} 不是封账文件，也不是导出的文件。")
    return found


def read_seal(path: str) -> dict[str, Any]:
    """打开封账文件。"""
    seal = read_json(path)
    if seal.get("format") not in (1, 2) or "accounts" not in seal:
        raise Unreadable(f"文件 {path} 不是这个程序认得的封账文件。")
    return seal


def read_proof(typed: str) -> tuple[str, dict[str, Any], int, int, list[bytes]]:
    """把方码里的字拆开：哪个村、哪一户的账、第几次封账、怎么走到指纹。"""
    text = "".join(unicodedata.normalize("NFKC", typed).split()).rpartition("/")[2].upper().translate(LOOKS_LIKE)
    value, rest = 0, len(text) * 5 % 8
    for letter in text:
        if letter not in LETTERS:
            raise Unreadable(f"凭证里有不认得的字「{letter}」。请再扫一次，从头到尾都贴进来。")
        value = value << 5 | LETTERS.index(letter)
    raw = (value >> rest).to_bytes(len(text) * 5 // 8, "big")
    if rest >= 5 or value & ((1 << rest) - 1) or len(raw) < PROOF.size or (len(raw) - PROOF.size) % 32:
        raise Unreadable("凭证不完整。请把单子铺平再扫一次，从头到尾都贴进来。")
    kind, village, number, household, seq, head, known, sides = PROOF.unpack_from(raw)
    path = [raw[i : i + 32] for i in range(PROOF.size, len(raw), 32)]
    if kind != 1 or sides >> len(path):
        raise Unreadable("凭证不是这个程序认得的。请到村里的网页上拿新的小程序。")
    account = {"household": str(uuid.UUID(bytes=household)), "seq": seq, "hash": head.hex()}
    if any(known):
        account["who"] = known.hex()
    return str(uuid.UUID(bytes=village)), account, number, sides, path


# ---------------------------------------------------------------- 三件事


def check_slip(args: argparse.Namespace) -> list[str]:
    """对账单上的凭证，走到的是不是公告栏上的指纹。"""
    village, account, number, sides, path = read_proof(args.proof)
    node = sha(b"\x00" + account_leaf(village, account))
    for n, sibling in enumerate(path):
        node = sha(b"\x01" + (sibling + node if sides >> n & 1 else node + sibling))
    print(f"单子上写的是第 {number} 次封账，封存到第 {account['seq']} 条。")
    print(f"凭证算出来的指纹：{fingerprint(node)}")
    wrong = []
    if args.fingerprint is None and args.seal is None:
        print(f"请和公告栏上第 {number} 次封账的指纹一个字一个字地对，或者加上 --fingerprint 让程序来对。")
    if args.fingerprint is not None and read_fingerprint(args.fingerprint) != fingerprint(node):
        wrong.append(f"和你给的指纹不一样：单子被改过、没扫好，或者抄的不是第 {number} 次封账的指纹。")
    if args.seal is not None:
        seal = read_seal(args.seal)
        wrong += seal_problems(seal)
        if bytes.fromhex(seal["root"]) != node or seal["number"] != number:
            wrong.append(f"凭证不属于给的那个封账文件（第 {seal['number']} 次）。")
    return wrong


def seal_problems(seal: dict[str, Any]) -> list[str]:
    """封账文件的内容合不合自己的指纹。"""
    if tree_root(seal_leaves(seal)).hex() != seal["root"]:
        return ["封账文件里的内容和它自己的指纹不符：文件被改过。"]
    return []


def check_seal(args: argparse.Namespace) -> list[str]:
    """封账文件，和以前的一次接不接得上。"""
    seal = read_seal(args.seal)
    wrong = seal_problems(seal)
    root = bytes.fromhex(seal["root"])
    print(f"第 {seal['number']} 次封账，{len(seal['accounts'])} 户，指纹 {fingerprint(root)}")
    if args.fingerprint is not None and read_fingerprint(args.fingerprint) != fingerprint(root):
        wrong.append("封账文件的指纹和公告栏上的不一样。")
    if args.earlier is None:
        return wrong
    before = read_seal(args.earlier)
    wrong += seal_problems(before)
    if before["village"]["id"] != seal["village"]["id"]:
        return [*wrong, "两个封账文件不是一个村的。"]
    if before["number"] + 1 == seal["number"] and before["root"] != seal["previous_root"]:
        wrong.append("和上一次封账接不上：其中一次被换过。")
    now = {one["household"]: one for one in seal["accounts"]}
    for one in before["accounts"]:
        later = now.get(one["household"])
        name = one.get("number") or one["household"]
        if later is None:
            wrong.append(f"{name}：上一次封账有这一户，这一次没有了。")
        elif later["seq"] < one["seq"] or (later["seq"] == one["seq"] and later["hash"] != one["hash"]):
            wrong.append(f"{name}：上一次封账有 {one['seq']} 条，这一次 {later['seq']} 条，少了或者变了。")
    return wrong


def check_export(args: argparse.Namespace) -> list[str]:
    """自己家的记录，一条一条重新算。"""
    home = read_json(args.export)
    if home.get("kind") != "villagepoints household" or home.get("format") != 1:
        raise Unreadable("这不是「我家的记录」导出来的文件。请在手机上「你家的信息」里拿，或者请文书导出。")
    village, household = home["village"]["id"], home["household"]["id"]
    wrong, head, balance, at = [], "", 0, {}
    for place, entry in enumerate(home["entries"], 1):
        name = "第 {} 条".format(entry["seq"])
        if entry["seq"] != place:
            wrong.append(name + "：前面缺了记录。")
            break
        if entry["prev_hash"] != head:
            wrong.append(name + "：和上一条接不上。")
        balance += entry["points"]
        if entry["balance_after"] != balance:
            wrong.append(f"{name}：记完应该是 {balance} 分，写的是 {entry['balance_after']} 分。")
        words = entry.get("words")
        if words and commitment(words) != entry["commitment"]:
            wrong.append(name + "：事由或经手人和记账时的不一样。")
        head = entry_hash(village, household, entry).hex()
        if head != entry["hash"]:
            wrong.append(name + "：内容和它的指纹不符，被改过。")
        at[entry["seq"]] = head
    print(f"一共 {len(home['entries'])} 条记录，现在 {balance} 分。")
    return wrong + (against_seal(home, at, args) if args.seal else [])


def against_seal(home: dict[str, Any], at: dict[int, str], args: argparse.Namespace) -> list[str]:
    """自己家的记录，和封账时的是不是一样。"""
    seal = read_seal(args.seal)
    wrong = seal_problems(seal)
    if args.fingerprint is not None and read_fingerprint(args.fingerprint) != fingerprint(bytes.fromhex(seal["root"])):
        wrong.append("封账文件的指纹和公告栏上的不一样。")
    mine = [one for one in seal["accounts"] if one["household"] == home["household"]["id"]]
    if seal["village"]["id"] != home["village"]["id"] or not mine:
        return [*wrong, "这次封账里没有这一户。"]
    account = mine[0]
    root = bytes.fromhex(seal["root"])
    print(f"第 {seal['number']} 次封账封存到第 {account['seq']} 条，指纹 {fingerprint(root)}")
    if account["seq"] and at.get(account["seq"]) != account["hash"]:
        wrong.append(f"封账时的最后一条（第 {account['seq']} 条）现在不在了，或者以前的内容变了。")
    known = [one for one in home["household"]["sealed"] if one["seal"] == seal["number"]]
    if account.get("who") and known and who({**home["household"], **known[0]}) != account["who"]:
        wrong.append("封账时这个账户写的户号或户主和现在的不一样（改过户号、换过户主的，这一条不算）。")
    return wrong


# ---------------------------------------------------------------- 抽样再抽一遍


class Draw:
    """照一个种子抽：每一行的名次由种子、哪一层和它的代号算出来，名次小的先抽。"""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed

    def rank(self, stratum: str, name: str) -> bytes:
        """一行在一层里的名次。"""
        return sha(self.seed + f"\n{stratum}\n{name}".encode())

    def first(self, stratum: str, names: list[str], wanted: int) -> list[str]:
        """名次最小的几行。"""
        return sorted(names, key=lambda name: self.rank(stratum, name))[:wanted]

    def homes(self, reason: str, lines: list[list[Any]], wanted: int) -> list[list[str]]:
        """要去的户，按组和住法分层，各层按户数分摊。"""
        strata: dict[str, list[str]] = {}
        for name, group, residency, _new in lines:
            strata.setdefault(f"{'-' if group is None else group} {residency}", []).append(name)
        wanted, shares, passed, before = min(wanted, len(lines)), {}, 0, 0
        start = int.from_bytes(self.rank(f"start {reason}", ""), "big") % max(1, len(lines))
        for stratum in sorted(strata, key=lambda one: self.rank(f"order {reason}", one)):
            passed += len(strata[stratum])
            until = (wanted * passed + start) // len(lines)
            shares[stratum], before = until - before, until
        return [
            [reason, one, name]
            for one in sorted(strata)
            for name in self.first(f"{reason} {one}", strata[one], shares[one])
        ]

    def households(self, lines: list[list[Any]], size: dict[str, int]) -> list[list[Any]]:
        """要去的户：没去过的先抽，留一些在所有的户里抽。"""
        wanted = min(size["households"], len(lines))
        drawn = self.homes("never", [line for line in lines if line[3]], wanted - -(-wanted // 5))
        there = {name for _reason, _stratum, name in drawn}
        drawn += self.homes("group", [line for line in lines if line[0] not in there], wanted - len(drawn))
        blind = self.first("blind", [one[2] for one in drawn], -(-len(drawn) * size["blind_percent"] // 100))
        return [["household", *one, one[2] in blind] for one in drawn]

    def entries(self, lines: list[list[Any]], size: dict[str, int]) -> list[list[Any]]:
        """要看的记录：大额的、老人代办的全看，每个经手人和每个项目的抽一份。"""
        spent = ("redemption", "refund", "expiry")
        found = [["large", "", one[0]] for one in lines if abs(one[1]) >= size["large_from"] and one[2] not in spent]
        found += [["proxy", "", one[0]] for one in lines if one[5] and abs(one[1]) >= size["proxy_from"]]
        for reason, column in (("clerk", 4), ("item", 3)):
            for one in sorted({line[column] for line in lines} - {""}):
                names = [line[0] for line in lines if line[column] == one]
                share = max(size["share_least"], min(size["share_most"], -(-len(names) * size["share_percent"] // 100)))
                found += [[reason, one, name] for name in self.first(f"{reason} {one}", names, share)]
        once: dict[str, list[Any]] = {}
        for place in found:
            once.setdefault(place[2], ["entry", *place, False])
        return list(once.values())


def check_sample(args: argparse.Namespace) -> list[str]:
    """种子是不是由封账、抽到的数和月份来的，名单改过没有，照种子再抽一遍是不是这些。"""
    data = read_json(args.frame)
    if data.get("format") != 1 or "sample" not in data:
        raise Unreadable("这不是监督审核的名单文件（frame.json）。")
    frame, size = data["frame"], data["sizes"]
    packed = json.dumps(frame, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    seed = sha(b"villagepoints audit\n" + as_bytes([1, data["seal"]["root"], data["lot"], data["month"]]))
    draw, wrong = Draw(seed), []
    print(f"{data['month']} 的审核：抽到的数 {data['lot']}，要看 {len(data['sample'])} 样。")
    if seed.hex() != data["seed"]:
        wrong.append("种子不是由封账的指纹、抽到的数和月份算出来的。")
    if sha(packed).hex() != data["frame_sha256"]:
        wrong.append("名单和它的指纹不符：名单被改过。")
    sample = draw.households(frame["households"], size) + draw.entries(frame["entries"], size)
    sample += [["goods", "goods", "", one, False] for one in draw.first("goods", frame["goods"], size["goods"])]
    if sample != data["sample"]:
        wrong.append("照种子抽出来的不是这些：抽样被动过。")
    if args.seal is not None:
        seal = read_seal(args.seal)
        wrong += seal_problems(seal)
        if (seal["number"], seal["root"]) != (data["seal"]["number"], data["seal"]["root"]):
            wrong.append("种子用的不是给的那次封账。")
    root = data["seal"]["root"]
    if args.fingerprint is not None and (not root or read_fingerprint(args.fingerprint) != print_of(root)):
        wrong.append("种子用的封账和公告栏上的指纹不一样。")
    return wrong


def print_of(root: str) -> str:
    """十六进制的根，写成公告栏上的样子。"""
    return fingerprint(bytes.fromhex(root))


def main(argv: Sequence[str] | None = None) -> int:
    """看要做哪一件，做完说对不对得上。"""
    parser = argparse.ArgumentParser(
        prog="check_points.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", metavar="做什么")
    slip = tasks.add_parser("slip", help="对账单上的凭证")
    slip.add_argument("proof", help="方码里的字，或者扫出来的网址")
    slip.add_argument("--seal", help="封账文件 SEAL.json")
    seal = tasks.add_parser("seal", help="封账文件")
    seal.add_argument("seal", help="封账文件 SEAL.json")
    seal.add_argument("earlier", nargs="?", help="以前的一次，看接不接得上")
    export = tasks.add_parser("export", help="自己家的记录")
    export.add_argument("export", help="「我家的记录」导出来的文件")
    export.add_argument("--seal", help="封账文件 SEAL.json")
    sample = tasks.add_parser("sample", help="监督小组的抽样")
    sample.add_argument("frame", help="审核网页上拿的 frame.json")
    sample.add_argument("--seal", help="抽样以前那次的封账文件 SEAL.json")
    for task, run in ((slip, check_slip), (seal, check_seal), (export, check_export), (sample, check_sample)):
        task.add_argument("--fingerprint", help="公告栏上抄来的指纹")
        task.set_defaults(run=run)
    args = parser.parse_args(argv)
    if not args.task:
        parser.print_help()
        return 2
    try:
        wrong = args.run(args)
    except Unreadable as error:
        print(f"读不懂：{error}")
        return 2
    except (KeyError, TypeError, ValueError, AttributeError, struct.error) as error:
        print(f"读不懂：文件里缺东西，或者被改坏了（{error}）。")
        return 2
    for sentence in wrong:
        print("✗ " + sentence)
    print(f"✗ 有 {len(wrong)} 处对不上。请留好单子和文件，告诉监督小组。" if wrong else "✓ 对得上。")
    return 1 if wrong else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # an old Windows would stop at a sign it lacks
    sys.exit(main())
