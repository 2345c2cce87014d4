"""What a told event looks like, and what is wrong with one that looks otherwise.

The same classes describe the ingest API to others (`connector.web.openapi`), so that the description cannot lie.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from connector.core.vocabulary import FALLBACK_KIND, Vocabulary
from connector.flows.told import MOST, as_address

LONGEST = 200
"""Characters in an id, a campaign or a name."""
LONGEST_ADDRESS = 320
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
AHEAD = 86_400
"""Seconds by which a sender's clock may be ahead of ours."""
FLAGS = "flagged_"
"""How the kinds begin that only a rep's own flag may make."""

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text may hold: control characters, and halves of characters."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def told_kinds(words: Vocabulary) -> tuple[str, ...]:
    """The kinds of activity that others may tell of, in the order of the vocabulary."""
    return tuple(kind for kind in words.kinds if kind != FALLBACK_KIND and not kind.startswith(FLAGS))


def _wrong(text: str, mend: str) -> PydanticCustomError:
    return PydanticCustomError("told", "{text}", {"text": text, "mend": mend})


def _clean(text: str) -> str:
    if CONTROLS.search(text):
        raise _wrong("holds a control character or half a character", "Send plain text in UTF-8.")
    if text and not text.strip():
        raise _wrong("is blank", "Give it a value, or leave it out where it is optional.")
    return text


def _address(text: str) -> str:
    address = as_address(text)
    if not _ADDRESS.fullmatch(address):
        raise _wrong("is not an e-mail address", "Send one address such as ann@example.com, without a name.")
    return address


def _around(info: ValidationInfo) -> Mapping[str, Any]:
    """What an event is judged by beside itself: the kinds there are, and the time now."""
    return info.context or {}


def _kind(name: str, info: ValidationInfo) -> str:
    kinds: Collection[str] = _around(info)["kinds"]
    if name not in kinds:
        raise _wrong("is not a kind of activity that may be told", f"Use one of: {', '.join(kinds)}.")
    return name


_AT_MEND = "Send a time with its zone, such as 2026-11-22T16:30:00Z or 2026-11-22T10:30:00-06:00."


def _moment(value: object, info: ValidationInfo) -> int:
    """Whole seconds since 1970 UTC of an ISO 8601 text with a zone."""
    try:
        at = datetime.fromisoformat(value.strip()) if isinstance(value, str) and len(value) <= LONGEST else None
    except ValueError:
        at = None
    if at is None:
        raise _wrong("is not a time in ISO 8601", _AT_MEND)
    if at.tzinfo is None:
        raise _wrong("has no time zone", _AT_MEND)
    seconds = int((at - _EPOCH).total_seconds())
    if seconds < EARLIEST:
        raise _wrong("lies before the year 2000", "Send when it happened, not a placeholder.")
    if seconds > _around(info)["now"] + AHEAD:
        raise _wrong("lies more than a day ahead", "Tell of what has happened; check the sender's clock and zone.")
    return seconds


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), AfterValidator(_clean)]
_Optional = Annotated[str | None, Field(max_length=LONGEST), AfterValidator(lambda text: text and _clean(text))]
_Address = Annotated[
    str, StringConstraints(min_length=3, max_length=LONGEST_ADDRESS), AfterValidator(_clean), AfterValidator(_address)
]
_Kind = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), AfterValidator(_kind)]
_Moment = Annotated[
    int, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time", "maxLength": LONGEST})
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ByRecord(_Strict):
    """A lead by its id in the CRM."""

    crm_id: _Text = Field(description="The record's id in the CRM.", examples=["51203"])
    connection: _Optional = Field(
        default=None, description="The name of the connection; needed when several CRMs are connected."
    )


class ByEmail(_Strict):
    """A lead by its e-mail address; case and blanks around it do not matter."""

    email: _Address = Field(description="The e-mail address.", examples=["ann@example.com"])
    connection: _Optional = Field(
        default=None, description="The name of the connection; without it, the leads of every connection are meant."
    )


def _way(who: object) -> str | None:
    """Which of the two ways names the lead; None when it is neither, or both."""
    ways = [way for way in ("crm_id", "email") if isinstance(who, dict) and way in who]
    return ways[0] if len(ways) == 1 else None


class Event(_Strict):
    """One thing a lead did, or that was done with it, which the CRM does not know."""

    id: _Text = Field(
        description="The sender's own id of the event. An id is taken once, for ever: sending again is harmless.",
        examples=["web-2026-11-22-000017"],
    )
    who: Annotated[
        Annotated[ByRecord, Tag("crm_id")] | Annotated[ByEmail, Tag("email")],
        Discriminator(
            _way,
            custom_error_type="who",
            custom_error_message="must name the lead by exactly one of crm_id and email",
        ),
    ] = Field(description="The lead, named in exactly one way.")
    kind: _Kind = Field(description="What happened.", examples=["callback_requested"])
    at: _Moment = Field(
        description="When it happened: ISO 8601 with its zone, from 2000 on, at most a day ahead of now.",
        examples=["2026-11-22T16:30:00Z"],
    )
    campaign: _Optional = Field(
        default=None, description="What it belongs to, for criteria that count within one campaign."
    )


class Batch(_Strict):
    """Events, at most a thousand in a request."""

    events: list[Event] = Field(min_length=1, max_length=MOST)


class RejectedEvent(BaseModel):
    """An event that was not taken. The others of the request were."""

    model_config = ConfigDict(extra="forbid")

    index: int = Field(ge=0, description="Its place in the request, from 0.")
    id: str | None = Field(description="Its id, where it can be told.")
    error: str = Field(description="What is wrong with it.")
    mend: str = Field(description="What to do about it.")


class Answer(BaseModel):
    """What became of the events. Each is counted once: the four add up to what was sent."""

    model_config = ConfigDict(extra="forbid")

    accepted: int = Field(ge=0, description="Kept, and given to the lead.")
    duplicates: int = Field(ge=0, description="Their id was told before; the first one stays.")
    waiting: int = Field(ge=0, description="Kept for leads that are not known yet; matched when they arrive.")
    rejected: list[RejectedEvent]


class ErrorAnswer(BaseModel):
    """The request as a whole was not taken; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")

    error: str = Field(description="What is wrong.")
    mend: str = Field(description="What to do about it.")
