"""Settings come from the environment, and one that cannot be used is a sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.settings import SettingsRefused, load
from connector.store.database import StoreUnusable, open_store


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LEADTIER_PORT", "99999999", "from 0 to 65535"),
        ("LEADTIER_PORT", "²", "from 0 to 65535"),
        ("LEADTIER_THREADS", "0", "from 1 to 64"),
        ("LEADTIER_LOG_LEVEL", "banana", "one of DEBUG"),
        ("LEADTIER_DATABASE_URL", "nonsense", "not a database address"),
        ("LEADTIER_DATABASE_URL", "mysql://root@localhost/x", "does not know"),
        ("LEADTIER_DATABASE_URL", "sqlite://", "names no file"),
        ("LEADTIER_DATABASE_URL", "sqlite:///:memory:", "names no file"),
        ("LEADTIER_ENGINE_URL", "foo", "not a database address"),
        ("LEADTIER_TENANT", "x" * 5000, "at most 100"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsRefused, match=said) as refused:
        load({name: value})
    assert name in str(refused.value)


def test_a_secret_file_that_is_not_text_is_a_sentence(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsRefused, match="not text"):
        load({"LEADTIER_SECRET_KEY_FILE": str(key)})


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("these are notes, " * 100)
    with pytest.raises(StoreUnusable, match="something else"):
        open_store(f"sqlite:///{other}")


def test_the_database_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    store.close()
    assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {"a.db": 0}
