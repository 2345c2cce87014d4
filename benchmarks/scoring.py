"""How fast the scoring core is, against two yardsticks, on a made-up book: ``python -m benchmarks.scoring``.

All times are CPU seconds of this process, medians of interleaved rounds, because wall clocks of shared machines lie.
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
    figures = _speed(options.leads, options.loop_leads, options.rounds) | _single(options.single)
    if options.stream:
        figures |= _streamed_in_its_own_process(options.stream)
    _show(figures)
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000, help="leads scored by the evaluator and the NumPy script")
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
        assert sorted(found) == sorted(filter(None, reasons[:, place])) or _tied(cards.keys[:, place])


def _tied(keys: np.ndarray) -> bool:
    """Whether the third reason is one of several that only the id tells apart, which the plain loop leaves open."""
    return bool(keys[2] >> 16 << 16 == keys[2] >> 16 << 16)


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
