"""Settings: from the environment, each secret also from a file named by ``<NAME>_FILE``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

LONGEST_TENANT = 100
_APP = re.compile(r"LEADTIER_([A-Z0-9_]+)_CLIENT_ID")
_NO_CRM = ("CRM", "OIDC")
"""Of the command line's, and of signing in."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SettingsRefused(Exception):
    """A setting that cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set."""

    database_url: str = "sqlite:///leadtier.db"
    engine_url: str = ""
    """Where the workflow engine keeps its state; by default beside the SQLite file, or in the same PostgreSQL."""
    secret_keys: tuple[str, ...] = ()
    """Keys that open sealed credentials, newest first."""
    tenant: str = "agency"
    time_zone: str = ""
    """The tenant's zone; empty: the CRM account's."""
    host: str = "127.0.0.1"
    port: int = 8700
    log_level: str = ""
    """From which level on lines are logged; empty: INFO for what runs until stopped, WARNING for commands."""
    threads: int = 8
    """Web threads."""
    public_url: str = ""
    """Where CRMs and reps reach us from outside, ``https://leads.example.com``; empty: nowhere."""
    work_threads: int = 4
    """How many connections one worker works on at the same time."""
    log_format: str = "text"
    """``text`` for people, ``json`` for machines."""
    apps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The operator's own OAuth app by kind of CRM: its ``client_id`` and ``client_secret``."""
    preview_memory: int = 1500
    """Megabytes for the books of leads on which drafts of models are tried; those used longest ago are forgotten."""
    metrics_port: int = 0
    """Where `leadtier work` answers health checks and metrics; 0: nowhere. The others answer on their own port."""
    oidc_issuer: str = ""
    """The OpenID Connect provider by which people may sign in, ``https://login.example.com``; empty: none."""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "single sign-on"
    """What the button on the sign-in page says after "Sign in with"."""

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, when it is SQLite."""
        url = sa.make_url(self.database_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def engine_database_url(self) -> str:
        """Where the workflow engine keeps its state. On SQLite a file of its own: one file for both starves writers."""
        if self.engine_url:
            return self.engine_url
        path = self.sqlite_path
        return f"sqlite:///{path.with_suffix('.engine.db')}" if path else self.database_url


def _secret(environment: Mapping[str, str], name: str) -> str:
    """The value of `name`, or the content of the file that ``<name>_FILE`` names."""
    if file := environment.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise SettingsRefused(f"{name}_FILE names {file}, which cannot be read ({why}).") from error
    return environment.get(name, "")


def _number(environment: Mapping[str, str], name: str, otherwise: int, least: int, most: int) -> int:
    text = environment.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise SettingsRefused(
            f"{name} is {text[:40]!r}; it takes a whole number from {least} to {most}, for example {otherwise}."
        )
    return int(text)


def _database(environment: Mapping[str, str], name: str) -> str:
    """A database address of the kinds we can work with; the address itself is never shown, it may hold a password."""
    text = _secret(environment, name)
    mend = "Use for example sqlite:///leadtier.db or postgresql+psycopg://user:password@host/leadtier."
    try:
        url = sa.make_url(text) if text else None
    except sa.exc.ArgumentError as error:
        raise SettingsRefused(f"{name} is not a database address. {mend}") from error
    if url is None:
        return ""
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsRefused(f"{name} names a {url.get_backend_name()} database, which Leadtier does not know. {mend}")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise SettingsRefused(f"{name} names no file, so everything would be lost at the end. {mend}")
    return text


def _apps(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Every ``LEADTIER_<KIND>_CLIENT_ID`` with its secret, by kind in lower case."""
    found = {}
    for name in environment:
        if (kind := _APP.fullmatch(name)) and kind[1] not in _NO_CRM and (client_id := environment[name]):
            client_secret = _secret(environment, f"LEADTIER_{kind[1]}_CLIENT_SECRET")
            if not client_secret:
                raise SettingsRefused(
                    f"{name} is given without its secret. Set LEADTIER_{kind[1]}_CLIENT_SECRET, or the same with _FILE."
                )
            found[kind[1].lower()] = {"client_id": client_id, "client_secret": client_secret}
    return found


def _tenant(text: str) -> str:
    if len(text) > LONGEST_TENANT:
        raise SettingsRefused(f"LEADTIER_TENANT has {len(text)} letters; it takes at most {LONGEST_TENANT}.")
    return text


def _public_url(text: str) -> str:
    """An address without a slash at its end."""
    url = urlsplit(text)
    if text and (url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment):
        raise SettingsRefused(
            f"LEADTIER_PUBLIC_URL is {text[:80]!r}; it takes the address under which the CRM reaches this machine, "
            "for example https://leads.example.com."
        )
    return text.rstrip("/")


def _oidc(env: Mapping[str, str]) -> dict[str, str]:
    """The identity provider's settings: all that it takes, or none."""
    issuer, client = env.get("LEADTIER_OIDC_ISSUER", ""), env.get("LEADTIER_OIDC_CLIENT_ID", "")
    secret = _secret(env, "LEADTIER_OIDC_CLIENT_SECRET")
    if not (issuer or client or secret):
        return {}
    url = urlsplit(issuer)
    near = url.hostname in {"localhost", "127.0.0.1", "::1"}
    if not url.hostname or url.query or url.fragment or not (url.scheme == "https" or (url.scheme == "http" and near)):
        raise SettingsRefused(
            f"LEADTIER_OIDC_ISSUER is {issuer[:80]!r}; it takes the https address of the identity provider, for "
            "example https://login.example.com."
        )
    if not client or not secret:
        raise SettingsRefused(
            "Signing in by OpenID Connect takes LEADTIER_OIDC_CLIENT_ID and LEADTIER_OIDC_CLIENT_SECRET (or "
            "LEADTIER_OIDC_CLIENT_SECRET_FILE) beside LEADTIER_OIDC_ISSUER; the provider shows both."
        )
    name = env.get("LEADTIER_OIDC_NAME") or Settings().oidc_name
    return {"oidc_issuer": issuer, "oidc_client_id": client, "oidc_client_secret": secret, "oidc_name": name}


def _one_of(name: str, text: str, choices: tuple[str, ...]) -> str:
    if text.lower() not in choices:
        raise SettingsRefused(f"{name} is {text[:40]!r}; it takes one of {', '.join(choices)}.")
    return text.lower()


def _level(text: str) -> str:
    if text and text.upper() not in LEVELS:
        raise SettingsRefused(f"LEADTIER_LOG_LEVEL is {text!r}; it takes one of {', '.join(LEVELS)}.")
    return text.upper()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment. Raises `SettingsRefused` with a sentence when a value cannot be used."""
    env = os.environ if environment is None else environment
    return Settings(
        database_url=_database(env, "LEADTIER_DATABASE_URL") or Settings().database_url,
        engine_url=_database(env, "LEADTIER_ENGINE_URL"),
        secret_keys=tuple(key for key in _secret(env, "LEADTIER_SECRET_KEY").replace(",", " ").split() if key),
        tenant=_tenant(env.get("LEADTIER_TENANT") or "agency"),
        time_zone=env.get("LEADTIER_TIME_ZONE", ""),
        host=env.get("LEADTIER_HOST") or "127.0.0.1",
        port=_number(env, "LEADTIER_PORT", 8700, 0, 65_535),
        log_level=_level(env.get("LEADTIER_LOG_LEVEL", "")),
        threads=_number(env, "LEADTIER_THREADS", 8, 1, 64),
        public_url=_public_url(env.get("LEADTIER_PUBLIC_URL", "")),
        work_threads=_number(env, "LEADTIER_WORK_THREADS", 4, 1, 64),
        log_format=_one_of("LEADTIER_LOG_FORMAT", env.get("LEADTIER_LOG_FORMAT") or "text", ("text", "json")),
        apps=_apps(env),
        preview_memory=_number(env, "LEADTIER_PREVIEW_MEMORY", 1500, 1, 1_000_000),
        metrics_port=_number(env, "LEADTIER_METRICS_PORT", 0, 0, 65_535),
        **_oidc(env),
    )
