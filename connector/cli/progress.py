"""The progress of runs: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from connector.cli.app import err
from connector.flows.progress import Snapshot

LOOK_SECONDS = 0.25
SAY_SECONDS = 5.0


def watch(look: Callable[[], Sequence[Snapshot]], ended: Callable[[], bool]) -> None:
    """Shows the runs until they have ended."""
    show = Bars() if err.is_terminal else Lines()
    with show:
        while True:
            last = ended()
            show.update(look())
            if last:
                return
            time.sleep(LOOK_SECONDS)


_WORK = (("read", "has_read", "to_read"), ("scored", "scored", "to_score"), ("written", "written", "to_write"))


def _done(shot: Snapshot, name: str) -> int:
    return shot.has_read if name == "has_read" else int(getattr(shot.run, name))


class Bars:
    """Three bars a connection, with the time left, and the calls used."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=err,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def update(self, shots: Sequence[Snapshot]) -> None:
        """Moves the bars."""
        for shot in shots:
            for word, done, total in _WORK:
                key = (shot.connection, word)
                if key not in self._tasks:
                    self._tasks[key] = self._bars.add_task(f"{shot.connection} {word}", total=None, note="")
                notes = {"read": f"{shot.run.contacts:,} contacts", "written": f"{shot.run.calls:,} calls"}
                note = shot.run.message if shot.run.message and word == "scored" else notes.get(word, "")
                whole = getattr(shot, total) or None
                self._bars.update(self._tasks[key], completed=_done(shot, done), total=whole, note=note)


class Lines:
    """A line whenever the phase changes, and every few seconds."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, float]] = {}
        self._began = time.monotonic()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, shots: Sequence[Snapshot]) -> None:
        """Says where the runs are."""
        for shot in shots:
            phase, at = self._said.get(shot.connection, ("", 0.0))
            now = time.monotonic()
            if shot.run.phase != phase or now - at > SAY_SECONDS:
                self._said[shot.connection] = (shot.run.phase, now)
                err.print(self._line(shot, now), markup=False, soft_wrap=True)

    def _line(self, shot: Snapshot, now: float) -> str:
        run = shot.run
        said = f"{shot.connection}: {run.phase}, {run.contacts:,} contacts and {run.activities:,} activities read, "
        said += f"{run.scored:,} scored, {run.written:,} written, {run.calls:,} calls"
        if run.phase == "reading" and 0 < shot.has_read < shot.to_read:
            left = (now - self._began) * (shot.to_read - shot.has_read) / shot.has_read
            said += f", about {left:.0f} s of reading left"
        return said + (f" ({run.message})" if run.message else "")
