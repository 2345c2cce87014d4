"""What all activity records of one entry have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from adapters.sandbox.people import Act, Person, texts
from adapters.sandbox.salesforce.book.leads import Moment, last_changed
from adapters.sandbox.salesforce.book.shapes import Row, account_key, record_id, stamped, user_key


class Story(NamedTuple):
    """An entry with what is worked out once for all its records."""

    person: Person
    now: Moment
    who: str
    """The Lead, or the Contact it became: conversion moves activities over."""
    account: str | None
    user: str
    words: Mapping[str, str]
    deleted_at: int
    """When the entry went into the bin with everything on it; 0 while it lives."""


def story_of(person: Person, now: Moment) -> Story:
    """The story of an entry, for the records of its acts."""
    return Story(
        person=person,
        now=now,
        who=record_id(person),
        account=account_key(person) if person.sale else None,
        user=user_key(person.rep),
        words=texts.words(person),
        deleted_at=last_changed(person, now) if person.archived else 0,
    )


def stamp(story: Story, act: Act) -> Row:
    """Made when the act was recorded, last touched when it was over or went into the bin."""
    ended = min(act.at + act.seconds * 1000, story.now.horizon)
    updated = story.deleted_at or max(act.recorded, ended)
    return stamped(act.recorded, updated, story.user, bool(story.deleted_at))
