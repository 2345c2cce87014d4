"""Every page of the application, by its own list: a page that is added is looked at, or its reason stands here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask

from connector.flows.flag_links import Links
from connector.services import assemble
from connector.settings import Settings
from connector.web.app import create_app
from tests.browser.settled import Settled

NO_PAGES: Mapping[str, str] = {
    "api.description": "JSON for machines",
    "api.nothing_there": "JSON for machines",
    "api.only_post": "JSON for machines",
    "audit.export": "a download",
    "connections.connecting.package": "a download",
    "connections.hooks.setup_file": "a download",
    "health.healthz": "for machines",
    "health.readyz": "for machines",
    "mapping.history.download": "a download",
    "mapping.history.export": "a download",
    "mapping.mapping": "leads to mapping.fields of the first connection",
    "metrics.metrics": "for machines",
    "model.text.export": "a download",
    "model.versions.counts": "a part of model.versions.versions",
    "oidc.callback": "where a provider sends the browser, which is not set up here; see tests/web",
    "oidc.start": "leads to a provider, which is not set up here; see tests/web",
    "overview.glance": "a part of overview.overview",
    "runs.progress": "a part of runs.run",
    "static": "files",
}
"""Addresses that no person opens as a page, each with the reason."""
SIGNED_OUT = frozenset(
    {"api.explained", "entrance.invitation", "entrance.link", "entrance.set_up", "flag_links.show", "sign_in.sign_in"}
)
"""Pages for who is not signed in, or whose browser does not matter."""
ENDED: Mapping[str, int] = {"entrance.link": 410, "entrance.set_up": 410, "connections.connecting.callback": 400}
"""Links that worked once: the page says so, with this status."""
CRITERION = "quote_or_callback"


class Addresses:
    """Fills the application's addresses with what the database holds.

    `grant` is that of an account just tested, `invitation` a link that was made.
    """

    def __init__(self, office: Settled, grant: str = "", invitation: str = "") -> None:
        self._world = office.world
        svc = assemble(Settings(database_url=self._world.env["LEADTIER_DATABASE_URL"], tenant="Bluebonnet Insurance"))
        self._app: Flask = create_app(svc)
        self._flag_link = Links(svc.sealer, "").token(svc.tenant.id, office.lead_id(office.marked))
        svc.close()
        self._connection = {"connection_id": self._one("SELECT id FROM connection")}
        self._known = self._values(office, grant, invitation)

    def signed_in(self) -> list[tuple[str, int]]:
        """Addresses of the pages behind the sign-in, with the status that each answers."""
        own = (rule for rule in self._endpoints() if rule not in SIGNED_OUT)
        return [(path, ENDED.get(rule, 200)) for rule in own for path in self._filled(rule)]

    def signed_out(self) -> list[tuple[str, int]]:
        """The others."""
        return [(path, ENDED.get(rule, 200)) for rule in sorted(SIGNED_OUT) for path in self._filled(rule)]

    def of_rows(self, ids: Mapping[str, int]) -> list[tuple[str, str]]:
        """Method and address of everything about a row, such as a lead or a connection, with these numbers."""
        named = [rule for rule in self._app.url_map.iter_rules() if rule.arguments & set(ids)]
        with self._app.test_request_context():
            found = {
                (method, self._app.url_for(rule.endpoint, **{"number": 1, **ids}).partition("?")[0])
                for rule in named
                for method in (rule.methods or set()) & {"GET", "POST"}
            }
        return sorted(found)

    def _endpoints(self) -> list[str]:
        """Every endpoint that shows a page, once."""
        found = {rule.endpoint for rule in self._app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        assert found >= set(NO_PAGES) | SIGNED_OUT, "an exception for a page that is no more"
        return sorted(found - set(NO_PAGES))

    def _filled(self, endpoint: str) -> Iterable[str]:
        """Addresses of one page. Where nothing is said of it, what it asks for is the connection, if anything."""
        wants = next(rule for rule in self._app.url_map.iter_rules(endpoint)).arguments
        for values in self._known.get(endpoint) or [self._connection if "connection_id" in wants else {}]:
            with self._app.test_request_context():
                yield self._app.url_for(endpoint, **values)

    def _values(self, office: Settled, grant: str, invitation: str) -> Mapping[str, list[dict[str, Any]]]:
        """What stands in an address, by endpoint; several where a page looks different."""
        return {
            "connections.connecting.look": [{"grant": grant}],
            "connections.connecting.ways_in": [{"kind": kind} for kind in ("hubspot", "salesforce")],
            "connections.hooks.followed": [{**self._connection, "event": "trial", "at": 1}],
            "entrance.invitation": [{"token": invitation.rpartition("/")[2]}],
            "entrance.link": [{"token": "worked-once"}],
            "entrance.set_up": [{"token": self._world.set_up.rpartition("/")[2]}],
            "flag_links.show": [{"token": self._flag_link}],
            "flags.flag": [{"flag_id": self._one("SELECT id FROM flag")}],
            "flags.flags": [{}, {"state": "answered"}, {"kind": "too_high"}],
            "leads.lead": [{"lead_id": office.lead_id(each)} for each in (office.marked, office.flagged[-1])],
            "leads.leads": [{}, {"tier": "Hot"}, {"q": "nobody is called so"}, {"flagged": 1}],
            "model.criteria.criterion": [{"name": CRITERION}],
            "model.criteria.new": [{"place": "shared", "group": "fit"}],
            "model.versions.compare": [{"one": 1}],
            "model.versions.version": [{"number": 1}],
            "problems.problems": [{}, {"where": self._one("SELECT [where] FROM problem", "state")}],
            "runs.run": [{"run_id": self._one("SELECT id FROM run")}],
            "sign_in.sign_in": [{}, {"next": "/leads"}],
        }

    def _one(self, statement: str, otherwise: Any = None) -> Any:
        found = self._world.rows(f"{statement} ORDER BY 1 LIMIT 1")
        return found[0][0] if found else otherwise
