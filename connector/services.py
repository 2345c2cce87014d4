"""The only assembly point: settings in, services out."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from importlib.metadata import entry_points
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import mappings
from adapters.contract import Crm
from connector.core.vocabulary import Vocabulary
from connector.flows.identity import Provider
from connector.flows.services import Services, utc_now
from connector.settings import Settings, SettingsRefused
from connector.store import audit, tenants
from connector.store.audit import Change
from connector.store.database import Store, open_store
from connector.store.sealing import Sealer, key_beside
from connector.store.tenants import Tenant

ADAPTERS = "leadtier.adapters"
"""The entry-point group by which CRMs are known, ours and other people's."""


def assemble(settings: Settings) -> Services:
    """Opens the database (making it on first use) and gathers what the stories need.

    Raises `SettingsRefused`, `StoreUnusable` or `SealBroken`, each with a sentence that says what to do.
    """
    # A turn may hold one connection for writing while it reads by another, and each thread does runs or live work.
    store = open_store(settings.database_url, pool_size=8 + 4 * settings.work_threads)
    return Services(
        store=store,
        sealer=Sealer(_keys(settings)),
        vocabulary=Vocabulary.parse(mappings.load_vocabulary()),
        crms=installed_crms(),
        tenant=_tenant(store, settings, utc_now()),
        clock=utc_now,
        sleep=time.sleep,
        public_url=settings.public_url,
        apps=settings.apps,
        provider=_provider(settings),
        preview_bytes=settings.preview_memory * 1_000_000,
    )


def _provider(settings: Settings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    return Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_name)


def _keys(settings: Settings) -> tuple[str, ...]:
    if settings.secret_keys:
        return settings.secret_keys
    path = settings.sqlite_path
    if path is None:
        raise SettingsRefused(
            "With a database server the key that seals credentials must be given. Make one with `leadtier key` and set "
            "LEADTIER_SECRET_KEY or LEADTIER_SECRET_KEY_FILE."
        )
    return (key_beside(path),)


def installed_crms() -> dict[str, Crm]:
    """Every CRM an adapter is installed for, by kind."""
    return {point.name: point.load() for point in sorted(entry_points(group=ADAPTERS), key=lambda each: each.name)}


def _tenant(store: Store, settings: Settings, now: datetime) -> Tenant:
    """The agency this process works for, made on first use. Its zone is corrected by the first connection."""
    zone = settings.time_zone or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsRefused(f"LEADTIER_TIME_ZONE is {zone!r}; use an IANA name such as America/Chicago.") from error
    with store.write() as conn:
        named = tenants.tenant_named(conn, settings.tenant)
        found = named or tenants.tenant_once_named(conn, settings.tenant)
        if found is None:
            return tenants.add_tenant(conn, settings.tenant, zone, int(now.timestamp()))
        if settings.time_zone and found.time_zone != zone:
            tenants.set_time_zone(conn, found.id, zone)
            change = Change(found.time_zone, zone)
            audit.record(conn, found.id, "LEADTIER_TIME_ZONE", "change time zone", "", int(now.timestamp()), change)
            return replace(found, time_zone=zone)
        return found
