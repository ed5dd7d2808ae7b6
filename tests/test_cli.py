"""The `villagepoints` command as somebody types it, each time in an instance folder of its own."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from villagepoints.cli import main
from villagepoints.services.demo import staff

Run = Callable[..., Result]
LINK = re.compile(r"http\S+/auth/link/\S+")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("VILLAGEPOINTS_")]:
        if "TEST" not in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("VILLAGEPOINTS_INSTANCE", str(tmp_path / "instance"))
    return tmp_path / "instance"


@pytest.fixture
def run(instance: Path) -> Run:
    def type_(*words: str, **environ: str) -> Result:
        return CliRunner().invoke(main, list(words), env=environ, catch_exceptions=False)

    return type_


@pytest.fixture
def village(run: Run) -> Run:
    assert run("village", "add", "LY", "绿叶村", "--phone", "10000000001").exit_code == 0
    return run


def test_help_names_every_command_and_no_command_of_a_group(run: Run) -> None:
    shown = run("--help").output
    listed = re.findall(r"^  ([a-z]+)  ", shown, re.MULTILINE)
    assert {"run", "serve", "demo", "village", "import", "stats", "verify", "upgrade", "doctor", "tick", "user"} <= set(
        listed
    )
    assert {"backup", "restore", "card", "cards"} <= set(listed)
    assert not {"add", "link", "url", "list"} & set(listed)


def test_an_unknown_command_is_bad_usage(run: Run) -> None:
    assert run("plough").exit_code == 2


def test_a_village_is_added_with_its_rules_once_and_its_code_is_folded(village: Run) -> None:
    assert village("village", "list").output == "ly\t绿叶村\n"
    again = village("village", "add", "ly", "绿叶村")
    assert (again.exit_code, "已经有代码是「ly」的村" in again.stderr) == (1, True)
    assert village("village", "add", "a b!", "坏代码").exit_code == 1
    figures = json.loads(village("stats", "--village", "LY", "--json").output)
    assert (figures["households"], figures["points_generated"]) == (0, 0)


def test_before_there_is_a_database_commands_say_what_to_do(run: Run) -> None:
    answer = run("verify")
    assert answer.exit_code == 1
    assert "villagepoints village add" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_with_several_villages_one_must_be_named(village: Run) -> None:
    village("village", "add", "hh", "红花村")
    answer = village("stats")
    assert (answer.exit_code, "hh、ly" in answer.stderr) == (1, True)
    assert village("stats", "--village", "xx").exit_code == 1


def test_upgrade_does_what_is_missing_and_then_nothing(run: Run) -> None:
    assert "已升级" in run("upgrade").output
    assert "没有改动" in run("upgrade").output


def test_a_member_of_staff_gets_a_link_instead_of_a_password(village: Run) -> None:
    first = village("user", "add", "shen", "沈文书", "--role", "clerk")
    assert first.exit_code == 0
    second = village("user", "link", "SHEN")
    (one,), (another,) = LINK.findall(first.output), LINK.findall(second.output)
    assert one != another
    assert village("user", "link", "nobody").exit_code == 1
    assert village("user", "add", "shen", "又一个", "--role", "clerk").exit_code == 1
    assert village("user", "add", "x", "y", "--role", "king").exit_code == 2


def test_verify_is_clean_and_red_after_a_byte_was_changed(village: Run, instance: Path) -> None:
    clean = village("verify", "--json")
    assert (clean.exit_code, json.loads(clean.output)) == (0, {"ok": True, "problems": []})
    with sqlite3.connect(instance / "villagepoints.db") as database:
        database.execute("DROP TRIGGER activity_no_update")
        database.execute("UPDATE activity SET action = 'village.addeD' WHERE seq = 1")
    red = village("verify", "--json")
    assert red.exit_code == 1
    assert json.loads(red.output)["problems"][0]["kind"] == "activity"
    assert "操作记录" in village("verify").output


def test_tick_may_run_as_often_as_it_likes(village: Run) -> None:
    assert [village("tick").exit_code for _ in range(3)] == [0, 0, 0]
    assert village("tick").output == ""


def test_a_backup_is_restored_elsewhere_with_its_keys(village: Run, instance: Path, tmp_path: Path) -> None:
    (instance / "evidence").mkdir()
    (instance / "evidence" / "a1.webp").write_bytes(b"picture")
    file = tmp_path / "books.zip"
    assert village("backup", str(file)).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert village("backup", str(file)).exit_code == 1
    other = {"VILLAGEPOINTS_INSTANCE": str(tmp_path / "other")}
    assert village("restore", str(file), **other).exit_code == 0
    assert village("village", "list", **other).output == "ly\t绿叶村\n"
    assert village("verify", **other).exit_code == 0
    assert (tmp_path / "other" / "evidence" / "a1.webp").read_bytes() == b"picture"
    assert (tmp_path / "other" / "card.key").read_text() == (instance / "card.key").read_text()
    assert "没有恢复" in village("restore", str(file), **other).stderr


def test_nothing_is_restored_without_keys_or_from_something_else(run: Run, instance: Path, tmp_path: Path) -> None:
    file = tmp_path / "books.zip"
    file.write_bytes(b"PK not really")
    assert "钥匙" in run("restore", str(file)).stderr
    (tmp_path / "books.keys.zip").write_bytes(b"PK not really")
    assert run("restore", str(file)).exit_code == 1
    assert not (instance / "villagepoints.db").exists()


def test_on_postgresql_a_backup_names_the_tool_for_it(run: Run) -> None:
    answer = run("restore", "x.zip", VILLAGEPOINTS_DATABASE_URL="postgresql://localhost/none")
    assert (answer.exit_code, "pg_dump" in answer.stderr) == (1, True)


def test_a_database_that_cannot_be_reached_is_one_sentence(run: Run) -> None:
    answer = run("verify", VILLAGEPOINTS_DATABASE_URL="postgresql://127.0.0.1:9/none?connect_timeout=2")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("数据库这一步没有做成")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("TRUSTED_PROXIES", "one", 1), ("DATABASE_URL", "nonsense", 2), ("INSTANCE", "/proc/nowhere", 2)],
)
def test_a_setting_that_cannot_be_read_is_one_sentence(run: Run, name: str, value: str, code: int) -> None:
    answer = run("verify", **{f"VILLAGEPOINTS_{name}": value})
    assert answer.exit_code == code
    assert len(answer.stderr.splitlines()) == 1


def test_a_damaged_key_is_one_sentence(village: Run, instance: Path) -> None:
    (instance / "card.key").write_text("abc")
    answer = village("verify")
    assert (answer.exit_code, "card.key" in answer.stderr) == (1, True)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "对外网址"),
        ({"VILLAGEPOINTS_PUBLIC_URL": "http://village.example"}, "https://"),
        ({"VILLAGEPOINTS_PUBLIC_URL": "https://village.example/points"}, "路径"),
        ({"VILLAGEPOINTS_SECRET_KEY": "short"}, "签名密钥：只有 5 个字符"),
        ({"VILLAGEPOINTS_RATE_LIMIT": "0"}, "限流"),
        ({"FLASK_DEBUG": "1"}, "调试"),
    ],
)
def test_serve_refuses_what_is_unsafe_and_says_why(village: Run, environ: dict[str, str], said: str) -> None:
    answer = village("serve", **{"VILLAGEPOINTS_PUBLIC_URL": "https://village.example", **environ} if environ else {})
    assert (answer.exit_code, said in answer.stderr) == (1, True), answer.stderr


@pytest.mark.parametrize("name", ["secret.key", "card.key"])
def test_serve_refuses_keys_that_others_can_read(village: Run, instance: Path, name: str) -> None:
    (instance / name).chmod(0o644)
    answer = village("serve", VILLAGEPOINTS_PUBLIC_URL="https://village.example")
    assert (answer.exit_code, f"{name}：权限是 644" in answer.stderr) == (1, True)


def test_doctor_is_content_with_a_good_installation_only(village: Run) -> None:
    good = village("doctor", "--json", VILLAGEPOINTS_PUBLIC_URL="https://village.example")
    assert (good.exit_code, json.loads(good.output)["ok"]) == (0, True)
    bad = village("doctor")
    assert (bad.exit_code, "改　对外网址" in bad.output) == (1, True)


def test_files_of_the_instance_are_for_their_owner_alone(village: Run, instance: Path) -> None:
    assert [path.name for path in (instance, *instance.iterdir()) if path.stat().st_mode & 0o077] == []


def test_a_killed_demo_starts_again_and_a_second_one_changes_nothing(run: Run, instance: Path) -> None:
    environ = {**os.environ, "VILLAGEPOINTS_INSTANCE": str(instance)}
    words = [sys.executable, "-c", "from villagepoints.cli import main; main()", "demo"]
    child = subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stderr is not None
    child.stderr.readline()  # "正在造演示村": from here on it is at work
    time.sleep(1.0)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.communicate()
    assert run("village", "list").output == ""
    assert run("demo").exit_code == 0
    first = json.loads(run("stats", "--village", "sx", "--json", "--balances").output)
    assert (first["points_generated"], first["points_redeemed"]) == (552_870, 214_888)
    again = run("demo")
    assert (again.exit_code, len(LINK.findall(again.output))) == (0, len(staff.STAFF))
    assert json.loads(run("stats", "--village", "sx", "--json", "--balances").output) == first
    assert run("verify", "--village", "sx").exit_code == 0
