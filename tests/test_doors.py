"""The doors between the rooms: who may import whom. A forbidden arrow, a circle, or I/O inside the core fails here."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("adapters", "connector", "mappings")
OWN = set(ROOMS)

# Which of our own modules a room may import, by the longest prefix that matches the module.
DOORS: dict[str, tuple[str, ...]] = {
    "adapters.contract": ("adapters.contract",),
    "adapters": ("adapters",),
    "mappings": ("mappings",),
    "connector.core": ("connector.core", "adapters.contract"),
    "connector.store": ("connector.store", "connector.core.types", "adapters.contract"),
    "connector.flows": ("connector.flows", "connector.store", "connector.core", "adapters.contract", "mappings"),
    "connector.web": ("connector.web", "connector.flows", "connector.store", "connector.core.types"),
    "connector.settings": (),
    "connector.logs": ("connector.flows.context",),
    "connector.services": ("connector", "adapters.contract", "mappings"),
    "connector.jobs": ("connector.jobs", "connector.flows", "connector.settings", "connector.store"),
    "connector.cli": ("connector", "adapters.contract", "adapters.sandbox", "mappings"),
    "connector.__main__": ("connector.cli",),
    "connector": (),
}
# Vendors never look into each other's folder.
VENDORS = ("adapters.hubspot", "adapters.salesforce", "adapters.sandbox")
# Nor do the two CRMs the sandbox plays: what they share lies beside them in adapters.sandbox.
PLAYED = ("adapters.sandbox.hubspot", "adapters.sandbox.salesforce")

CORE_MAY = {"numpy"}
IMPURE = {
    "os", "io", "pathlib", "socket", "subprocess", "threading", "time", "random", "logging", "sqlite3", "urllib",
    "http", "tempfile", "shutil", "asyncio", "queue", "secrets", "uuid",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "now", "utcnow", "today", "getenv"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text())


@cache
def imports(module: str) -> tuple[tuple[str, bool], ...]:
    """Every imported module, and whether the import runs at load time (not inside a function)."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[tuple[str, bool]]:
    tree = tree_of(module)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; name the room"
            base = node.module or ""
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield (whole if whole in FILES else base), id(node) not in inside


def door_of(module: str) -> tuple[str, ...]:
    room = max((door for door in DOORS if module == door or module.startswith(door + ".")), key=len)
    return DOORS[room]


def allowed(target: str, doors: tuple[str, ...]) -> bool:
    return any(target == door or target.startswith(door + ".") for door in doors)


@pytest.mark.parametrize("module", FILES)
def test_no_forbidden_arrow(module: str) -> None:
    for target, _ in imports(module):
        if target.split(".")[0] in OWN and target not in ROOMS:
            assert allowed(target, door_of(module)), f"{module} must not import {target}"


@pytest.mark.parametrize(("vendor", "family"), [(each, family) for family in (VENDORS, PLAYED) for each in family])
def test_a_vendor_folder_does_not_look_into_another(vendor: str, family: tuple[str, ...]) -> None:
    others = tuple(each for each in family if each != vendor)
    inside = [module for module in FILES if allowed(module, (vendor,))]
    assert inside
    for module in inside:
        for target, _ in imports(module):
            assert not allowed(target, others), f"{module} must not import {target}"


def test_no_circle() -> None:
    arrows = {m: {t for t, at_load in imports(m) if at_load and t in FILES and t != m} for m in FILES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for target in sorted(arrows[module]):
                visit(target, (*path, module))
            done.add(module)

    for module in FILES:
        visit(module, ())


CORE = [module for module in FILES if module.startswith("connector.core")]


@pytest.mark.parametrize("module", CORE)
def test_the_core_is_pure(module: str) -> None:
    for target, _ in imports(module):
        top = target.split(".")[0]
        if top not in OWN:
            assert top in CORE_MAY or (top in sys.stdlib_module_names and top not in IMPURE), f"{module}: {target}"
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            assert name not in IMPURE_CALLS, f"{module}:{node.lineno} calls {name}()"


def test_nothing_is_called_after_a_vendor_outside_its_rooms() -> None:
    """The engine must not learn the word HubSpot: what it needs to know is in the contract."""
    for module in FILES:
        if module.startswith(tuple(f"connector.{room}" for room in ("core", "store", "flows", "web", "jobs"))):
            words = [w for w in ("hubspot", "salesforce") if w in code_of(module).lower()]
            assert not words, f"{module} names {words}"


def code_of(module: str) -> str:
    """Without docstrings and the sentences shown to people, which may name a CRM as an example."""
    tree = ast.parse(FILES[module].read_text())
    tree.body = [node for node in tree.body if not is_docstring(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            node.value = ""
    return ast.unparse(tree)


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
