"""The house rules that a machine can hold: which way imports run, what a layer may not know, how large things get."""

import ast
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "villagepoints"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))

LAYERS = {"domain", "models", "services", "forms", "blueprints", "commands"}
# What a layer may import of ours, itself included; modules beside the layers count as layers of their own.
MAY_IMPORT = {
    "domain": {"domain"},
    "models": {"models", "domain"},
    "services": {"services", "models", "domain", "qr", "qr_reader"},
    "forms": {"forms", "domain"},
    "blueprints": {
        "blueprints",
        "forms",
        "access",
        "services",
        "models",
        "domain",
        "extensions",
        "clock",
        "config",
        "qr",
    },
    "commands": {
        "commands",
        "services",
        "models",
        "domain",
        "extensions",
        "config",
        "checks",
        "backup",
        "server",
        "qr",
        "create_app",
        "migrations_folder",
    },
    "access": {"domain"},
    "config": {"domain"},
    "checks": set(),
    "backup": {"domain"},
    "server": {"domain"},
    "qr": set(),
    "qr_reader": set(),
    "clock": set(),
    "extensions": {"models"},
}
WEB = {"flask", "flask_login", "flask_wtf", "flask_babel", "flask_limiter", "flask_sqlalchemy", "werkzeug", "wtforms"}


def layer(path: Path) -> str:
    """`services` for villagepoints/services/posting.py, `access` for villagepoints/access.py."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide their direction"
            module = node.module or ""
            yield from ([f"{module}.{alias.name}" for alias in node.names] if module == "villagepoints" else [module])


def wrong_imports(path: Path, source: str) -> list[str]:
    """What a module of that path may not import, of ours, of the web or at all."""
    here, wrong = layer(path), []
    for name in imported(ast.parse(source)):
        parts = name.split(".")
        if parts[0] == "villagepoints":
            target = parts[1] if len(parts) > 1 else ""
            if here in MAY_IMPORT and target not in MAY_IMPORT[here]:
                wrong.append(name)
        elif (here == "domain" and parts[0] not in sys.stdlib_module_names) or (
            here in {"models", "services"} and parts[0] in WEB and name != "werkzeug.security"  # hashing of passwords
        ):
            wrong.append(name)
    return wrong


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_imports_run_one_way(path: Path) -> None:
    assert wrong_imports(path, path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("domain/points.py", "import sqlalchemy"),
        ("domain/points.py", "from villagepoints.models import Household"),
        ("models/household.py", "def f():\n    from villagepoints.services import posting"),
        ("services/posting.py", "from flask import request"),
        ("forms/redemption.py", "from villagepoints.services.redemption import reserve"),
    ],
)
def test_an_import_the_wrong_way_is_seen(path: str, source: str) -> None:
    assert wrong_imports(PACKAGE / path, source) != []


def test_no_layer_is_left_out_of_the_rules() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders == LAYERS


def test_modules_do_not_import_each_other_in_circles() -> None:
    graph: dict[str, set[str]] = {}
    known = {".".join(("villagepoints", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in MODULES}
    for path in MODULES:
        if path.name == "__init__.py":
            continue
        name = ".".join(("villagepoints", *path.relative_to(PACKAGE).with_suffix("").parts))
        graph[name] = {target for target in imported(ast.parse(path.read_text("utf-8"))) if target in known}
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys()}:
        graph = {name: targets for name, targets in graph.items() if name not in leaves}
    assert sorted(graph) == []


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_a_module_opens_with_one_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring, "no docstring"
    assert len(docstring.split("\n\n")[0].rstrip()) > 10
    assert docstring.rstrip()[-1] in ".。", "not a sentence"


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_only_the_transaction_commits(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() == "services/transaction.py":
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    commits = [node.lineno for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr == "commit"]
    assert commits == []


def test_only_one_module_draws_codes() -> None:
    drawing = [path.name for path in MODULES if {"segno", "qrcode"} & set(imported(ast.parse(path.read_text("utf-8"))))]
    assert drawing == ["qr.py"]


def test_sizes_stay_readable() -> None:
    large = [f"{name}: {lines} lines" for name, lines, limit in _sizes() if lines > limit]
    for line in large:
        warnings.warn(f"larger than wished: {line}", stacklevel=1)
    beyond = [f"{name}: {lines} lines" for name, lines, limit in _sizes() if lines > 2.5 * limit]
    assert beyond == [], "wishes are not walls, but these are far beyond"


def _sizes() -> Iterator[tuple[str, int, int]]:
    for path, name in zip(MODULES, names(MODULES), strict=True):
        source = path.read_text("utf-8")
        yield name, source.count("\n"), 300
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                limit = 25 if layer(path) == "blueprints" and node.decorator_list else 40
                yield f"{name}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1, limit
    for path, name in zip(TEMPLATES, names(TEMPLATES), strict=True):
        yield name, path.read_text("utf-8").count("\n"), 120
    yield "tests/conftest.py", (ROOT / "tests/conftest.py").read_text("utf-8").count("\n"), 150
