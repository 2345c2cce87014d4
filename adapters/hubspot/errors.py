"""HubSpot's answers and what they become: one ordered table, the first row that fits wins, one test per row.

Sources: https://developers.hubspot.com/docs/api-reference/error-handling and
https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines. Rows look at the status, then the
category or policy name, never at the wording of a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.contract import AdapterError, Broken, Misconfigured, QuotaSpent, Reauthorise, Retry
from adapters.transport import Answer, Rule, redact

GATEWAY = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Answers of the way there rather than of HubSpot itself; HubSpot asks to pause a few seconds and try again."""

PACKED = ": [{"
"""Where a message such as ``Property values were not valid: [{"isValid":false,…}]`` turns into JSON."""

LOCKED_SECONDS = 2.0
"""HubSpot holds a lock for two seconds when it answers 423."""

BUSY = "HubSpot is busy. The run waits and tries again."


class Refused(Broken):
    """HubSpot understood the call and said no (400, 404, 409, 414). Callers who know why catch it."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.category = str(answer.fields.get("category", ""))
        self.problems = problems(answer.fields)
        self.message = sentence(answer.fields)
        admin = f"HubSpot refused a call: {redact(self.message)} If this stays, report it with the log."
        super().__init__(admin, _log(answer))

    @property
    def codes(self) -> frozenset[str]:
        """What is wrong, in HubSpot's own codes (``PROPERTY_DOESNT_EXIST``)."""
        return codes(self.problems)

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties the answer names."""
        return named(self.problems, "propertyName")


def table(until: Callable[[], datetime | None]) -> tuple[Rule, ...]:
    """The rows. `until` says when the day's quota is renewed, None if unknown."""
    return (
        Rule("gateway", lambda answer: answer.status in GATEWAY, _busy, tries=5),
        Rule("web page", _is_page, _page, tries=2),
        Rule("garbled", lambda answer: answer.garbled, _garbled, tries=3),
        Rule("token refused", lambda answer: answer.status in {401, 530}, _token),
        Rule("missing scopes", lambda answer: answer.status == 403 and _category(answer) == "MISSING_SCOPES", _scopes),
        Rule("forbidden", lambda answer: answer.status == 403, _forbidden),
        Rule("locked", lambda answer: answer.status == 423, _locked, tries=5),
        Rule("migration", lambda answer: answer.status == 477, _migration, tries=3),
        Rule("daily quota", lambda answer: _policy(answer) == "DAILY", lambda answer: _quota(answer, until)),
        Rule("ten seconds", lambda answer: _policy(answer) == "TEN_SECONDLY_ROLLING", _limit(10.0), tries=6),
        Rule("one second", lambda answer: _policy(answer) == "SECONDLY", _limit(1.0), tries=6),
        Rule("unknown limit", lambda answer: answer.status == 429, _limit(None), tries=6),
        Rule("refused", lambda answer: answer.status in {400, 404, 405, 409, 413, 414, 415, 422}, Refused),
        Rule("unknown", lambda _: True, _unknown),
    )


def next_midnight(now: datetime, zone: str) -> datetime | None:
    """When the day's quota starts again: midnight in the account's time zone. None when the zone is not known."""
    try:
        local = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def sentence(document: Mapping[str, Any]) -> str:
    """HubSpot's own sentence, without the JSON it packs into it."""
    text = str(document.get("message") or "no reason given")
    head, _, packed = text.partition(PACKED)
    details = "; ".join(str(problem["message"]) for problem in problems(document) if problem.get("message"))
    return (details or head) if packed else text


def problems(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """What is wrong in detail: ``message``, ``code`` and ``context``, from wherever HubSpot has put it."""
    listed = tuple(problem for problem in document.get("errors") or () if isinstance(problem, dict))
    return listed or _unpacked(str(document.get("message", "")))


def codes(problems: tuple[Mapping[str, Any], ...]) -> frozenset[str]:
    """The codes of these problems (``PROPERTY_DOESNT_EXIST``)."""
    return frozenset(str(problem["code"]) for problem in problems if problem.get("code"))


def named(problems: tuple[Mapping[str, Any], ...], key: str) -> tuple[str, ...]:
    """The values under `key` in the context of each problem, in order, once each."""
    found = (value for problem in problems for value in context(problem, key))
    return tuple(dict.fromkeys(found))


def context(problem: Mapping[str, Any], key: str) -> list[str]:
    """One context value of a problem as a list of strings; HubSpot sends lists, numbers and single strings."""
    held = problem.get("context")
    value = held.get(key) if isinstance(held, dict) else None
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _unpacked(message: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of a 207 have their details as JSON in the message, in other words than everywhere else."""
    _, _, packed = message.partition(PACKED)
    try:
        inner = json.loads("[{" + packed) if packed else ()
    except ValueError:
        return ()
    return tuple(
        {"message": one.get("message"), "code": one.get("error"), "context": {"propertyName": one.get("name")}}
        for one in inner
    )


def _category(answer: Answer) -> str:
    return str(answer.fields.get("category", ""))


def _policy(answer: Answer) -> str:
    return str(answer.fields.get("policyName", "")) if answer.status == 429 else ""


def _is_page(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "") or answer.body[:64].lstrip()[:1] == b"<"


def _log(answer: Answer) -> str:
    """Status, category and correlation id; not the message, which may quote a person's data."""
    parts = [str(answer.status), _category(answer), str(answer.fields.get("correlationId", ""))]
    return "HubSpot answered " + " ".join(part for part in parts if part)


def _busy(answer: Answer) -> AdapterError:
    return Retry(BUSY, _log(answer), answer.retry_after)


def _page(answer: Answer) -> AdapterError:
    text = (
        "Instead of data a web page came back. Something between here and HubSpot answers in its place: check the "
        "proxy or firewall, and the base URL of the connection."
    )
    return Broken(text, f"{answer.status}, {answer.headers.get('content-type', 'no content type')}")


def _garbled(answer: Answer) -> AdapterError:
    text = "HubSpot's answer could not be read: it was cut short. The next sync tries again; report it if it stays."
    return Broken(text, f"{answer.status}, {len(answer.body)} bytes that are not JSON")


def _token(answer: Answer) -> AdapterError:
    text = "HubSpot no longer accepts our access. An admin must connect the account again."
    return Reauthorise(text, _log(answer))


def _scopes(answer: Answer) -> AdapterError:
    scopes = named(problems(answer.fields), "requiredGranularScopes")
    wanted = " or ".join(scopes) or "one HubSpot does not name"
    text = f"The HubSpot app lacks a permission: {wanted}. Add the scope to the app in HubSpot and connect again."
    return Misconfigured(text, _log(answer), scopes)


def _forbidden(answer: Answer) -> AdapterError:
    text = f"HubSpot does not allow this: {redact(sentence(answer.fields))} Check the app's scopes and its installer."
    return Misconfigured(text, _log(answer))


def _locked(answer: Answer) -> AdapterError:
    return Retry(BUSY, _log(answer), max(answer.retry_after or 0.0, LOCKED_SECONDS))


def _migration(answer: Answer) -> AdapterError:
    text = "HubSpot is moving this account to another data centre. Leadtier waits; nothing needs to be done."
    return Retry(text, _log(answer), answer.retry_after)


def _quota(answer: Answer, until: Callable[[], datetime | None]) -> AdapterError:
    text = (
        "The HubSpot account has used up its API calls of today. Sync again after midnight in the account's "
        "time zone; other integrations of the account spend from the same quota."
    )
    return QuotaSpent(text, _log(answer), until())


def _limit(seconds: float | None) -> Callable[[Answer], AdapterError]:
    def error(answer: Answer) -> AdapterError:
        after = answer.retry_after
        return Retry(BUSY, _log(answer), seconds if after is None else after)

    return error


def _unknown(answer: Answer) -> AdapterError:
    return Broken("HubSpot gave an answer Leadtier does not know. Look at the log and report it.", _log(answer))
