"""Reading activities of every type, in passes and by person; what each is, `tasks`, `emails` and `campaigns` know.

Subjects, descriptions and bodies are never asked for: they hold personal and health data, and scoring needs only that
something happened, when, which way and with what result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import ActivityRecord, Misconfigured, Page
from adapters.salesforce import campaigns, emails, tasks
from adapters.salesforce.org import Org
from adapters.salesforce.passes import walk
from adapters.salesforce.present import CONTACTS, LEADS, of_kind
from adapters.salesforce.soql import Phase
from adapters.salesforce.values import Row, batches

BATCH = 200
"""People asked about at once."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of activity."""

    phase: Callable[[Org], Phase]
    records: Callable[[Org, Sequence[Row]], list[ActivityRecord]]
    of_people: Callable[[Org, Sequence[str]], Iterator[ActivityRecord]]


def _of_tasks(kind: str) -> Kind:
    return Kind(
        lambda org: tasks.phase(org, kind),
        lambda org, rows: tasks.records(org, kind, rows),
        lambda org, ids: tasks.of_people(org, kind, ids),
    )


KINDS: Mapping[str, Kind] = {
    tasks.TASK: _of_tasks(tasks.TASK),
    tasks.EVENT: _of_tasks(tasks.EVENT),
    emails.EMAIL: Kind(emails.phase, lambda _, rows: emails.records(rows), emails.of_people),
    campaigns.MEMBER: Kind(campaigns.phase, campaigns.records, campaigns.of_people),
}


def activities(org: Org, type: str, cursor: str | None) -> Iterator[Page[ActivityRecord]]:
    """A pass over one type; see `Reader.activities`."""
    kind = KINDS.get(type)
    if kind is None:
        text = f"Leadtier reads no activities of the type {type} from Salesforce. Take it out of the mapping."
        raise Misconfigured(text, what=(type,))
    for chunk in walk(org, lambda: [kind.phase(org)], cursor):
        yield Page(kind.records(org, chunk.rows), chunk.cursor, chunk.complete, chunk.problems, chunk.total)


def activities_of(org: Org, contact_ids: Sequence[str]) -> Iterator[Page[ActivityRecord]]:
    """Everything that was done by or with these people, one page per type and two hundred of them."""
    people = of_kind(contact_ids, LEADS) + of_kind(contact_ids, CONTACTS)
    for batch in batches(people, BATCH):
        for kind in KINDS.values():
            yield Page(list(kind.of_people(org, batch)), "", complete=False)
    yield Page((), "", complete=True)
