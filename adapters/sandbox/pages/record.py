"""A contact as its page shows it: who it is, what the account knows, what belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.pages.display import Display
from adapters.sandbox.pages.scorecard import GROUP
from adapters.sandbox.store import Store, StoredObject

_ABOUT = (
    "product_interest",
    "hubspot_owner_id",
    "lead_source",
    "lifecyclestage",
    "hs_lead_status",
    "city",
    "state",
    "zip",
    "company",
    "industry",
    "numemployees",
    "annualrevenue",
    "notes_last_contacted",
)
_ENGAGEMENT = (
    "hs_analytics_source",
    "hs_analytics_num_visits",
    "hs_analytics_num_page_views",
    "hs_analytics_last_url",
    "num_conversion_events",
    "recent_conversion_event_name",
    "hs_email_delivered",
    "hs_email_open",
    "hs_email_click",
    "hs_email_last_email_name",
    "hs_email_optout",
    "hs_email_bounce",
)


class Section(NamedTuple):
    """A titled list of (label, value)."""

    title: str
    rows: list[tuple[str, str]]


class Deal(NamedTuple):
    """A deal in short. `tone` is ``won``, ``lost`` or ``open``."""

    name: str
    stage: str
    tone: str
    amount: str


class Company(NamedTuple):
    """An employer in short."""

    name: str
    facts: str


class Person(NamedTuple):
    """The head of the page."""

    name: str
    initials: str
    line: str
    email: str
    phone: str
    created: str


def head(contact: StoredObject, display: Display) -> Person:
    """Name, what they do, and how to reach them."""
    values = contact.properties
    name = full_name(values)
    work = [values.get("jobtitle", ""), values.get("company", "")]
    return Person(
        name=name,
        initials="".join(word[0] for word in name.split()[:2]).upper(),
        line=" at ".join(part for part in work if part),
        email=values.get("email", ""),
        phone=values.get("phone") or values.get("mobilephone", ""),
        created=display.day(contact.created_ms),
    )


def full_name(values: Mapping[str, str]) -> str:
    """First and last name, else the e-mail address, else an honest placeholder."""
    name = " ".join(f"{values.get('firstname', '')} {values.get('lastname', '')}".split())
    return name or values.get("email", "") or "No name"


def sections(store: Store, contact: StoredObject, display: Display) -> list[Section]:
    """What the account knows, in the order a rep asks for it; empty properties are left out."""
    wanted = {"Key facts": _ABOUT, **_own_groups(store), "Website and e-mail": _ENGAGEMENT}
    return [Section(title, rows) for title, names in wanted.items() if (rows := _rows(contact, display, names))]


def deals(store: Store, contact: StoredObject, display: Display) -> list[Deal]:
    """The contact's deals, newest first."""
    found = sorted(store.tied("contacts", contact.id, "deals"), key=lambda deal: deal.created_ms, reverse=True)
    return [_deal(deal, display) for deal in found]


def companies(store: Store, contact: StoredObject) -> list[Company]:
    """The employers the contact is tied to."""
    return [_company(item.properties) for item in store.tied("contacts", contact.id, "companies")]


def _own_groups(store: Store) -> dict[str, list[str]]:
    """The account's own properties by the label of their group, the score's apart: that has a card to itself."""
    contacts = KINDS["contacts"]
    labels = {name: str(group["label"]) for name, group in store.definitions.groups(contacts).items()}
    groups: dict[str, list[str]] = {}
    for name, definition in store.definitions.of(contacts).items():
        group = str(definition["groupName"])
        if not (definition.get("hubspotDefined") or definition["archived"] or group == GROUP):
            groups.setdefault(labels.get(group) or group, []).append(name)
    return groups


def _rows(contact: StoredObject, display: Display, names: Iterable[str]) -> list[tuple[str, str]]:
    values = contact.properties
    return [(display.label(name), display.value(name, values[name])) for name in names if name in values]


def _deal(deal: StoredObject, display: Display) -> Deal:
    values = deal.properties
    stage = values.get("dealstage", "")
    return Deal(
        name=values.get("dealname", "Deal"),
        stage=_STAGES.get(stage, stage),
        tone={"closedwon": "won", "closedlost": "lost"}.get(stage, "open"),
        amount=f"{display.money(values['amount'])} a year" if "amount" in values else "",
    )


def _company(values: Mapping[str, str]) -> Company:
    size = values.get("numberofemployees", "")
    facts = [values.get("domain", ""), values.get("city", ""), f"{size} people" if size else ""]
    return Company(values.get("name", "Company"), " · ".join(fact for fact in facts if fact))


_STAGES = {
    "appointmentscheduled": "Appointment scheduled",
    "qualifiedtobuy": "Quoted",
    "presentationscheduled": "Proposal meeting",
    "decisionmakerboughtin": "Decision maker agreed",
    "contractsent": "Application sent",
    "closedwon": "Won",
    "closedlost": "Lost",
}
