"""Ways in, as a page asks for them: which settings each way takes, and what was typed as what will be tried.

A secret is never sent back to the browser. Connecting again, one that is left empty stays as it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapters.contract import Crm, Setting, Way
from connector.flows.services import Refused, Services

_PLAIN_ADDRESS = re.compile(r"(?:https://)?([a-z0-9.-]+)")
ALL = Way("settings", "Settings", "What this CRM asks for.")
"""The one way into a CRM that names none."""
ROTATES = "refresh_token"
"""Whoever shows a stored one again may end the grant of a worker that has renewed it meanwhile."""
TYPE_AGAIN = "The address is another one. What is stored is never sent there: give this once more."
LONGEST = 20_000
"""Letters of a setting; a private key has some thousand."""


class Asks(NamedTuple):
    """One input of a way."""

    setting: Setting
    needed: bool


class Entrance(NamedTuple):
    """A way in with its inputs: its own, and those that go with every way."""

    way: Way
    asks: Sequence[Asks]
    common: Sequence[Setting]


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of a form."""

    settings: Mapping[str, str]
    problems: Mapping[str, str]
    """What is wrong, by name of the setting."""


def entrances(svc: Services, kind: str) -> Sequence[Entrance]:
    """The ways into this kind of CRM, the best first. Raises `Refused` when there is no such kind."""
    crm = svc.crm(kind)
    return [_entrance(crm, way, svc.apps.get(kind, {})) for way in crm.ways or (ALL,)]


def entrance(svc: Services, kind: str, name: str) -> Entrance:
    """The way of that name, or the first. Raises `Refused` when there is no such kind."""
    found = entrances(svc, kind)
    return next((each for each in found if each.way.name == name), found[0])


def _entrance(crm: Crm, way: Way, app: Mapping[str, str]) -> Entrance:
    by_name = {setting.name: setting for setting in crm.settings}
    owned = {name for each in crm.ways for name in (*each.needs, *each.takes)}
    common = [setting for setting in crm.settings if setting.name not in owned]
    if way is ALL:
        return Entrance(way, [Asks(setting, needed=False) for setting in crm.settings], ())
    asks = [Asks(by_name[name], needed=name in way.needs) for name in (*way.needs, *way.takes)]
    # What the operator gave for every agency is not asked of anybody.
    given = app if way.consent else {}
    return Entrance(way, [each for each in asks if each.setting.name not in given], common)


def typed(
    into: Entrance, form: Mapping[str, str], stored: Mapping[str, str] | None = None, *, elsewhere: bool = False
) -> Typed:
    """The settings of a form. With `stored` ones, a secret that is left empty stays as it is; not `elsewhere`."""
    settings: dict[str, str] = {}
    problems: dict[str, str] = {}
    for setting, needed in [*into.asks, *(Asks(each, needed=False) for each in into.common)]:
        value = form.get(setting.name, "").strip()
        if not value and setting.secret and stored and setting.name != ROTATES:
            value = stored.get(setting.name, "")
            if value and elsewhere:
                problems[setting.name] = TYPE_AGAIN
                continue
        if problem := _wrong(setting, value, needed=needed):
            problems[setting.name] = problem
        if value:
            settings[setting.name] = value
    if into.way is ALL and not settings:
        problems[into.asks[0].setting.name] = "Give at least one of these."
    return Typed(settings, problems)


def _wrong(setting: Setting, value: str, *, needed: bool) -> str:
    if not value:
        return f"Give the {setting.label[:1].lower()}{setting.label[1:]}." if needed else ""
    if len(value) > LONGEST:
        return f"That is too long: it takes at most {LONGEST:,} letters."
    if setting.choices and value not in setting.choices:
        return f"Choose one of {', '.join(setting.choices)}."
    return ""


def goes_elsewhere(
    svc: Services, kind: str, form: Mapping[str, str], stored: Mapping[str, str], base_url: str | None
) -> bool:
    """Whether a form names another address than the stored one: who may type there would be sent what is stored."""
    before = {"base_url": base_url or "", **stored}
    names = ["base_url", *(setting.name for setting in svc.crm(kind).settings if setting.address)]
    return any((there := _address(form.get(n, ""))) and there != _address(before.get(n, "")) for n in names)


def at_home(svc: Services, kind: str, settings: Mapping[str, str], base_url: str | None) -> bool:
    """Whether credentials go to the vendor and nobody else."""
    named = [(settings.get(each.name, ""), each.address) for each in svc.crm(kind).settings if each.address]
    return not base_url and all(_lies_under(home, there) for there, home in named if there)


def _lies_under(domain: str, address: str) -> bool:
    found = _PLAIN_ADDRESS.fullmatch(_address(address).lower())
    return found is not None and f".{found[1]}".endswith(f".{domain}")


def _address(text: str) -> str:
    return text.strip().rstrip("/")


def public(svc: Services, kind: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Of credentials what may be shown: the settings that are no secret."""
    names = [setting.name for setting in svc.crm(kind).settings if not setting.secret]
    return {name: credentials[name] for name in names if credentials.get(name)}


def way_of(svc: Services, kind: str, credentials: Mapping[str, str]) -> str:
    """The way by which these credentials came: the one that needs most of what is there."""
    fitting = [
        each.way for each in entrances(svc, kind) if each.way.needs and all(credentials.get(n) for n in each.way.needs)
    ]
    best = max(fitting, key=lambda way: len(way.needs), default=ALL)
    consents = [each.way for each in entrances(svc, kind) if each.way.consent]
    # By the browser or by a refresh token that was typed: the browser brings a new one.
    if "refresh_token" in best.needs and consents:
        return consents[0].name
    return best.name


def base_url_of(text: str) -> str | None:
    """The address of the CRM's API as it was typed under "advanced"; None: its own. Raises `Refused`."""
    address = text.strip().rstrip("/")
    if not address:
        return None
    if not address.startswith(("https://", "http://")) or len(address) > 300 or len(address.split()) != 1:
        raise Refused("That is no web address. Write it with https:// at its beginning, or leave it empty.")
    return address
