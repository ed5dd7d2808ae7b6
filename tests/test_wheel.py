"""The wheel carries everything the program needs: installed alone, far from the source tree, it opens a page."""

import configparser
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OPEN_A_PAGE = """
import sys
from pathlib import Path

import villagepoints
from villagepoints import create_app

home = Path(villagepoints.__file__).parent
assert home.is_relative_to(sys.prefix), home
client = create_app().test_client()
assert client.get("/healthz").status_code == 200
page = client.get("/")
assert page.status_code in (200, 302, 404), page.status_code
style = next((home / "static" / "css").glob("*.css"))
assert client.get(f"/static/css/{style.name}").status_code == 200
print(client.get("/no/such/page").get_data(as_text=True))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline from a copy of the tree that holds only what git would give to a clone."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", out, "."]
    subprocess.run([sys.executable, "-m", *command], cwd=source, check=True, capture_output=True)
    return next(Path(out).glob("villagepoints-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel in it; dependencies come from this one's folder, the source does not."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    packages = next(home.glob("lib/python*/site-packages"))
    # A path line, not an import line: editable installs in that folder are not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = ["pip", "--python", home / "bin" / "python", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    return home


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    instance = cwd / "instance"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "VILLAGEPOINTS_INSTANCE": str(instance),
        "LANG": "C.UTF-8",
    }
    return subprocess.run([program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


def test_every_package_is_named_in_setup_cfg() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    named = set(config["options"]["packages"].split())
    package = ROOT / "villagepoints"
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in package.rglob("__init__.py")}
    assert named == there | {"villagepoints.migrations", "villagepoints.migrations.versions"}


def test_the_wheel_carries_templates_styles_translations_migrations_and_rules(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder, ending in [
        ("villagepoints/templates/", ".html"),
        ("villagepoints/static/", ".css"),
        ("villagepoints/translations/", ".mo"),
        ("villagepoints/migrations/env", ".py"),
        ("villagepoints/migrations/versions/", ".py"),
        ("villagepoints/data/", ".toml"),
    ]:
        assert any(name.startswith(folder) and name.endswith(ending) for name in names), f"no {folder}*{ending}"
    assert not any(name.startswith(("tests/", "benchmarks/", "migrations/")) for name in names)


def test_the_installed_wheel_makes_a_village_and_opens_a_page(installed: Path, tmp_path: Path) -> None:
    made = run(installed / "bin" / "villagepoints", "village", "add", "sx", "Shuixin", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    opened = run(installed / "bin" / "python", "-c", OPEN_A_PAGE, cwd=tmp_path)
    assert opened.returncode == 0, opened.stderr
    assert "<html" in opened.stdout
