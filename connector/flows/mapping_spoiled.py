"""A draft that cannot be used as it was saved: another mapping or the vocabulary changed under it."""

from __future__ import annotations

from collections.abc import Sequence

import mappings
from connector.core.mapping import MappingRefused
from connector.core.types import Problem
from connector.flows.services import Refused

UNUSABLE = (MappingRefused, mappings.DocumentError, Refused)


def faults(error: Exception) -> Sequence[Problem]:
    """What is wrong with a mapping file, each fault with its line where it has one."""
    if isinstance(error, MappingRefused):
        return error.problems
    if isinstance(error, mappings.DocumentError):
        return [Problem("the file", error.text[:1].upper() + error.text[1:] + ".", error.mend, error.line)]
    return [Problem("the file", str(error), "")]
