"""Figures with their limits, and the command line that measures some or all of them."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured value and its limit, from above or from below."""

    name: str
    value: float
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the limit holds."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    def __str__(self) -> str:
        limit = f"at most {self.most:,}" if self.most is not None else f"at least {self.least:,}"
        return f"{'ok    ' if self.met else 'MISSED'} {self.name}: {self.value:,.10g} ({limit})"


def run(parts: Mapping[str, Callable[[], list[Figure]]], about: str | None) -> None:
    """Measures the parts named on the command line, or all; one JSON object is the last line, 1 the code of a miss."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one or more of {', '.join(parts)}; all when none")
    chosen = parser.parse_args().parts or list(parts)
    if unknown := set(chosen) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    found: list[Figure] = []
    for name in chosen:
        began = time.monotonic()
        figures = parts[name]()
        print(*figures, f"({name}: {time.monotonic() - began:.0f} s)\n", sep="\n", flush=True)
        found += figures
    print(json.dumps({figure.name: figure.value for figure in found}))
    sys.exit(not all(figure.met for figure in found))
