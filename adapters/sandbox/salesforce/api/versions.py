"""The versions of the API: which are answered, which are gone, and what one of them offers."""

from __future__ import annotations

import re

from adapters.sandbox.salesforce.errors import ApiError, not_found

OLDEST_RETIRED, OLDEST, NEWEST, PINNED = 21, 31, 68, "67.0"
_RESOURCES = (
    "tooling",
    "metadata",
    "limits",
    "query",
    "queryAll",
    "search",
    "composite",
    "sobjects",
    "actions",
    "jobs",
)


def check_version(text: str) -> None:
    """Raises the vendor's 404 for a version that is none, and 410 for a retired one (help article 000354473)."""
    match = re.fullmatch(r"v(\d{1,2})\.0", text)
    number = int(match[1]) if match else 0
    if OLDEST_RETIRED <= number < OLDEST:
        raise ApiError(410, "GONE", f"API version {number}.0 is retired. Use a version from {OLDEST}.0 to {NEWEST}.0.")
    if not OLDEST <= number <= NEWEST:
        raise not_found()


def every_version() -> list[dict[str, str]]:
    """What ``/services/data`` lists."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, NEWEST + 1)
    ]


def resources(version: str) -> dict[str, str]:
    """What one version lists: the name and the path of each resource."""
    return {name: f"/services/data/{version}/{name}" for name in _RESOURCES}


def _label(number: int) -> str:
    """The release's name: three a year, v30 being Spring '14."""
    years, place = divmod(number - 30, 3)
    return f"{('Spring', 'Summer', 'Winter')[place]} '{14 + years + (place == 2)}"
