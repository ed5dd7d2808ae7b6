"""`make run` as a newcomer meets it: what it prints before it serves opens in a browser, and no log holds a secret."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

START = [sys.executable, "-c", "from villagepoints.cli import main; main()"]


@dataclass
class Running:
    """The server as `make run` starts it, and everything it printed before its first answer."""

    url: str
    printed: str
    instance: Path
    errors: Path
    seconds: float

    def find(self, pattern: str) -> str:
        """The one place in what was printed that matches."""
        (found,) = re.findall(pattern, self.printed)
        return str(found)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(instance: Path, *words: str, **environ: str) -> tuple[subprocess.Popen[bytes], Running]:
    port, began = free_port(), time.monotonic()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VILLAGEPOINTS_")}
    errors = instance.parent / "errors.log"
    output = instance.parent / f"output-{port}.log"
    with errors.open("ab") as err, output.open("wb") as out:
        child = subprocess.Popen(
            [*START, *(words or ("run",))],
            env={**kept, "VILLAGEPOINTS_INSTANCE": str(instance), "PORT": str(port), **environ},
            stdout=out,
            stderr=err,
        )
    url = f"http://127.0.0.1:{port}"
    while True:
        assert child.poll() is None, errors.read_text()
        assert time.monotonic() - began < 60, errors.read_text()
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                break
        except OSError:
            time.sleep(0.05)
    return child, Running(url, output.read_text(), instance, errors, time.monotonic() - began)


def stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    child, running = start(tmp_path_factory.mktemp("run") / "instance")
    yield running
    stop(child)


class Browser:
    """A browser without JavaScript: cookies, redirects, and forms with the fields the page gave them."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, url: str, **fields: str) -> tuple[str, str]:
        """The address one ends at and the page there."""
        data = urlencode(fields).encode() if fields else None
        request = urllib.request.Request(url, data=data, headers={"Referer": url})
        with self.opener.open(request, timeout=20) as response:
            return response.url, response.read().decode()

    def press(self, url: str, page: str) -> tuple[str, str]:
        """Send the page's first form as it stands."""
        form = _Form()
        form.feed(page)
        return self.open(urljoin(url, form.action or url), **form.fields)


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.place = 0  # 1 inside the page's main form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "main":
            self.place = 1
        elif tag == "form" and self.place == 1:
            self.action, self.place = attributes.get("action"), 2
        elif tag == "input" and self.place == 2:
            self.fields[attributes.get("name") or ""] = attributes.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.place == 2:
            self.place = 3


def test_everything_is_printed_before_the_first_answer(running: Running) -> None:
    assert running.find(r"http://\S+/auth/link/\S+").startswith(running.url)
    assert running.find(r"http://\S+/q/sx/\S+").startswith(running.url)
    assert re.fullmatch(r"\d{8}", running.find(r"opening code:\s+(\d+)"))
    drawn = [line for line in running.printed.splitlines() if "█" in line or "▀" in line]
    assert len(drawn) > 15


def test_the_door_opens_the_village_page_in_either_case(running: Running) -> None:
    door = running.find(r"http://\S+/q/sx/\S+")
    for url in (door, running.url + door.removeprefix(running.url).upper()):
        at, page = Browser().open(url)
        assert "盛新村" in page
        assert door.rsplit("/", 1)[1] not in at  # the token does not stay in the address bar


def test_the_link_signs_in_to_the_desk_once(running: Running) -> None:
    link, browser = running.find(r"http://\S+/auth/link/\S+"), Browser()
    url, page = browser.press(*browser.open(link))
    assert "/desk" in url
    assert "552,870" in page
    with pytest.raises(urllib.error.HTTPError) as refused:
        Browser().open(link)
    assert refused.value.code == 404


def test_the_second_start_is_quick_and_gives_a_new_link_to_the_same_village(running: Running) -> None:
    child, again = start(running.instance)
    try:
        assert again.seconds < 20  # about 1 on a quiet machine; tests share theirs
        assert again.find(r"/q/sx/\S+") == running.find(r"/q/sx/\S+")
        assert again.find(r"/auth/link/\S+") != running.find(r"/auth/link/\S+")
        assert "造演示村" in running.errors.read_text()
        assert running.errors.read_text().count("造演示村") == 1
    finally:
        stop(child)


def test_a_taken_port_is_one_sentence(running: Running) -> None:
    port = running.url.rsplit(":", 1)[1]
    environ = {**os.environ, "VILLAGEPOINTS_INSTANCE": str(running.instance), "PORT": port}
    answer = subprocess.run([*START, "run"], env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert answer.returncode == 1
    assert f"端口 {port}" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_no_secret_is_ever_logged(running: Running) -> None:
    Browser().open(running.find(r"http://\S+/q/sx/\S+"))
    logged = running.errors.read_text()
    assert "/q/" not in logged
    assert "/auth/link/" not in logged


@pytest.mark.parametrize(("proxies", "limited"), [("1", False), ("0", True)])
def test_the_production_server_believes_as_many_proxies_as_it_was_told(
    running: Running, proxies: str, limited: bool
) -> None:
    environ = {"VILLAGEPOINTS_PUBLIC_URL": "https://village.example", "VILLAGEPOINTS_TRUSTED_PROXIES": proxies}
    child, serving = start(running.instance, "serve", **environ)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Proto": "https"}
        statuses = []
        # the limit is 300 a minute from one address; 310 of them may fall into two minutes, 620 may not
        for number in range(620 if limited else 310):
            headers = {**form, "X-Forwarded-For": f"198.51.{number // 100}.{number % 100}"}
            request = urllib.request.Request(f"{serving.url}/q/sx/NOSUCHTOKEN{number}", headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    statuses.append(response.status)
                    assert response.headers.get("Server") is None
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
            if statuses[-1] == 429:
                break
        assert (429 in statuses) is limited
    finally:
        stop(child)
