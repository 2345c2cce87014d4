"""`leadtier sandbox`: the CRM that ships with us, serving until stopped."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from adapters.sandbox.people.busier import MOST_EXTRA
from connector.cli.app import Moment, refuse, spoken


@click.command()
@click.option("--port", default=8600, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--leads", default=2000, show_default=True, type=click.IntRange(min=1), help="Leads in the book.")
@click.option("--seed", default=1, show_default=True, help="Which book: the same seed gives the same people.")
@click.option("--as-of", type=Moment(), help="The book's present; now unless said.")
@click.option(
    "--extra-activities",
    default=0,
    show_default=True,
    type=click.IntRange(0, MOST_EXTRA),
    help="More logged calls, e-mails and notes with every lead, for load tests.",
)
@click.option(
    "--crm",
    default="both",
    show_default=True,
    type=click.Choice(["hubspot", "salesforce", "both"]),
    help="What it plays.",
)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep HubSpot's data in this file and Salesforce's beside it, NAME-salesforce.",
)
@click.option(
    "--burst", default=190, show_default=True, type=click.IntRange(min=1), help="Calls allowed in 10 seconds."
)
@click.option("--searches", default=5, show_default=True, type=click.IntRange(min=1), help="Searches allowed a second.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds every answer waits.")
@click.option("--search-lag", default=2.0, show_default=True, help="Seconds until search sees a change.")
@spoken
def sandbox(  # noqa: PLR0913 - one switch each
    *,
    port: int,
    leads: int,
    seed: int,
    as_of: datetime | None,
    extra_activities: int,
    crm: str,
    data: Path | None,
    burst: int,
    searches: int,
    latency: float,
    search_lag: float,
) -> None:
    """Serve a CRM that speaks HubSpot's and Salesforce's APIs over one generated insurance book, until stopped.

    The first line on stdout is one JSON object: hubspot_url, hubspot_token, portal_id, hubspot_app_id,
    hubspot_client_id and hubspot_client_secret; salesforce_url, salesforce_session, salesforce_api_version,
    salesforce_org_id, salesforce_client_id and salesforce_client_secret.
    Open hubspot_url in a browser to see the records as a rep does. Faults are switched on by POST to /_sandbox/faults.
    """
    from adapters.sandbox.salesforce.settings import OrgSettings  # noqa: PLC0415 - only this command needs a CRM
    from adapters.sandbox.server import serve  # noqa: PLC0415
    from adapters.sandbox.settings import Settings  # noqa: PLC0415

    settings = Settings(burst_limit=burst, search_limit=searches, latency=latency, search_lag=search_lag)
    crms = frozenset({"hubspot", "salesforce"} if crm == "both" else {crm})
    try:
        serve(
            port,
            leads,
            seed,
            extra_activities=extra_activities,
            settings=settings,
            org_settings=OrgSettings(latency=latency),
            as_of=as_of,
            path=data,
            crms=crms,
        )
    except OSError as error:
        refuse(f"Port {port} cannot be had ({error.strerror or error}). Give another, or --port 0 for a free one.")
