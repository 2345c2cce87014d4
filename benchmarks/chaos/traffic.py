"""What happens in the CRM meanwhile: people come and go, reps work, and flag scores they do not believe.

Only what a fresh reading would see as well is done. HubSpot keeps the last form and the last opened e-mail of a contact
and no history of them, so that a second one would take the first out of a fresh reading's sight; nobody submits two.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.chaos.people import People, Person, Said
from benchmarks.chaos.vendor import Vendor

FLAGS = ("too_high", "too_low", "wrong_data", "duplicate", "do_not_contact")
LINES = ("Term Life", "Whole Life", "Medicare Supplement")
STATES = ("TX", "FL", "OH", "ME", "NY", "GA")
ANSWERED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
TIES = {"calls": 194, "emails": 198, "meetings": 200}
"""How activities are tied to contacts. Docs: "Associations API"."""
FORMS = ("Contact us: Get a quote", "Home: Request a callback", "Guides: Comparison guide", "Contact: Ask us")


class Work:
    """One day in the agency, as fast as told."""

    def __init__(self, vendor: Vendor, people: People, seed: int) -> None:
        self._vendor, self._people, self._draw = vendor, people, random.Random(seed)
        self._next = 0
        self.done = 0
        self._weights: dict[Callable[[], None], int] = {
            self._change: 30, self._create: 8, self._log: 15, self._correct: 5, self._convert: 5,
            self._delete: 3, self._restore: 2, self._erase: 1, self._merge: 4, self._flag: 5,
        }  # fmt: skip

    def something(self) -> None:
        """One thing happens."""
        (happens,) = self._draw.choices(list(self._weights), list(self._weights.values()))
        with self._people.alone():
            happens()
        self.done += 1

    def _one(self, fits: Callable[[Person], bool] = lambda _: True) -> Person | None:
        some = [one for one in self._people.there() if fits(one)]
        return self._draw.choice(some) if some else None

    def _patch(self, one: Person | None, **properties: str) -> None:
        if one is not None:
            self._vendor.call("PATCH", f"/crm/v3/objects/contacts/{one.id}", {"properties": properties})

    def _facts(self) -> dict[str, str]:
        draw = self._draw
        return {"age": str(draw.randint(18, 85)), "state": draw.choice(STATES), "product_interest": draw.choice(LINES)}

    def _change(self) -> None:
        facts = self._facts()
        names = self._draw.sample(list(facts), self._draw.randint(1, 3))
        self._patch(self._one(), **{name: facts[name] for name in names})

    def _create(self) -> None:
        email = address(self._next)
        self._next += 1
        facts = {"email": email, "firstname": "Chaos", "lastname": str(self._next), **self._facts()}
        made = self._vendor.call("POST", "/crm/v3/objects/contacts", {"properties": facts})
        told = self._people.to_come.pop(email, [])
        one = Person(made["id"], email, ours=True, by_address=bool(told), told=told)
        self._people.all.append(one)

    def next_addresses(self, count: int) -> list[str]:
        """Those of the people who come next."""
        return [address(self._next + ahead) for ahead in range(count)]

    def _log(self) -> None:
        one = self._one()
        if one is None:
            return
        kind = self._draw.choice(list(TIES))
        tie = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TIES[kind]}
        body = {"properties": self._activity(kind), "associations": [{"to": {"id": one.id}, "types": [tie]}]}
        made = self._vendor.call("POST", f"/crm/v3/objects/{kind}", body)
        if kind == "calls":
            one.calls.append(made["id"])

    def _activity(self, kind: str) -> dict[str, str]:
        at = datetime.now(UTC) - timedelta(days=self._draw.randint(0, 20), seconds=60)
        values = {
            "calls": {"hs_call_direction": "OUTBOUND", "hs_call_disposition": NO_ANSWER, "hs_call_status": "COMPLETED"},
            "emails": {"hs_email_direction": "INCOMING_EMAIL", "hs_email_status": "SENT"},
            "meetings": {"hs_meeting_outcome": "COMPLETED", "hs_meeting_title": "Review"},
        }
        return values[kind] | {"hs_timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _correct(self) -> None:
        one = self._one(lambda one: bool(one.calls))
        if one is not None:
            outcome = self._draw.choice((ANSWERED, NO_ANSWER))
            call = self._draw.choice(one.calls)
            self._vendor.call(
                "PATCH", f"/crm/v3/objects/calls/{call}", {"properties": {"hs_call_disposition": outcome}}
            )

    def _convert(self) -> None:
        one = self._one(lambda one: one.ours and not one.converted)
        if one is not None:
            self._vendor.submit(one.id, self._draw.choice(FORMS))
            one.converted = True

    def _delete(self) -> None:
        one = self._one(lambda one: not one.flagged)
        if one is not None:
            self._vendor.call("DELETE", f"/crm/v3/objects/contacts/{one.id}")
            one.deleted = True

    def _restore(self) -> None:
        gone = [one for one in self._people.all if one.deleted and not (one.erased or one.merged)]
        if gone:
            one = self._draw.choice(gone)
            self._vendor.restore(one.id)
            one.deleted = False

    def _erase(self) -> None:
        one = self._one(lambda one: one.ours and not (one.flagged or one.busy))
        if one is not None:
            self._vendor.call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": one.id})
            one.erased = True
            self._people.private.add(one.id)

    def _merge(self) -> None:
        """Somebody of whom only the traffic knows becomes part of anybody.

        Nobody who was told of by an address: the merged record keeps one of the two, and who is merged before we ever
        read it is not known by the other.
        """
        into = self._one(lambda one: not one.busy)
        loser = self._one(lambda one: one.is_plain and one is not into)
        if into is None or loser is None:
            return
        both = {"primaryObjectId": into.id, "objectIdToMerge": loser.id}
        into.id = str(self._vendor.call("POST", "/crm/v3/objects/contacts/merge", both)["id"])
        loser.merged, into.email = True, into.email or loser.email
        into.told += loser.told
        into.flags, loser.flags = into.flags + loser.flags, []
        into.flagged |= bool(into.flags)
        into.calls += loser.calls

    def _flag(self) -> None:
        one = self._one(lambda one: not one.flagged)
        if one is not None:
            kind = self._draw.choice(FLAGS)
            self._vendor.flag(one.id, kind, "chaos")
            one.flagged = True
            one.flags.append(Said(kind, int(time.time())))


def address(number: int) -> str:
    """The address of somebody who comes while the traffic runs."""
    return f"chaos{number}@leads.example"


def faults(draw: random.Random) -> list[dict[str, Any]]:
    """What goes wrong next."""
    of_calls: list[dict[str, Any]] = [
        {"kind": "rate_limited", "count": draw.randint(1, 3), "path": r"/(search|batch/\w+)$"},
        {"kind": "unavailable", "count": draw.randint(1, 3), "path": r"/(search|batch/\w+)$"},
        {"kind": "lost_answer", "count": 1, "path": "/batch/update$"},
        {"kind": "dropped", "count": 1, "path": "/batch/update$"},
        {"kind": "garbled", "count": 1, "path": "/batch/(update|read)$"},
        {"kind": "latency", "count": 2, "seconds": 1.0, "path": "/batch/update$"},
    ]
    of_hooks: list[dict[str, Any]] = [
        {"kind": "webhook_twice"},
        {"kind": "webhook_late", "seconds": draw.choice((1, 3, 6))},
        {"kind": "webhook_shuffled"},
    ]
    some = draw.sample(of_calls, draw.randint(0, 2)) + draw.sample(of_hooks, draw.randint(0, 2))
    return [{"count": None, **one} for one in some]
