"""What every test has; the rest stands beside the tests that need it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

import mappings


@pytest.fixture(scope="session", autouse=True)
def each_document_is_parsed_once() -> Iterator[None]:
    """Every world begins with the same vocabulary, mapping and model, and parsing YAML is slow.

    What does not parse is tried anew each time, and nobody changes a document that was read: it would show here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mappings, "read_text", cache(mappings.read_text))
        yield
