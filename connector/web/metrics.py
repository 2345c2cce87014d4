"""Metrics in Prometheus' text format, and the small application by which a worker without pages is watched."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest

from connector.flows import meters
from connector.flows.gauges import HouseGauges
from connector.flows.services import Services
from connector.web import health
from connector.web.health import Beat
from connector.web.shared import SERVICES, services

pages = Blueprint("metrics", __name__)
_GAUGES = "leadtier.gauges"


@pages.get("/metrics")
def metrics() -> Response:
    """What this process counted, and how the house stands."""
    gauges = current_app.extensions.setdefault(_GAUGES, HouseGauges(services()))
    return Response(generate_latest(_Everything(gauges)), content_type=CONTENT_TYPE_LATEST)


def watch_app(svc: Services, beat: Beat | None = None) -> Flask:
    """The WSGI application of a worker: ``/healthz``, ``/readyz``, ``/metrics``, and nothing about people."""
    app = Flask(__name__, static_folder=None)
    app.extensions[SERVICES] = svc
    app.register_blueprint(health.pages)
    app.register_blueprint(pages)
    if beat is not None:
        health.watch_worker(app, beat)
    return app


class _Everything:
    """What the process counted and what stands in the database, as one collector."""

    def __init__(self, gauges: HouseGauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from meters.REGISTRY.collect()
        yield from self._gauges.collect()
