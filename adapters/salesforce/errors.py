"""Salesforce's answers and what they become: one ordered table, the first row that fits wins, one test per row.

Rows look at the status, then the error code. A message is looked at only where one code means two things; it is never
repeated to people or to the log, because it quotes queries and records.
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.contract import AdapterError, Broken, Misconfigured, QuotaSpent, Reauthorise, Retry
from adapters.transport import Answer, Rule

PAUSE = timedelta(hours=1)
"""How long a spent quota is left alone: it is a rolling 24 hours, and Salesforce does not say when calls come back."""

TRANSIENT = frozenset({406, 408, 420, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Answers of the way there rather than of the org; 406 and 420 come from Salesforce's edge while it is being moved."""

REFUSED = frozenset({300, 400, 404, 405, 409, 412, 413, 415, 422})

INVALID_SESSION = "INVALID_SESSION_ID"
LIMIT = "REQUEST_LIMIT_EXCEEDED"
PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"})
INVALID_FIELD = "INVALID_FIELD"
INVALID_TYPE = "INVALID_TYPE"
QUERY_TIMEOUT = "QUERY_TIMEOUT"
INVALID_LOCATOR = "INVALID_QUERY_LOCATOR"

NO_API = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"})

BUSY = "Salesforce is busy. The run waits and tries again."

_COLUMN = re.compile(r"No such column '(?P<field>\w+)' on (?:entity|sobject of type) '?(?P<object>\w+)'?")
_LINK = re.compile(r"Didn't understand relationship '(?P<field>\w+)'")


class Refused(Broken):
    """Salesforce understood the call and said no. Callers who know why catch it.

    `message` is Salesforce's own sentence. It may quote a query or a record: for row results only, never for the log.
    """

    def __init__(self, answer: Answer) -> None:
        found = first(answer)
        self.status = answer.status
        self.code = str(found.get("errorCode") or "")
        self.message = str(found.get("message") or "no reason given").strip()
        self.names = _names(self.message) or tuple(map(str, found.get("fields") or ()))
        subject = f" It names {', '.join(self.names)}." if self.names else ""
        admin = (
            f"Salesforce refused a call ({self.code or answer.status}).{subject} If this stays, report it with the log."
        )
        super().__init__(admin, log_line(answer))


class Unfinished(Retry):
    """A query whose rows Salesforce did not all give: it ran out of time, or lost its place again and again.

    Callers who can ask for less, or do without, catch it.
    """


def table(now: Callable[[], datetime]) -> tuple[Rule, ...]:
    """The rows. `now` gives the aware time, for what has to wait."""
    return (
        Rule("transient", lambda answer: answer.status in TRANSIENT, _busy, tries=5),
        Rule("too long", lambda answer: answer.status in {414, 431}, _too_long),
        Rule("token refused", _is_dead, _dead),
        Rule("web page", _is_page, _page, tries=2),
        Rule("garbled", lambda answer: answer.garbled, _garbled, tries=3),
        Rule("concurrent calls", _is_concurrent, _busy, tries=5, throttles=True),
        Rule("daily quota", lambda answer: code(answer) == LIMIT, lambda answer: _spent(answer, now() + PAUSE)),
        Rule("passing", lambda answer: code(answer) in PASSING, _busy, tries=4),
        Rule("policy", lambda answer: code(answer).startswith("TXN_SECURITY"), _policy),
        Rule("no api", lambda answer: code(answer) in NO_API, _no_api),
        Rule("forbidden", lambda answer: answer.status == 403, _forbidden),
        Rule("retired", lambda answer: answer.status == 410, _retired),
        Rule("slow query", lambda answer: code(answer) == QUERY_TIMEOUT, _slow),
        Rule("refused", lambda answer: answer.status in REFUSED, Refused),
        Rule("unknown", lambda _: True, _unknown),
    )


def first(answer: Answer) -> Mapping[str, Any]:
    """The first error of an answer: Salesforce sends a list, and an object where OAuth or a composite call speaks."""
    document = answer.document
    if isinstance(document, list):
        document = document[0] if document else {}
    return document if isinstance(document, dict) else {}


def code(answer: Answer) -> str:
    """The error code of an answer, empty without one."""
    return str(first(answer).get("errorCode") or first(answer).get("error") or "")


def log_line(answer: Answer) -> str:
    """Status and code; not the message, which may quote a person's data."""
    return f"Salesforce answered {answer.status} {code(answer)}".rstrip()


def _names(message: str) -> tuple[str, ...]:
    """The field an INVALID_FIELD message means, without the query around it."""
    found = _COLUMN.search(message)
    if found:
        return (f"{found['object']}.{found['field']}",)
    link = _LINK.search(message)
    return (link["field"],) if link else ()


def _is_dead(answer: Answer) -> bool:
    # The identity service says it in plain text, and with 403.
    return answer.status == 401 or code(answer) == INVALID_SESSION or answer.body == b"Bad_OAuth_Token"


def _is_page(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "") or answer.body[:64].lstrip()[:1] == b"<"


def _is_concurrent(answer: Answer) -> bool:
    return code(answer) == LIMIT and "concurrent" in str(first(answer).get("message")).lower()


def _busy(answer: Answer) -> AdapterError:
    return Retry(BUSY, log_line(answer), answer.retry_after)


def _slow(answer: Answer) -> AdapterError:
    text = (
        "Salesforce took longer over a query than it allows. Leadtier waits and tries again; if this stays, ask "
        "Salesforce Support about the org's indexes."
    )
    return Unfinished(text, log_line(answer))


def _too_long(answer: Answer) -> AdapterError:
    text = (
        "A call to Salesforce was longer than it takes. Use fewer fields in the mapping, and report this with the log."
    )
    return Broken(text, f"Salesforce answered {answer.status}")


def _dead(answer: Answer) -> AdapterError:
    text = "Salesforce no longer accepts our access. An admin must connect the org again."
    return Reauthorise(text, log_line(answer))


def _page(answer: Answer) -> AdapterError:
    text = (
        "Instead of data a web page came back. Either something between here and Salesforce answers in its place "
        "(check the proxy or firewall), or the address is not the org's: use its My Domain, *.my.salesforce.com."
    )
    return Broken(text, f"{answer.status}, {answer.headers.get('content-type', 'no content type')}")


def _garbled(answer: Answer) -> AdapterError:
    text = "Salesforce's answer could not be read: it was cut short. The next sync tries again; report it if it stays."
    return Broken(text, f"{answer.status}, {len(answer.body)} bytes that could not be read")


def _spent(answer: Answer, until: datetime) -> AdapterError:
    text = (
        "The Salesforce org has used up its API calls of the last 24 hours. Leadtier asks again in an hour; other "
        "integrations of the org spend from the same quota (Setup > System Overview shows it)."
    )
    return QuotaSpent(text, log_line(answer), until)


def _policy(answer: Answer) -> AdapterError:
    text = (
        "A transaction security policy of the org stops our reading. Give the integration user the permission Exempt "
        "from Transaction Security, or change the policy (Setup > Transaction Security Policies)."
    )
    return Misconfigured(text, log_line(answer), ("Exempt from Transaction Security",))


def _no_api(answer: Answer) -> AdapterError:
    text = (
        "The Salesforce API is not available to us. Give the integration user the permission API Enabled; if the org's "
        "edition has no API at all, Salesforce sells it as an add-on."
    )
    return Misconfigured(text, log_line(answer), ("API Enabled",))


def _forbidden(answer: Answer) -> AdapterError:
    names = tuple(map(str, first(answer).get("fields") or ()))
    text = (
        f"Salesforce does not allow the integration user something it needs ({code(answer) or answer.status}). Check "
        "its permission set with `leadtier doctor`, and that the app's policies let it in."
    )
    return Misconfigured(text, log_line(answer), names or (code(answer) or "permission",))


def _retired(answer: Answer) -> AdapterError:
    text = "Salesforce has switched off the API version Leadtier speaks. Update Leadtier."
    return Broken(text, log_line(answer))


def _unknown(answer: Answer) -> AdapterError:
    return Broken("Salesforce gave an answer Leadtier does not know. Look at the log and report it.", log_line(answer))
