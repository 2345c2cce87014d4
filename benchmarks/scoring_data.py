"""A made-up book of leads for the scoring benchmark, in columns, chunk by chunk; the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import numpy as np

from connector.core.batch import NO_CAMPAIGN, Activities, Batch
from connector.core.columns import Numbers, Words
from connector.core.types import Activity, FieldValue, Lead
from connector.core.vocabulary import FieldKind, Vocabulary

AS_OF = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
DAY = 86_400
KIND_SHARES = {
    "email_opened": 26, "page_viewed": 18, "email_sent": 14, "email_clicked": 8, "call_attempted": 8, "note_logged": 5,
    "pricing_page_viewed": 4, "product_page_viewed": 4, "call_answered": 3, "email_replied": 2, "quote_requested": 2,
    "callback_requested": 1, "comparison_guide_downloaded": 1, "called_us": 1, "message_received": 1,
    "meeting_booked": 0.6, "meeting_held": 0.4, "unsubscribed": 0.5, "wrong_number": 0.5,
}  # fmt: skip
STATES = ("TX", "FL", "OH", "GA", "NC", "AZ", "NY", "CA", "IL", "PA")
SOURCES = ("website", "referral", "quote_comparison", "purchased_list", "social", "event", "walk_in", "phone_in")
INTERESTS = ("term_life", "home")


def batches(leads: int, chunk: int, words: Vocabulary) -> Iterator[Batch]:
    """`leads` leads with 10 activities each on average, `chunk` of them at a time."""
    for start in range(0, leads, chunk):
        yield _batch(start, min(chunk, leads - start), words)


def _batch(start: int, count: int, words: Vocabulary) -> Batch:
    random = np.random.default_rng([2026, start])
    now = int(AS_OF.timestamp())
    return Batch.of_columns(
        lead_ids=np.arange(start, start + count),
        created=now - random.integers(0, 700 * DAY, count),
        fields=_fields(random, count, now // DAY),
        activities=_activities(random, count, now, words),
    )


def _fields(random: np.random.Generator, count: int, today: int) -> dict[str, Numbers | Words]:
    def number(low: float, high: float, empty: float) -> Numbers:
        values = np.floor(random.uniform(low, high, count))
        return Numbers(np.where(random.random(count) < empty, np.nan, values))

    def word(values: tuple[str, ...], empty: float) -> Words:
        codes = random.integers(0, len(values), count)
        return Words(np.where(random.random(count) < empty, -1, codes).astype(np.int32), values)

    return {
        "age": number(18, 85, 0.15),
        "household_income": number(15_000, 260_000, 0.4),
        "employer_size": number(1, 400, 0.5),
        "dependents": number(0, 5, 0.3),
        "coverage_amount": number(50_000, 900_000, 0.4),
        "property_value": number(80_000, 700_000, 0.4),
        "renewal_date": number(today - 200, today + 300, 0.5),
        "homeowner": number(0, 2, 0.3),
        "currently_insured": number(0, 2, 0.3),
        "email_opt_out": number(0, 1.06, 0.0),
        "email_bounced": number(0, 1.04, 0.0),
        "state": word(STATES, 0.1),
        "lead_source": word(SOURCES, 0.05),
        "product_interest": word(INTERESTS, 0.2),
    }


def _activities(random: np.random.Generator, count: int, now: int, words: Vocabulary) -> Activities:
    """Half of the leads were active lately, half were not; the store keeps them by lead and time, and so do we."""
    acts = random.poisson(10, count)
    lead = np.repeat(np.arange(count), acts)
    newest = np.where(random.random(count) < 0.5, 0, random.integers(0, 200, count)) * DAY
    at = now - newest[lead] - random.exponential(35 * DAY, len(lead)).astype(np.int64)
    shares = np.array(list(KIND_SHARES.values()), dtype=float)
    codes = np.array([words.code_of(kind) for kind in KIND_SHARES], dtype=np.uint8)
    kind = codes[random.choice(len(codes), len(lead), p=shares / shares.sum())]
    mailed = np.isin(kind, [words.code_of(each) for each in ("email_opened", "email_sent", "email_clicked")])
    campaign = np.where(mailed, random.integers(0, 4, len(lead)), NO_CAMPAIGN).astype(np.int32)
    return Activities(lead, kind, at, campaign).sorted()


def rows_of(batch: Batch, words: Vocabulary, most: int | None = None) -> list[tuple[Lead, list[Activity]]]:
    """The same leads as rows, for whoever reads rows."""
    kinds, acts = list(words.kinds), batch.activities
    starts = np.searchsorted(acts.lead, np.arange(len(batch) + 1)).tolist()
    rows = []
    for row, lead_id in islice(enumerate(batch.lead_ids.tolist()), most):
        lead = Lead(lead_id, int(batch.created[row]), _values(batch, row, words))
        places = range(starts[row], starts[row + 1])
        rows.append((lead, [_act(lead_id, acts, place, kinds) for place in places]))
    return rows


def _act(lead_id: int, acts: Activities, place: int, kinds: list[str]) -> Activity:
    campaign = int(acts.campaign[place])
    name = "" if campaign == NO_CAMPAIGN else f"c{campaign}"
    return Activity(lead_id, f"a{place}", kinds[acts.kind[place]], int(acts.at[place]), name)


def _values(batch: Batch, row: int, words: Vocabulary) -> dict[str, FieldValue]:
    known = {name: column for name, column in batch.fields.items() if column.known()[row]}
    return {name: _value(column, row, words.fields[name].type) for name, column in known.items()}


def _value(column: Numbers | Words, row: int, type: FieldKind) -> FieldValue:
    if isinstance(column, Words):
        return column.values[column.codes[row]]
    if type is FieldKind.DATE:
        return str(date(1970, 1, 1) + timedelta(days=float(column.values[row])))
    return bool(column.values[row]) if type is FieldKind.BOOLEAN else float(column.values[row])
