"""Takes the pictures of the README: starts the demo village in an empty folder and looks at it with Chromium.

Run from the project's root: .venv/bin/python docs/pictures/make.py
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

HERE = Path(__file__).parent
PIN = "482915"
COLOURS = 160  # flat pages: no eye sees the difference, and a picture is a third as large
SHOWN = "SX03028"  # the household whose door the demo village prints
PHONE = {"width": 360, "height": 640}
DESK = {"width": 1366, "height": 768}


def main() -> None:
    """Start the server, take every picture, stop it."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        log = Path(folder) / "log"
        environ = {**os.environ, "VILLAGEPOINTS_INSTANCE": f"{folder}/instance", "PORT": str(port)}
        with log.open("w") as out:
            server = subprocess.Popen([Path(sys.executable).with_name("villagepoints"), "run"], env=environ, stdout=out)
        try:
            printed = wait_for(log, server)
            with sync_playwright() as playwright:
                path = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                take_household(browser, printed)
                take_desk(browser, printed)
                take_supervision(browser, environ, printed)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def wait_for(log: Path, server: "subprocess.Popen[bytes]") -> str:
    """What the server printed, once it has printed everything."""
    while "opening code" not in log.read_text():
        if server.poll() is not None:
            raise SystemExit("the server ended by itself")
        time.sleep(0.2)
    return log.read_text()


def find(pattern: str, printed: str) -> str:
    """The one place in what was printed that matches."""
    (found,) = re.findall(pattern, printed)
    return str(found)


def keep(what: Page | Locator, name: str) -> None:
    """A picture of what a page shows, or of one part of it, in few colours."""
    path = HERE / f"{name}.png"
    if isinstance(what, Page):
        what.wait_for_load_state("networkidle")
    what.screenshot(path=path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def take_household(browser: Browser, printed: str) -> None:
    """A household's own pages, opened with its slip as the villager does it."""
    context = browser.new_context(viewport={"width": 390, "height": 1180}, device_scale_factor=2, locale="zh-CN")
    page = context.new_page()
    page.goto(find(r"http://\S+/q/sx/\S+", printed))
    open_with_slip(page, find(r"opening code:\s+(\d+)", printed))
    keep(page, "phone")
    page.set_viewport_size(PHONE)
    for name, path in (("redeem", "/my/redeem"), ("year", "/my/year"), ("elder", "/view/elder?next=/my/")):
        page.goto(at(page, path))
        keep(page, name)
    page.goto(at(page, "/view/plain?next=/my/"))
    page.get_by_role("link", name="不对？").last.click()
    page.get_by_label("哪里不对").fill("那堆砖是隔壁翻修房子放的，他说好月底搬走，工人可以作证。")
    page.get_by_role("button", name="提上去").click()
    keep(page, "objection")
    context.close()


def open_with_slip(page: Page, code: str) -> None:
    """Type the opening code, then choose a PIN."""
    page.fill("input[name=code]", code)
    page.click("main form button")
    page.fill("input[name=pin]", PIN)
    page.fill("input[name=again]", PIN)
    page.click("main form button")


def take_desk(browser: Browser, printed: str) -> None:
    """The office's pages, through the one-time link."""
    context = browser.new_context(viewport={"width": 1366, "height": 860}, locale="zh-CN")
    page = context.new_page()
    page.goto(find(r"http://\S+/auth/link/\S+", printed))
    page.locator("main form button").first.click()
    page.wait_for_load_state("networkidle")
    page.reload()  # without the greeting
    keep(page, "desk")
    page.set_viewport_size(DESK)
    take_sheet(page)
    take_import(page)
    take_demand(page)
    take_notice(page)
    take_replay(page)
    lane = browser.new_context(
        storage_state=context.storage_state(), viewport=PHONE, device_scale_factor=2, locale="zh-CN"
    )
    walker = lane.new_page()
    walker.goto(at(page, f"/desk/lane?q={SHOWN}"))
    keep(walker, "lane")
    lane.close()
    context.close()


def take_supervision(browser: Browser, environ: dict[str, str], printed: str) -> None:
    """A member's phone after an audit, and the first page of its report."""
    server = find(r"(http://\S+)/q/sx/\S+", printed)
    command = [Path(sys.executable).with_name("villagepoints"), "user", "link", "jiandu1", "--village", "sx"]
    environ = {**environ, "VILLAGEPOINTS_PUBLIC_URL": server}
    link = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="zh-CN")
    page = context.new_page()
    page.goto(find(r"http://\S+/auth/link/\S+", link))
    page.locator("main form button").first.click()
    page.wait_for_load_state("networkidle")
    page.goto(at(page, "/supervision/audits"))
    page.locator("main a[href*='/audits/']").first.click()
    page.get_by_role("link", name="值得看一看的").first.click()
    keep(page, "prompts")
    page.goto(at(page, "/supervision/settings"))
    keep(page, "sample")
    page.goto(at(page, "/supervision/"))
    page.set_viewport_size({"width": 900, "height": 1000})
    page.get_by_role("link", name="看报告").first.click()
    keep(page, "report")
    context.close()


def at(page: Page, path: str) -> str:
    """Another address of the same server."""
    return re.sub(r"(//[^/]+).*", r"\1", page.url) + path


def take_sheet(page: Page) -> None:
    """A group's month being typed in."""
    page.goto(at(page, "/desk/sheet?group=3"))
    page.get_by_label("SX03003 A1").fill("15")
    page.get_by_label("SX03006 C1").fill("5")
    page.get_by_label("SX03009 A2").fill("10")
    keep(page, "sheet")


def take_import(page: Page) -> None:
    """A clerk's table on its way in, with two cells to be put right on the page."""
    lines = [
        ("日期", "户号", "户主", "项目编号", "分值", "事由"),
        ("2026-10-08", "SX03001", "", "D2", 5, "参加村民小组议事会"),
        ("2026-10-09", "SX03002", "", "D4", 10, "帮邻居收稻"),
        ("10月12日", "SX03OO7", "", "D2", 5, "参加村民小组议事会"),
        ("2026-10-15", "SX03011", "", "D4", 15, "清理河道垃圾"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "十月加分.xlsx"
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet("十月")
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
        page.goto(at(page, "/desk/imports"))
        page.locator("input[name=kind][value=events]").check()
        page.set_input_files("input[type=file]", file)
        page.get_by_role("button", name="看看结果").click()
        page.wait_for_selector("main table")  # it is looked through in the background
    keep(page, "import")


def take_demand(page: Page) -> None:
    """What people want, with the figures behind each suggestion."""
    page.goto(at(page, "/desk/demand"))
    keep(page, "demand")


def take_notice(page: Page) -> None:
    """The sheet for the notice-board of the notice that hangs there."""
    page.goto(at(page, "/desk/notices"))
    page.locator("[data-rows] tbody a").first.click()
    page.get_by_role("link", name="打印 A4").click()
    keep(page.locator("main"), "notice")


def take_replay(page: Page) -> None:
    """A draft in which one item changes, tried on the past months."""
    page.goto(at(page, "/desk/rule-drafts/new"))
    page.fill("input[name=title]", "明年的办法")
    page.click("main form .btn-main")
    page.get_by_role("link", name="修改 A1").click()
    page.fill("input[name=step]", "3")
    page.click("main form .btn-main")
    page.get_by_role("link", name="试算").click()
    keep(page, "replay")


if __name__ == "__main__":
    main()
