"""Jobs: who does the work, when, and on how many machines.

Our tables are the truth: a run that has not ended and an event that is not handled are work to do, whoever began them.
`workers` looks every second at what is due and hands it to the engine (`engine`, DBOS Transact), which runs a turn of
it (`turns`) in a thread of some worker, on this host or another. A turn ends at any slice: for a wait, for the sake of
other tenants, or because its process was killed; the next one goes on from the rows.
"""

from __future__ import annotations

from connector.jobs.asking import request_rescore, request_sync
from connector.jobs.engine import check_sqlite
from connector.jobs.workers import Worker, worker

__all__ = ["Worker", "check_sqlite", "request_rescore", "request_sync", "worker"]
