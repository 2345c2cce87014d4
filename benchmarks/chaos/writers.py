"""Who wrote into the CRM when: two processes at once would be one too many.

The sandbox knows from which port each batch came; which process has that port is seen while the connection is open. A
connection that came and went between two looks cannot be told, and its batches are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

ESTABLISHED = "01"


@dataclass
class Writers:
    """Ports by process, learned by looking."""

    port: int
    """The CRM's."""
    pids: Callable[[], Collection[int]]
    known: dict[int, list[int]] = field(default_factory=dict)
    """Processes that had a port, one after another."""

    def look(self) -> None:
        """Notes who is connected now."""
        sockets = self._sockets()
        for pid in self.pids():
            for inode in _inodes(pid):
                if inode in sockets and pid not in self.known.setdefault(sockets[inode], []):
                    self.known[sockets[inode]].append(pid)

    def _sockets(self) -> dict[str, int]:
        """Our ports of connections to the CRM, by inode."""
        found: dict[str, int] = {}
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, state, *_, inode = line.split()[:10]
            if state == ESTABLISHED and int(remote.split(":")[1], 16) == self.port:
                found[inode] = int(local.split(":")[1], 16)
        return found

    def overlaps(self, writes: Sequence[tuple[float, float, int]], died: Mapping[int, float]) -> tuple[list[str], int]:
        """Batches of two processes at once, and how many batches could not be told. `died` says when each was killed.

        What a killed process had sent is carried out by the CRM all the same; nobody can take that back.
        """
        owners = {port: pids[0] for port, pids in self.known.items() if len(pids) == 1}
        sure = sorted((began, ended, owners[port]) for began, ended, port in writes if port in owners)
        found = [
            f"processes {one[2]} and {other[2]} wrote at the same time"
            for one, other in pairwise(sure)
            if other[0] < one[1] and one[2] != other[2] and not _killed_meanwhile(one, other, died)
        ]
        return found, len(writes) - len(sure)


def _killed_meanwhile(
    one: tuple[float, float, int], other: tuple[float, float, int], died: Mapping[int, float]
) -> bool:
    return any(died.get(each[2], float("inf")) <= another[0] for each, another in ((one, other), (other, one)))


def _inodes(pid: int) -> set[str]:
    try:
        links = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:  # it died, or closed one just now
        return set()
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
