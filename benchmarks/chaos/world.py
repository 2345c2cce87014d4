"""One world: a CRM, an agency's processes on one database, traffic, faults, and a killer. Then the verdict."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.chaos import verdict as judge
from benchmarks.chaos.house import House, noon_zone
from benchmarks.chaos.people import People
from benchmarks.chaos.processes import Process, answers, free_port
from benchmarks.chaos.relay import Relay, relay
from benchmarks.chaos.senders import Senders
from benchmarks.chaos.traffic import Work, faults
from benchmarks.chaos.truth import truth
from benchmarks.chaos.vendor import Vendor, vendor
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.writers import Writers
from connector.flows.missing import ASKED_FOR

DOORS = "DOORS"
"""Stands for the port of the doors in the words of a process."""
ALONE = (("run", "--port", DOORS),)
SEVERAL = (("serve", "--port", DOORS), ("work",), ("work",), ("work",))
"""The commands on SQLite and on PostgreSQL."""
FIRST_SYNC, SETTLING = 180.0, 240.0
"""Seconds after which it is said that something does not end."""
SEEN_AFTER = 3
"""Seconds after which the vendor's search surely sees a change."""
QUIET = 2.0
"""Seconds for which nothing may be left to do."""


@dataclass(frozen=True)
class Plan:
    """What a world is like. Times in seconds."""

    name: str
    commands: Sequence[Sequence[str]]
    kills: int
    seed: int
    leads: int = 400
    between: tuple[float, float] = (1.5, 5.0)
    """Between two kills."""
    actions: float = 6.0
    """In the CRM, a second."""


@dataclass
class World:
    """Everything that runs."""

    plan: Plan
    folder: Path
    vendor: Vendor
    relay: Relay
    house: House
    processes: list[Process]
    people: People
    work: Work
    senders: Senders
    writers: Writers
    draw: random.Random
    died: dict[int, float] = field(default_factory=dict)
    kills: int = 0
    problems: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def say(self, what: str) -> None:
        """Progress for people."""
        print(f"{self.plan.name}: {what}", file=sys.stderr, flush=True)

    def chaos(self) -> None:
        """Traffic and faults, while processes are killed."""
        draw = self.draw
        loops = [
            self._loop(self.work.something, lambda: 1 / self.plan.actions),
            self._loop(self.senders.tell, lambda: draw.uniform(0.2, 1.0)),
            self._loop(self.senders.flag, lambda: draw.uniform(2.0, 4.0)),
            self._loop(lambda: self.vendor.faults(*faults(draw)), lambda: draw.uniform(2.0, 5.0)),
            self._loop(self.writers.look, lambda: 0.2),
            self._loop(self._stir, lambda: draw.uniform(15, 30)),
        ]
        while self.kills < self.plan.kills:
            self._wait(draw.uniform(*self.plan.between))
            self._kill(draw.choice(self.processes))
        self._stop.set()
        for loop in loops:
            loop.join()
        self.vendor.faults()
        self.relay.loses = False

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for process in self.processes:
                process.look_after()
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))

    def _kill(self, process: Process) -> None:
        self.died[process.pids[-1]] = time.time()
        process.kill()
        process.start()
        self.kills += 1
        if self.kills % 5 == 0:
            left = self.house.unsettled()
            events = len(self.relay.taken) + len(self.senders.told)
            self.say(f"{self.kills}/{self.plan.kills} kills, {events:,} events acknowledged, still to do: {left or 0}")

    def _stir(self) -> None:
        """What a night brings: a reconciliation, or a midnight."""
        if self.draw.random() < 0.5:
            self.house.set(nightly_on=ASKED_FOR)
        else:
            self.house.set(rescored_on="")

    def _loop(self, act: Callable[[], object], pause: Callable[[], float]) -> threading.Thread:
        def run() -> None:
            while not self._stop.is_set():
                try:
                    act()
                except Exception as error:
                    self.problems.append(f"the harness itself failed: {error!r}")
                self._stop.wait(pause())

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def settle(self) -> None:
        """Waits until everything is done. Raises `TimeoutError` saying what is not."""
        since, quiet_since = int(time.time()) + SEEN_AFTER, time.monotonic()
        self.house.set(sync_at=since + 1)
        until = time.monotonic() + SETTLING
        while time.monotonic() - quiet_since < QUIET:
            left = self.unsettled(since)
            if left:
                quiet_since = time.monotonic()
            if time.monotonic() > until:
                raise TimeoutError(f"{self.plan.name} does not settle: {left}")
            self.writers.look()
            self._wait(0.3)

    def unsettled(self, since: int) -> dict[str, int]:
        """What is left to do, by name; also the sync that must follow the last change."""
        left = self.house.unsettled()
        query = f"SELECT count(*) FROM run WHERE kind <> 'live' AND state = 'done' AND started_at > {since}"  # noqa: S608
        if not self.house.number(query):
            left["syncs since the traffic ended"] = 0
        if waiting := self.vendor.state()["webhooks"]["waiting"] + self.relay.under_way:
            left["webhooks on their way"] = waiting
        return left

    def judge(self) -> Verdict:
        """Everything counted and compared."""
        found, told = Verdict(), self.senders.told
        writes = self.vendor.writes()
        overlaps, unknown = self.writers.overlaps(writes, self.died)
        judge.calls(found, self.vendor, overlaps)
        self.vendor.settings(burst_limit=None, search_limit=None)
        judge.hooks(found, self.house, self.relay, self.people)
        judge.told(found, self.house, self.people, told)
        judge.flags(found, self.house, self.vendor, self.people)
        real = truth(self.folder, self.house, self.vendor, self.people, told)
        judge.acts(found, self.house, real)
        judge.fields(found, self.vendor, real)
        given_up = self.vendor.state()["webhooks"]["given_up"]
        found.lost += [f"{given_up} webhooks were given up by the vendor"] if given_up else []
        found.lost += [*self.problems, *self.senders.problems, *(each for one in self.processes for each in one.ended)]
        self.say(
            f"{self.work.done} things happened in the CRM, {found.events} events acknowledged, {self.relay.refused} "
            f"webhooks refused, {self.relay.lost} answers lost, {len(real.values)} leads compared, {unknown} of "
            f"{len(writes)} batches written by who knows whom"
        )
        return found


@contextmanager
def opened(plan: Plan, database: str, folder: Path) -> Iterator[World]:
    """A world after its first sync, with all processes running."""
    zone = noon_zone(datetime.now(UTC).hour)
    with relay(plan.seed) as doors, vendor(plan.leads, plan.seed, folder / "crm.log") as crm:
        house = House.opened(folder, database, crm, doors.url, zone)
        doors.to = free_port()
        processes = [
            Process([word.replace(DOORS, str(doors.to)) for word in words], house.environment, folder / f"{place}.log")
            for place, words in enumerate(plan.commands)
        ]
        try:
            for process in processes:
                process.start()
            answers(doors.to)
            _synced(house)
            crm.subscribe(f"{doors.url}/hooks/hubspot", house.subscriptions())
            people = People(crm.contacts("email"))
            work = Work(crm, people, plan.seed)
            senders = Senders(crm, people, work, f"http://127.0.0.1:{doors.to}", house.api_key, plan.seed)
            port = int(crm.url.rpartition(":")[2])
            writers = Writers(port, lambda: [process.pids[-1] for process in processes])
            made = (crm, doors, house, processes, people, work, senders, writers, random.Random(plan.seed))
            yield World(plan, folder, *made)
        finally:
            for process in processes:
                process.stop()
            house.svc.close()


def _synced(house: House) -> None:
    until = time.monotonic() + FIRST_SYNC
    while not house.number("SELECT count(*) FROM run WHERE kind = 'sync' AND state = 'done'"):
        if time.monotonic() > until:
            raise TimeoutError("the first sync does not end")
        time.sleep(0.2)


def run(plan: Plan, database: str, folder: Path) -> tuple[Verdict, int]:
    """The verdict on a world, and how many kills there were. Raises `TimeoutError` when it does not settle."""
    with opened(plan, database, folder) as world:
        world.say(f"first sync done, seed {plan.seed}")
        world.chaos()
        world.say(f"{world.kills} kills; the traffic has ended, and what is left is done")
        world.settle()
        world.say("settled")
        return world.judge(), world.kills
