"""Cutting a run short at a chosen call, and telling whether two agencies ended the same."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.cli.agency import CONTACTS, Agency

LEADS = 130
"""Enough for a second page of contacts and a second batch of writes."""


class Calls(Counter[str]):
    """The sandbox's count of its calls; tells of each one it has carried out, before the answer leaves."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__()
        self._heard = heard

    def __setitem__(self, call: str, count: int) -> None:
        super().__setitem__(call, count)
        self._heard(call)


@contextlib.contextmanager
def at_call(agency: Agency, words: str, nth: int, happens: Callable[[], object]) -> Iterator[list[str]]:
    """Lets something happen, once, when the CRM has carried out the n-th call with these words in its route."""
    seen: list[str] = []

    def heard(call: str) -> None:
        if words in call:
            seen.append(call)
            if len(seen) == nth:
                happens()

    agency.crm.hub.calls = Calls(heard)
    yield seen
    agency.crm.hub.calls = Counter()
    assert len(seen) >= nth, f"there was no call number {nth} to {words}"


def forget_the_engine(folder: Path) -> None:
    """Loses the engine's own database, which the next start makes anew."""
    for file in folder.glob("leadtier.engine.db*"):
        file.unlink()


QUERIES = {
    "leads": "SELECT crm_id, created_at, fields, digest, archived, known, dirty FROM lead ORDER BY crm_id",
    "activities": "SELECT crm_id, source_id, kind, at FROM activity JOIN lead ON lead.id = lead_id ORDER BY 1, 2",
    "outcomes": "SELECT crm_id, source_id, state, amount FROM outcome JOIN lead ON lead.id = lead_id ORDER BY 1, 2",
    "cards": "SELECT crm_id, score, stage, tier, model_version FROM card JOIN lead ON lead.id = lead_id ORDER BY 1",
    "changes": "SELECT crm_id, score_before, score, moved FROM card_change JOIN lead ON lead.id = lead_id ORDER BY 1",
    "outbox": "SELECT * FROM outbox",
    "problems": 'SELECT record_id, "where", text FROM problem ORDER BY 1, 2',
    "open runs": "SELECT * FROM run WHERE finished_at IS NULL",
}


def state(agency: Agency) -> dict[str, Any]:
    """Everything that must not depend on whether a run was disturbed: our rows, and what the CRM holds from us."""
    found: dict[str, Any] = {name: agency.rows(query) for name, query in QUERIES.items()}
    found["in the CRM"] = {
        crm_id: {name: value for name, value in held.items() if name != "leadtier_scored_at"}
        for crm_id, held in agency.properties().items()
    }
    return found


def written_differently(agency: Agency) -> list[tuple[int, str]]:
    """Fields of records that were given one value and later another."""
    held = agency.properties()
    names = sorted({name for values in held.values() for name in values})
    changes = agency.crm.store.history.of(CONTACTS, [int(crm_id) for crm_id in held], names)
    return [place for place, values in changes.items() if len({change.value for change in values}) > 1]
