"""A call and its answer as every vendor has them, and the ordered table that turns an answer into an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import AdapterError


@dataclass(frozen=True, slots=True)
class Request:
    """One call to a vendor. It must be safe to repeat: every one of ours reads, or writes the same values again."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    families: tuple[str, ...] = ()
    """The call budgets it counts to."""
    tries: int | None = None
    """How often it is sent at most, whatever the table says; 1 for what we can do without."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `document` is the parsed JSON, or None when there was none."""

    status: int
    headers: Mapping[str, str]
    """Header names in lower case."""
    body: bytes
    document: Any = None
    garbled: bool = False
    """There is a body, and it is not JSON."""

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        """Reads the body once, so that the table and the caller need not."""
        lower = {name.lower(): value for name, value in headers.items()}
        if not body:
            return cls(status, lower, body)
        try:
            return cls(status, lower, body, json.loads(body))
        except ValueError:
            return cls(status, lower, body, garbled=True)

    @property
    def ok(self) -> bool:
        """A 2xx whose body, if any, could be read."""
        return 200 <= self.status < 300 and not self.garbled

    @property
    def fields(self) -> Mapping[str, Any]:
        """The document where it is an object, else nothing: for rules that look at an error body."""
        return self.document if isinstance(self.document, dict) else {}

    @property
    def retry_after(self) -> float | None:
        """Seconds from the Retry-After header; None without one, or when it is a date."""
        try:
            return max(0.0, float(self.headers.get("retry-after", "")))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a vendor's table: which answers it means, what they become, and how often to try before saying so."""

    name: str
    matches: Callable[[Answer], bool]
    error: Callable[[Answer], AdapterError]
    tries: int = 1
    throttles: bool = False
    """Whether it means "too many calls" though its status is not 429."""


def first_match(table: Sequence[Rule], answer: Answer) -> Rule:
    """The first row that fits. The last row of a table fits everything."""
    return next(rule for rule in table if rule.matches(answer))
