"""The agency itself: what it is called, and in which zone its days begin."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from connector.flows.actors import Actor
from connector.flows.joining import Unfit
from connector.flows.services import Services
from connector.store import audit, tenants
from connector.store.audit import Change

LONGEST_NAME = 100


def zones() -> list[str]:
    """The zones there are, by IANA name, without old aliases such as ``US/Central``."""
    return sorted(name for name in available_timezones() if name == "UTC" or name.split("/")[0] in _CONTINENTS)


_CONTINENTS = frozenset(
    "Africa America Antarctica Asia Atlantic Australia Europe Indian Pacific".split()  # noqa: SIM905 - names, not code
)


def change(svc: Services, actor: Actor, name: str, time_zone: str) -> None:
    """Gives the agency another name or zone. Raises `Unfit` with a sentence for each that cannot be.

    Another zone has every lead scored again at the next midnight, because days begin at another time.
    """
    name = name.strip()
    if problems := {field: said for field, said in _problems(svc, name, time_zone) if said}:
        raise Unfit(problems)
    now, before = svc.now(), svc.tenant
    with svc.store.write() as conn:
        if name != before.name:
            tenants.rename(conn, before.id, name)
            audit.record(conn, before.id, actor.email, tenants.RENAMED, "", now, Change(before.name, name))
        if time_zone != before.time_zone:
            tenants.set_time_zone(conn, before.id, time_zone)
            audit.record(conn, before.id, actor.email, "change time zone", "", now, Change(before.time_zone, time_zone))


def _problems(svc: Services, name: str, time_zone: str) -> list[tuple[str, str]]:
    return [("name", _name_problem(svc, name)), ("time_zone", _zone_problem(time_zone))]


def _name_problem(svc: Services, name: str) -> str:
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        return f"Type a name of at most {LONGEST_NAME} characters."
    with svc.store.read() as conn:
        taken = tenants.tenant_named(conn, name) or tenants.tenant_once_named(conn, name)
    return "" if taken is None or taken.id == svc.tenant.id else "Another agency here has this name. Choose another."


def _zone_problem(time_zone: str) -> str:
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "This zone is not known. Choose one from the list, such as America/Chicago."
    return ""
