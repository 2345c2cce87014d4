"""The documents tell the truth: commands, settings, links, docstrings, and nothing of the machine they were made on."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from connector.__main__ import main
from connector.services import installed_crms
from tests.test_doors import FILES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("adapters/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NOT_OURS = {".git", ".venv", ".leadtier", "build", "dist", "node_modules"}
NO_SETTINGS = {"LEADTIER_SECRET_KEY_FILE", "LEADTIER_OIDC_CLIENT_SECRET_FILE", "LEADTIER_TEST_POSTGRES_URL"}
"""Ways to give a setting, and what only the tests read."""


def section(title: str) -> str:
    """The part of the README under a heading."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(table: str) -> str:
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return "\n".join(rows[2:])


def commands() -> dict[str, click.Command]:
    assert isinstance(main, click.Group)
    return main.commands


def family(command: click.Command) -> list[click.Command]:
    """A command, and those below it."""
    return [command, *(command.commands.values() if isinstance(command, click.Group) else ())]


def test_the_table_of_commands_names_every_command_and_no_other() -> None:
    cells = first_cells(section("Commands"))
    assert set(re.findall(r"`(?:leadtier )?([a-z]+)[^`]*`", cells)) == set(commands())


def test_the_tables_of_what_each_crm_supports_are_those_the_program_prints() -> None:
    said = CliRunner().invoke(main, ["crms", "--markdown"]).output.strip()
    shown = README.split("<!-- leadtier crms --markdown -->\n", 1)[1].split("\n<!-- end -->", 1)[0]
    assert shown.strip() == said, "put the output of `leadtier crms --markdown` into the README"


def test_the_readme_holds_no_blank_to_fill_in() -> None:
    assert re.findall(r"^[A-Z]+_[A-Z_]+$", README, re.MULTILINE) == []


def test_every_option_the_readme_shows_exists() -> None:
    for name, words in re.findall(r"leadtier ([a-z]+)((?: +[^\n`#&]*)?)", README):
        assert name in commands(), f"leadtier {name}"
        known = {option for command in family(commands()[name]) for param in command.params for option in param.opts}
        for option in re.findall(r"(?<![\w-])--[a-z-]+", words):
            assert option in known | {"--help"}, f"leadtier {name} {option}"


def read_by_the_program() -> set[str]:
    text = (ROOT / "connector" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r'"(LEADTIER_[A-Z_]+)"', text))


def of_apps() -> set[str]:
    """The operator's own OAuth app, for each kind of CRM that a browser can let us into."""
    kinds = [kind.upper() for kind, crm in installed_crms().items() if crm.consent]
    return {f"LEADTIER_{kind}_CLIENT_{part}" for kind in kinds for part in ("ID", "SECRET")}


def test_the_table_of_settings_names_every_setting_and_no_other() -> None:
    assert set(re.findall(r"`(LEADTIER_[A-Z_]+)`", first_cells(section("Settings")))) == read_by_the_program()


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    of_connect = {param.envvar for param in commands()["connect"].params if isinstance(param, click.Option)}
    known = read_by_the_program() | of_apps() | of_connect | NO_SETTINGS
    for page in PAGES:
        named = set(re.findall(r"LEADTIER_[A-Z_]+", page.read_text(encoding="utf-8")))
        assert named <= known, f"{page.name}: {named - known}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in LINK.findall(text):
        if not target.startswith(("http://", "https://", "mailto:", "#")):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_the_decisions_are_numbered_without_gaps() -> None:
    pages = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]


def public(body: list[ast.stmt], inside: str) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Public classes and functions, and the public methods of public classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{inside}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{inside}.{node.name}")


@pytest.mark.parametrize("module", [name for name in FILES if ".migrations.versions" not in name])
def test_everything_public_says_what_it_is(module: str) -> None:
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    silent = [name for name, node in public(tree.body, module) if not ast.get_docstring(node)]
    assert silent == []


@cache
def files() -> tuple[Path, ...]:
    """What is in the repository, or may soon be: tracked and new files, without those that git leaves out."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return tuple(path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file())
    found = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(path for path in found if not NOT_OURS & set(path.relative_to(ROOT).parts))


def test_no_file_holds_a_path_of_the_machine_it_was_made_on() -> None:
    places = re.compile(rb"(?<![\w.:/])/(?:work|home|Users|root)/[\w.]+|(?<![\w.:/])/tmp/[\w.]+")
    found = {
        str(path.relative_to(ROOT)): hit.group()
        for path in files()
        if path.suffix not in {".png", ".woff2"} and (hit := places.search(path.read_bytes()))
    }
    assert found == {}
