"""Events from a file, and the keys of the ingest API, on the command line."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connector.__main__ import main
from connector.flows import told
from tests.flows.conftest import empty_store

HEADER = "id,kind,at,email,campaign"
WHEN = "2026-11-20T15:30:00Z"


@dataclass
class Desk:
    """A folder with a database and a file."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "calls.csv"

    def write(self, *lines: str, header: str = HEADER) -> None:
        self.file.write_bytes("\n".join((header, *lines, "")).encode("utf-8", "surrogateescape"))

    def run(self, *words: str, code: int = 0) -> Result:
        environment = {"LEADTIER_DATABASE_URL": f"sqlite:///{self.folder / 'leadtier.db'}", "COLUMNS": "160"}
        result = CliRunner().invoke(main, list(words), env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert result.exit_code == code, result.output
        return result

    def take(self, *words: str, code: int = 0) -> Mapping[str, Any]:
        said = self.run("events", "import", str(self.file), "--json", *words, code=code).stdout
        found: Mapping[str, Any] = json.loads(said.splitlines()[-1])
        return found

    def kept(self) -> list[str]:
        with sqlite3.connect(self.folder / "leadtier.db") as conn:
            return [row[0] for row in conn.execute("SELECT event_id FROM told_event ORDER BY id")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "leadtier.db").write_bytes(empty_store())
    return Desk(tmp_path)


def row(event_id: str, kind: str = "call_answered", email: str = "zoe@x.com") -> str:
    return f"{event_id},{kind},{WHEN},{email},"


def counts(found: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("events", "accepted", "duplicates", "waiting", "rejected"))


def test_a_file_is_taken_and_taken_again_without_harm(desk: Desk) -> None:
    desk.write(*(row(f"e{n}") for n in range(2_500)))
    assert counts(desk.take()) == (2_500, 0, 0, 2_500, 0)
    assert len(desk.kept()) == 2_500
    assert counts(desk.take()) == (2_500, 0, 2_500, 0, 0)


def test_a_dry_run_says_the_same_and_keeps_nothing(desk: Desk) -> None:
    desk.write(row("e1"), row("e1"), row("e2", kind="sneezed"))
    dry = desk.take("--dry-run", code=1)
    assert counts(dry) == (3, 0, 1, 1, 1)
    assert desk.kept() == []
    assert counts(desk.take(code=1)) == counts(dry)


def test_rejected_rows_are_named_by_their_line(desk: Desk) -> None:
    desk.write(
        row("e1"), "", row("e2", kind="sneezed"), 'e3,"open', row("e4"), "e5,\udcff", "e6,x", "y" * 20_000, row("e7")
    )
    said = desk.run("events", "import", str(desk.file), code=1)
    assert desk.kept() == ["e1", "e4", "e7"]
    for line in ("line 4: kind", "line 5: The quotes", "line 7: The line is not UTF-8", "line 8: The line has 2 cells",
                 "line 9: The line has more than"):  # fmt: skip
        assert line in said.stderr, said.stderr
    assert "8 events: 0 for leads we know, 3 wait" in said.stdout


def test_the_file_of_rejected_rows_can_be_mended_and_imported(desk: Desk) -> None:
    desk.write(row("e1"), row("e2", kind="sneezed"), row("e3", email="nobody"))
    found = desk.take("--rejected", code=1)
    aside = Path(found["rejected_file"])
    assert aside.name == "calls.csv.rejected.csv"
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    lines = aside.read_text().splitlines()
    assert lines[0] == "id,kind,at,email,campaign,line,error,mend"
    assert lines[1].startswith(f"e2,sneezed,{WHEN},zoe@x.com,,3,kind: ")
    desk.file.write_text(aside.read_text().replace("sneezed", "call_attempted").replace("nobody", "bob@x.com"))
    assert counts(desk.take()) == (2, 0, 0, 2, 0)


def test_a_import_cut_off_goes_on_where_it_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(*(row(f"e{n}") for n in range(2_500)))
    taken = iter((told.take, told.take))

    def cut_off(*args: Any, **more: Any) -> told.Taken:
        try:
            return next(taken)(*args, **more)
        except StopIteration:
            raise KeyboardInterrupt from None

    with monkeypatch.context() as patch:
        patch.setattr(told, "take", cut_off)
        said = desk.run("events", "import", str(desk.file), code=130)
    assert "Nothing is lost" in said.stderr
    assert len(desk.kept()) == 2_000
    assert counts(desk.take()) == (2_500, 0, 2_000, 500, 0)


def test_only_the_first_rejected_rows_are_named_one_by_one(desk: Desk) -> None:
    desk.write(*(row(f"e{n}", kind="sneezed") for n in range(1_100)))
    said = desk.run("events", "import", str(desk.file), code=1).stderr
    assert said.count("kind: ") == 20
    assert "and 1,080 more" in said


@pytest.mark.parametrize(
    ("header", "said"),
    [("", "lacks id"), ("id;kind", "columns that events do not have"), ("id,kind,at", "neither email nor crm_id")],
)
def test_a_header_that_is_not_understood_is_explained(desk: Desk, header: str, said: str) -> None:
    desk.write(header=header)
    assert said in desk.run("events", "import", str(desk.file), code=1).stderr


def test_a_file_from_a_spreadsheet_is_understood(desk: Desk) -> None:
    desk.file.write_bytes(f'\ufeffID, Kind ,AT,Email\r\ne1, call_answered ,{WHEN}," Zoe@X.com "\r\n'.encode())
    assert counts(desk.take()) == (1, 0, 0, 1, 0)


def test_a_key_is_shown_once_and_listed_without_itself(desk: Desk) -> None:
    made = desk.run("keys", "add", "website")
    key = made.stdout.strip()
    assert key.startswith("lt_")
    assert "not shown again" in made.stderr
    listed = desk.run("keys").stdout
    assert "website" in listed
    assert key not in listed
    (found,) = json.loads(desk.run("keys", "--json").stdout)
    assert (found["name"], found["used_at"], found["revoked_at"]) == ("website", None, None)


def test_a_key_is_revoked_once_and_its_name_is_not_used_again(desk: Desk) -> None:
    desk.run("keys", "add", "website")
    desk.run("keys", "revoke", "website")
    assert "no key called 'website'" in desk.run("keys", "revoke", "website", code=1).stderr
    assert "another name" in desk.run("keys", "add", "website", code=1).stderr
    assert json.loads(desk.run("keys", "--json").stdout)[0]["revoked_at"]


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\nb"])
def test_a_key_needs_a_name(desk: Desk, name: str) -> None:
    assert "needs a name" in desk.run("keys", "add", name, code=1).stderr


def test_without_keys_the_list_says_how_to_make_one(desk: Desk) -> None:
    assert "leadtier keys add" in desk.run("keys").stdout
