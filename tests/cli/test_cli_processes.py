"""Commands that serve until they are stopped, as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from functools import partial

from tests.cli.agency import Agency


def test_the_sandbox_says_where_it_is_in_its_first_line_and_ends_when_told(nobody: Agency) -> None:
    words = [sys.executable, "-m", "connector", "sandbox", "--port", "0", "--leads", "20"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as crm:
        assert crm.stdout is not None
        assert crm.stderr is not None
        said = json.loads(crm.stdout.readline())
        assert {"hubspot_url", "hubspot_token", "portal_id"} <= set(said)
        nobody.run("connect", "hubspot", "--token", said["hubspot_token"], "--base-url", said["hubspot_url"])
        crm.send_signal(signal.SIGTERM)
        assert crm.wait(timeout=20) == 0
        assert "Traceback" not in crm.stderr.read()


def test_a_port_that_is_taken_is_a_sentence(nobody: Agency) -> None:
    port = nobody.crm.url.rsplit(":", 1)[1]
    for words in (("sandbox", "--leads", "1", "--port", port), ("serve", "--port", port)):
        taken = nobody.start(*words)
        assert taken.ended() == 1
        assert f"Port {port} cannot be had" in taken.stderr
        assert "Traceback" not in taken.stderr


def test_the_server_says_where_the_overview_is_and_ends_when_told(nobody: Agency) -> None:
    server = nobody.start("serve", "--port", "0")
    address = next(word for word in server.says("Overview: http://127.0.0.1:").split() if word.startswith("http"))
    with urllib.request.urlopen(f"{address}healthz", timeout=10) as answer:  # noqa: S310
        assert answer.status == 200
    server.stop(signal.SIGTERM)
    assert server.ended() == 0
    assert "Traceback" not in server.stderr


def test_a_worker_without_pages_answers_those_who_watch_it(nobody: Agency) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    worker = nobody.start("work", before=partial(watched_at, port))
    worker.says("Metrics: ")
    for page in ("healthz", "readyz", "metrics"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=10) as answer:
            assert answer.status == 200
    worker.stop(signal.SIGTERM)
    assert worker.ended() == 0
    assert "Traceback" not in worker.stderr


def watched_at(port: int) -> None:
    os.environ["LEADTIER_METRICS_PORT"] = str(port)
