"""How fast the scoring core is, against two yardsticks, on a made-up book: ``python -m benchmarks.scoring``.

Throughput is in CPU seconds of this process, the median of interleaved rounds, because wall clocks of shared machines
lie; the latency of one lead is given by both.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.table import Table

import mappings
from benchmarks import scoring_loop, scoring_numpy
from benchmarks.scoring_data import AS_OF, batches, rows_of
from connector.core.batch import Batch
from connector.core.model import parse_model
from connector.core.scoring import Evaluator
from connector.core.vocabulary import Vocabulary

MODEL = Path(__file__).with_name("scoring_model.yaml")
CHUNK = 50_000


def main() -> None:
    options = _options()
    if options.stream_only:
        print(json.dumps(_stream(options.stream_only)))
        return
    # The streaming comes first: a child's peak of memory starts at what its parent holds, on Linux.
    streamed = _streamed_in_its_own_process(options.stream) if options.stream else {}
    figures = _single(options.single) | _speed(options.leads, options.loop_leads, options.rounds) | streamed
    _show(figures)
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--leads", type=int, default=1_000_000, help="leads scored by the evaluator and the NumPy script"
    )
    parser.add_argument("--loop-leads", type=int, default=20_000, help="leads scored by the plain loop")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts")
    parser.add_argument("--single", type=int, default=3_000, help="leads scored one by one")
    parser.add_argument("--stream", type=int, default=5_000_000, help="leads streamed for the peak of memory; 0: skip")
    parser.add_argument("--stream-only", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _evaluator() -> Evaluator:
    words = Vocabulary.parse(mappings.load_vocabulary())
    return Evaluator(parse_model(*mappings.read_document(MODEL), words), words, ZoneInfo("America/New_York"), "bench")


# --------------------------------------------------------------------------------------------------------- throughput


def _speed(leads: int, loop_leads: int, rounds: int) -> dict[str, float]:
    evaluator = _evaluator()
    script = scoring_numpy.Script(evaluator.vocabulary)
    book = list(batches(leads, CHUNK, evaluator.vocabulary))
    sample = rows_of(next(batches(loop_leads, loop_leads, evaluator.vocabulary)), evaluator.vocabulary)
    _agree(evaluator, script, book[0], loop_leads)
    ours, by_hand, loop = [], [], []
    for _ in range(rounds):
        ours.append(_cpu(lambda: [_evaluate(evaluator, batch) for batch in book]) / leads)
        by_hand.append(_cpu(lambda: [script.score(batch) for batch in book]) / leads)
        loop.append(_cpu(lambda: [scoring_loop.score(*row) for row in sample]) / loop_leads)
    return {
        "leads": leads,
        "activities": sum(len(batch.activities) for batch in book),
        "evaluator_cpu_s_per_million": round(median(ours) * 1e6, 3),
        "numpy_script_cpu_s_per_million": round(median(by_hand) * 1e6, 3),
        "plain_loop_cpu_s_per_million": round(median(loop) * 1e6, 1),
        "leads_per_cpu_second": round(1 / median(ours)),
        "ratio_to_numpy_script": round(median(ours) / median(by_hand), 2),
        "times_faster_than_plain_loop": round(median(loop) / median(ours), 1),
    }


def _evaluate(evaluator: Evaluator, batch: Batch) -> np.ndarray:
    """All that a rescore does with a chunk: checks the columns, scores, ranks, and makes the texts."""
    columns = Batch.of_columns(batch.lead_ids, batch.created, batch.fields, batch.activities)
    return evaluator.evaluate(columns, AS_OF).reasons()


def _agree(evaluator: Evaluator, script: scoring_numpy.Script, batch: Batch, loop_leads: int) -> None:
    """All three give the same scores and the same three texts, or there is nothing to compare."""
    cards = evaluator.evaluate(batch, AS_OF)
    scores, texts = script.score(batch)
    assert np.array_equal(cards.score, scores), "the NumPy script gives other scores"
    assert np.array_equal(cards.reasons(), texts), "the NumPy script gives other reasons"
    reasons = cards.reasons()
    for place, row in enumerate(rows_of(batch, evaluator.vocabulary, most=min(loop_leads, 2_000))):
        score, found = scoring_loop.score(*row)
        assert score == cards.score[place], "the plain loop gives other scores"
        assert found == [text for text in reasons[:, place] if text], "the plain loop gives other reasons"


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


# ------------------------------------------------------------------------------------------------------ one at a time


def _single(count: int) -> dict[str, float]:
    """From the rows of one lead to its whole card, texts included; the store's own read comes on top."""
    evaluator = _evaluator()
    wall, cpu = [], []
    for lead, activities in rows_of(next(batches(count, count, evaluator.vocabulary)), evaluator.vocabulary):
        start, start_cpu = time.perf_counter(), time.process_time()
        evaluator.evaluate(evaluator.batch([lead], activities), AS_OF).card(0)
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    (p50, p99), (_, cpu_p99) = np.percentile(wall, [50, 99]) * 1000, np.percentile(cpu, [50, 99]) * 1000
    return {
        "one_lead_p50_ms": round(float(p50), 3),
        "one_lead_p99_ms": round(float(p99), 3),
        "one_lead_cpu_p99_ms": round(float(cpu_p99), 3),
    }


# ------------------------------------------------------------------------------------------------------------- memory


def _streamed_in_its_own_process(leads: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.scoring", "--stream-only", str(leads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def _stream(leads: int) -> dict[str, float]:
    """Makes, scores and drops one chunk after the other; the peak includes Python, NumPy and the making of the data."""
    evaluator = _evaluator()
    spent = 0.0
    for batch in batches(leads, CHUNK, evaluator.vocabulary):
        spent += _cpu(lambda batch=batch: _evaluate(evaluator, batch))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = peak / (1024 if platform.system() == "Linux" else 1024**2)
    return {"streamed_leads": leads, "streamed_cpu_s": round(spent, 2), "streamed_peak_mb": round(megabytes)}


# ------------------------------------------------------------------------------------------------------------- output


def _show(figures: dict[str, float]) -> None:
    table = Table("figure", "value", "goal", title=f"Scoring core, {platform.machine()}, NumPy {np.__version__}")
    goals = {
        "ratio_to_numpy_script": "at most 1.5",
        "times_faster_than_plain_loop": "at least 25",
        "one_lead_p99_ms": "under 3 with the store's read",
        "streamed_peak_mb": "under 500",
    }
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:,}", goals.get(name, ""))
    Console(stderr=True).print(table)


if __name__ == "__main__":
    main()
