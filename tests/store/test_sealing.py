"""Credentials at rest can be read by a holder of the key, and by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.store.sealing import SealBroken, Sealer, key_beside, new_key

SECRET = {"token": "pat-na1-secret", "refresh_token": "ä"}


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    sealer = Sealer([new_key()])
    sealed = sealer.seal(SECRET)
    assert "secret" not in sealed
    assert sealer.open(sealed) == SECRET
    assert sealer.seal(SECRET) != sealed, "the same credentials look different each time"


def test_a_key_is_changed_by_putting_the_new_one_first() -> None:
    old, new = new_key(), new_key()
    sealed = Sealer([old]).seal(SECRET)
    both = Sealer([new, old])
    assert both.open(sealed) == SECRET
    renewed = both.seal(SECRET)
    assert Sealer([new]).open(renewed) == SECRET


def test_another_key_says_what_to_do() -> None:
    sealed = Sealer([new_key()]).seal(SECRET)
    with pytest.raises(SealBroken, match="LEADTIER_SECRET_KEY"):
        Sealer([new_key()]).open(sealed)
    with pytest.raises(SealBroken, match="leadtier key"):
        Sealer(["not a key"])


def test_the_key_beside_the_database_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    key = key_beside(tmp_path / "new" / "leadtier.db")
    assert key_beside(tmp_path / "new" / "leadtier.db") == key
    assert (tmp_path / "new" / "leadtier.key").stat().st_mode & 0o777 == 0o600
