"""What must be right before a village's books are served to others; `serve` insists on it, `doctor` shows it."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SHORTEST_SECRET = 32  # characters


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, whether it is right, and what was found or is to be done."""

    name: str
    ok: bool
    sentence: str


def configuration(config: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> list[Check]:
    """Every check of settings and files; the database and the fonts are looked at by `doctor`."""
    return [_secret(config), _address(config), _limit(config), _debug(config, environ), *_files(config["INSTANCE"])]


def _secret(config: Mapping[str, Any]) -> Check:
    length = len(config["SECRET_KEY"] or "")
    if length < SHORTEST_SECRET:
        sentence = (
            f"只有 {length} 个字符，至少要 {SHORTEST_SECRET} 个。不设 VILLAGEPOINTS_SECRET_KEY，程序会自己生成一把。"
        )
        return Check("签名密钥", False, sentence)
    return Check("签名密钥", True, f"{length} 个字符")


def _address(config: Mapping[str, Any]) -> Check:
    url = config["PUBLIC_URL"]
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return Check(
            "对外网址", False, f"是 {url}，要用 https:// 开头的正式网址（VILLAGEPOINTS_PUBLIC_URL），码牌上印的就是它。"
        )
    if parts.path or parts.query:
        return Check("对外网址", False, f"{url} 后面不能带路径。")
    return Check("对外网址", True, url)


def _limit(config: Mapping[str, Any]) -> Check:
    if not config["RATELIMIT_ENABLED"]:
        return Check("限流", False, "关掉了（VILLAGEPOINTS_RATE_LIMIT=0），有人会来猜密码。请删掉这个设置。")
    return Check("限流", True, "开着")


def _debug(config: Mapping[str, Any], environ: Mapping[str, str]) -> Check:
    if config.get("DEBUG") or environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        return Check("调试", False, "调试开着，谁都能在服务器上运行程序。请去掉 FLASK_DEBUG。")
    return Check("调试", True, "关着")


def _files(folder: Path) -> Iterator[Check]:
    if sight := _open_to(folder, stat.S_IRWXO):
        yield Check("实例文件夹", False, f"{folder} 的权限是 {sight}，别的用户也能进。请运行：chmod 700 {folder}")
    else:
        yield Check("实例文件夹", True, str(folder))
    for path in sorted(folder.glob("*.key")):
        name = path.name
        if sight := _open_to(path, stat.S_IRWXG | stat.S_IRWXO):
            yield Check(name, False, f"权限是 {sight}，别的用户也能看。请运行：chmod 600 {path}")
        elif len(path.read_text(encoding="ascii", errors="replace").strip()) < SHORTEST_SECRET:
            yield Check(name, False, "是空的或者被截断了。有备份就恢复；没有就删掉它，程序会重新生成（码牌要重印）。")
        else:
            yield Check(name, True, "只有本用户能看")


def _open_to(path: Path, others: int) -> str:
    """Its mode as text if any of `others` is set, else an empty string."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:03o}" if mode & others else ""
