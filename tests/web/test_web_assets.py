"""What travels small, and what the browser keeps."""

from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient
from hook_support import Doors, event

PACKED = {"Accept-Encoding": "gzip, br, zstd"}


def assets(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/static/[^"#]+)', page)


def test_what_a_page_loads_is_kept_for_a_year_under_an_address_that_changes_with_it(client: FlaskClient) -> None:
    found = assets(client.get("/settings/you").get_data(as_text=True))
    assert any("app.css?v=" in one for one in found)
    for path in set(found):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=0123456789ab"])
def test_without_its_version_a_file_is_asked_for_again(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/static/app.css{query}")
    assert "max-age=3600" in answer.headers["Cache-Control"]
    again = client.get(f"/static/app.css{query}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_files_and_pages_travel_packed_to_who_can_unpack(client: FlaskClient) -> None:
    for path in (
        "/static/app.css",
        "/static/tabler.min.css",
        "/static/htmx.min.js",
        "/static/icons.svg",
        "/settings/you",
    ):
        plain, packed = client.get(path), client.get(path, headers=PACKED)
        assert packed.headers["Content-Encoding"] == "gzip", path
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(packed.data) < len(plain.data) / 2
        if path.startswith("/static/"):
            assert gzip.decompress(packed.data) == plain.data
            assert packed.headers["ETag"] != plain.headers["ETag"]


def test_machines_doors_answer_as_ever(hubspot: Doors, client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/metrics", headers=PACKED).headers
    told = hubspot.told(event(7))
    assert "Vary" not in told.headers
    assert "Content-Encoding" not in told.headers


@pytest.mark.parametrize(
    "path", ["/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/none.css"]
)
def test_nothing_but_the_files_that_ship_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in {404, 308}


def test_the_first_visit_and_every_later_page_are_small(client: FlaskClient, nobody: FlaskClient) -> None:
    first = nobody.get("/sign-in", headers=PACKED)
    page = gzip.decompress(first.data).decode()
    loaded = sum(len(nobody.get(one, headers=PACKED).data) for one in {*assets(page), "/static/inter.woff2"})
    assert len(first.data) + loaded < 300_000
    for path in ("/settings", "/settings/people", "/settings/audit", "/settings/you"):
        assert len(client.get(path, headers=PACKED).data) < 40_000
