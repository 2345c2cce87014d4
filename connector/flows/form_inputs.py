"""The inputs of a form by name, each with all that was typed or chosen under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Inputs:
    """Texts by name; a name may have several, as checkboxes do."""

    def __init__(self, values: Mapping[str, Sequence[str]] | None = None) -> None:
        self._values = {name: list(each) for name, each in (values or {}).items()}

    def get(self, name: str, default: str = "") -> str:
        """The first text under a name."""
        found = self._values.get(name)
        return found[0] if found else default

    def every(self, name: str) -> list[str]:
        """All texts under a name."""
        return list(self._values.get(name, ()))

    def show(self, name: str, *values: str) -> None:
        """Puts these texts under a name, instead of what stood there."""
        self._values[name] = list(values)

    def take(self, other: Inputs) -> None:
        """Puts everything of the other here."""
        self._values.update(other._values)
