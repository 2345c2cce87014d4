"""Where Salesforce's resources are, relative to ``/services/data/v67.0/`` as `simple_salesforce` wants them.

The version is pinned: every release changes shapes, and versions live for three years at least.
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/api_rest_eol.htm
"""

from __future__ import annotations

VERSION = "67.0"

LOGIN = "https://login.salesforce.com"
"""Where production orgs let people in; sandboxes have test.salesforce.com, and every org its My Domain."""

AUTHORISE = "/services/oauth2/authorize"
TOKEN = "/services/oauth2/token"  # noqa: S105 (an address)
REVOKE = "/services/oauth2/revoke"
USERINFO = "/services/oauth2/userinfo"

QUERY = "query"
QUERY_ALL = "queryAll"
COMPOSITE = "composite"
COLLECTIONS = "composite/sobjects"
LIMITS = "limits"
RECORD_COUNT = "limits/recordCount"
QUERY_JOBS = "jobs/query"
INGEST_JOBS = "jobs/ingest"
DEPLOY = "metadata/deployRequest"

_ROOT = f"/services/data/v{VERSION}/"


def describe(name: str) -> str:
    """The fields of an object, as far as our user may see them."""
    return f"sobjects/{name}/describe"


def job(kind: str, id: str, part: str = "") -> str:
    """A Bulk API 2.0 job (`kind` is `QUERY_JOBS` or `INGEST_JOBS`), or a part of it (``results``, ``batches``)."""
    return f"{kind}/{id}" + (f"/{part}" if part else "")


def in_composite(path: str) -> str:
    """The same resource as a sub-request of ``composite`` names it."""
    return f"{_ROOT}{path}"


def relative(url: str) -> str:
    """What an answer's ``nextRecordsUrl`` is to us. Pages of ``queryAll`` come under ``query`` too."""
    return url.removeprefix(_ROOT)
