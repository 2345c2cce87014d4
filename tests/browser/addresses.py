"""Every page of the application, by its own list: a page that is added is looked at, or its reason stands here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
SHORT: Mapping[str, str] = {"connecting": "connections", "hooks": "connections", "reconnecting": "connections"}
"""Rooms that are built into another one, under whose name their pages are looked at."""
CRITERION = "quote_or_callback"


class Addresses:
    """Fills the application's addresses with what the database holds. `grant` is that of a tested account."""

    def __init__(self, office: Settled, grant: str = "") -> None:
        self._office, self._world, self._grant = office, office.world, grant
        svc = assemble(Settings(database_url=self._world.env["LEADTIER_DATABASE_URL"], tenant="Bluebonnet Insurance"))
        self._app: Flask = create_app(svc)
        self._flag_link = Links(svc.sealer, "").token(svc.tenant.id, office.lead_id(office.marked))
        svc.close()

    def signed_in(self) -> list[tuple[str, int]]:
        """Addresses of the pages behind the sign-in, with the status that each answers."""
        own = (rule for rule in self._endpoints() if rule not in SIGNED_OUT)
        return [(path, ENDED.get(rule, 200)) for rule in own for path in self._filled(rule)]

    def signed_out(self) -> list[tuple[str, int]]:
        """The others."""
        return [(path, ENDED.get(rule, 200)) for rule in sorted(SIGNED_OUT) for path in self._filled(rule)]

    def _endpoints(self) -> list[str]:
        """Every endpoint that shows a page, once."""
        found = {rule.endpoint for rule in self._app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        assert found >= set(NO_PAGES) | SIGNED_OUT, "an exception for a page that is no more"
        return sorted(name for name in found - set(NO_PAGES) if name.split(".")[0] not in SHORT)

    def _filled(self, endpoint: str) -> Iterable[str]:
        for values in self._values(endpoint):
            with self._app.test_request_context():
                yield self._app.url_for(endpoint, **values)

    def _values(self, endpoint: str) -> list[dict[str, object]]:
        """What stands in the address; several where a page looks different. An address without a value needs none."""
        office = self._office
        connection = {"connection_id": self._one("SELECT id FROM connection")}
        known: dict[str, list[dict[str, object]]] = {
            "connections.connecting.look": [{"grant": self._grant}],
            "connections.connecting.ways_in": [{"kind": kind} for kind in ("hubspot", "salesforce")],
            "connections.hooks.followed": [{**connection, "event": "trial", "at": 1}],
            "entrance.invitation": [{"token": self._invited()}],
            "entrance.link": [{"token": "worked-once"}],
            "entrance.set_up": [{"token": self._world.set_up.rpartition("/")[2]}],
            "flag_links.show": [{"token": self._flag_link}],
            "flags.flag": [{"flag_id": self._one("SELECT id FROM flag")}],
            "flags.flags": [{}, {"state": "answered"}, {"kind": "too_high"}],
            "leads.lead": [{"lead_id": office.lead_id(each)} for each in (office.marked, office.flagged[-1])],
            "leads.leads": [{}, {"tier": "Hot"}, {"q": "nobody is called so"}, {"flagged": 1}],
            "mapping.history.history": [connection],
            "model.criteria.criterion": [{"name": CRITERION}],
            "model.criteria.new": [{"place": "shared", "group": "fit"}],
            "model.versions.compare": [{"one": 1}],
            "model.versions.version": [{"number": 1}],
            "problems.problems": [{}, {"where": self._one("SELECT [where] FROM problem", "state")}],
            "runs.run": [{"run_id": self._one("SELECT id FROM run")}],
            "sign_in.sign_in": [{}, {"next": "/leads"}],
        }
        wants = next(rule for rule in self._app.url_map.iter_rules(endpoint)).arguments
        return known.get(endpoint) or [connection if "connection_id" in wants else {}]

    def _one(self, statement: str, otherwise: object = None) -> object:
        found = self._world.rows(f"{statement} ORDER BY 1 LIMIT 1")
        return found[0][0] if found else otherwise

    def _invited(self) -> str:
        said = self._world.run("people", "add", "ines@bluebonnet.example", "--role", "viewer")
        return said.strip().rpartition("/")[2]

