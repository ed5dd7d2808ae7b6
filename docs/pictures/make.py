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

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
PIN = "482915"


def main() -> None:
    """Start the server, take both pictures, stop it."""
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
                take_phone(browser, printed)
                take_desk(browser, printed)
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


def take_phone(browser: Browser, printed: str) -> None:
    """A household's own page, opened with its slip as the villager does it."""
    page = browser.new_page(viewport={"width": 390, "height": 1180}, device_scale_factor=2, locale="zh-CN")
    page.goto(find(r"http://\S+/q/sx/\S+", printed))
    open_with_slip(page, find(r"opening code:\s+(\d+)", printed))
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / "phone.png")
    page.close()


def open_with_slip(page: Page, code: str) -> None:
    """Type the opening code, then choose a PIN."""
    page.fill("input[name=code]", code)
    page.click("main form button")
    page.fill("input[name=pin]", PIN)
    page.fill("input[name=again]", PIN)
    page.click("main form button")


def take_desk(browser: Browser, printed: str) -> None:
    """The desk's first page, through the one-time link."""
    page = browser.new_page(viewport={"width": 1366, "height": 860}, locale="zh-CN")
    page.goto(find(r"http://\S+/auth/link/\S+", printed))
    page.locator("main form button").first.click()
    page.wait_for_load_state("networkidle")
    page.reload()  # without the greeting
    page.screenshot(path=HERE / "desk.png")
    page.close()


if __name__ == "__main__":
    main()
