"""Two agencies in one house: numbers of the other's rows, guessed in an address, lead nowhere and show nothing."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Browser

from connector.store import connections, flags, leads, runs, tenants
from connector.store.database import Scope, open_store
from connector.store.flags import NewFlag
from connector.store.leads import LeadRow
from tests.browser.addresses import Addresses
from tests.browser.chromium import Watch, browsing
from tests.browser.settled import Settled

AT = 1_790_000_000
SECRET = "Sycamore"
"""What stands in every row of the other agency."""


def test_ids_of_another_agency(browser: Browser, office: Settled, watch: Watch) -> None:
    with browsing(browser, watch, cookies=office.owner) as page:
        page.goto(office.url("/settings"))
        token = page.locator("input[name=csrf_token]").first.input_value()
        for method, path in Addresses(office).of_rows(_another_agency(office)):
            form = {"csrf_token": token, "name": SECRET, "what": "sync", "said": "keep", "secret": "s"}
            sent = {"method": method, "max_redirects": 0, **({"form": form} if method == "POST" else {})}
            answer = page.request.fetch(office.url(path), **sent)
            assert answer.status == 404, f"{method} {path}"
            assert SECRET not in answer.text(), f"{method} {path}"
        for path in ("/", f"/leads?q={SECRET[:4].lower()}", "/connections", "/runs", "/flags", "/settings/audit"):
            assert SECRET not in page.request.get(office.url(path)).text(), path


def _another_agency(office: Settled) -> Mapping[str, int]:
    """Makes it, with a row of each kind; their numbers by what addresses call them."""
    store = open_store(office.world.env["LEADTIER_DATABASE_URL"])
    values = {"kind": "hubspot", "name": SECRET, "account_id": "7", "record_url": f"https://{SECRET}.example/{{id}}"}
    with store.write() as conn:
        tenant = tenants.add_tenant(conn, f"{SECRET} Insurance", "UTC", AT)
        made = connections.save_connection(
            conn, tenant.id, {**values, "base_url": None, "credentials": "sealed", "mapping": "{}"}, AT
        )
        scope = Scope(tenant.id, made)
        ids, _ = leads.save_leads(conn, scope, [LeadRow("1", AT, f'{{"last_name":"{SECRET}"}}', "1", archived=False)])
        run = runs.begin_run(conn, scope, "sync", AT)
        flags.add(conn, scope, NewFlag(ids["1"], "form:1", "too_high", SECRET, SECRET, AT, 50, "starter v1", (), None))
        flag = flags.of_lead(conn, tenant.id, ids["1"])[0]
    store.engine.dispose()
    return {"connection_id": made, "lead_id": ids["1"], "run_id": run.id, "flag_id": flag.id}
