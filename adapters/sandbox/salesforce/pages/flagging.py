"""Saving a flag, as a screen edit by a rep does it."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.dml.rows import fetch
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.pages.scorecard import score_field
from adapters.sandbox.salesforce.pages.subject import Subject


class Rep(NamedTuple):
    """A user before the screen."""

    id: str
    name: str


class NotSaved(Exception):
    """The org refused the change; the argument is its sentence."""


def rep_of(org: Org, connection: sqlite3.Connection, subject: Subject) -> Rep:
    """Who is taken to sit before the screen, since this CRM knows no log-in: the record's owner.

    Where that is a queue or somebody who has left, the integration user does.
    """
    owner = subject.row.get("OwnerId") or ""
    users = fetch(connection, "User", [owner, org.user_id])
    user = users.get(owner)
    if user is None or not user["IsActive"]:
        user = users[org.user_id]
    return Rep(user["Id"], user["Name"])


def save_flag(org: Org, rep: Rep, subject: Subject, flag: str, note: str | None) -> None:
    """Sets the flag and its note; an empty flag takes both back, and None leaves the note alone. Raises `NotSaved`.

    Lead assignment rules run, as they do when a record is saved on screen.
    """
    values = {"Id": subject.id, score_field(subject, "flag"): flag or None}
    if note is not None:
        values[score_field(subject, "flag_note")] = (note or None) if flag else None
    (result,) = dml.update(org, rep.id, subject.sobject.name, [values], auto_assign=True)
    if not result.success:
        raise NotSaved(result.errors[0].message)
