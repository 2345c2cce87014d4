"""What an administrator defines under Setup, Outbound Messages: which records, which fields, where to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.sandbox.salesforce.changes import Change
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.org import Org

_KINDS = ("created", "updated")


@dataclass(frozen=True, slots=True)
class Definition:
    """One outbound message. `id` is the ActionId, 04k."""

    id: str
    name: str
    sobject: str
    fields: tuple[str, ...]
    url: str
    when_changed: frozenset[str] = frozenset()
    """Fields, lower case, one of which must have changed; empty: any change, and new records too."""
    quiet_users: frozenset[str] = frozenset()
    """Users whose profile says not to send outbound messages."""

    def concerns(self, change: Change) -> bool:
        """Whether a change triggers this message."""
        if change.sobject != self.sobject or change.kind not in _KINDS or change.user_id in self.quiet_users:
            return False
        return not self.when_changed or bool(self.when_changed & {name.lower() for name in change.fields})

    def as_json(self) -> dict[str, Any]:
        """How the control route shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "sobject": self.sobject,
            "fields": list(self.fields),
            "url": self.url,
            "when_changed": sorted(self.when_changed),
            "quiet_users": sorted(self.quiet_users),
        }


def definition(org: Org, serial: int, body: Mapping[str, Any]) -> Definition:
    """A definition from a control route's body.

    `sobject`, `fields` and `url` are needed; `name`, `when_changed` and `quiet_users` are not. Raises `ValueError`
    with a sentence for people.
    """
    sobject = org.catalog.object(str(body.get("sobject", "")))
    if sobject is None:
        raise ValueError(f"sobject names no object: {body.get('sobject')!r}. Name one, such as Lead.")
    asked, changed = _names(body, "fields"), _names(body, "when_changed")
    unknown = [name for name in asked + changed if name.lower() not in sobject.fields]
    if unknown:
        raise ValueError(f"{sobject.name} has no field {unknown[0]}. Take the names that describe shows.")
    url = str(body.get("url", ""))
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"url must begin with http:// or https://, not {url!r}.")
    return Definition(
        make_id("04k", serial),
        str(body.get("name") or f"{sobject.name}_message_{serial}"),
        sobject.name,
        tuple(sobject.fields[name.lower()].name for name in asked if name.lower() != "id"),
        url,
        frozenset(name.lower() for name in changed),
        frozenset(_names(body, "quiet_users")),
    )


def _names(body: Mapping[str, Any], key: str) -> list[str]:
    value = body.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list of names.")
    return [str(each) for each in value]
