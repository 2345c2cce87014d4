"""What sends on its own while the sandbox runs: HubSpot's webhooks, Salesforce's outbound messages."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import requests

_IDLE = 0.05


class Deliverer:
    """Calls `flush` in a thread of its own from `start` until `stop`, and counts what became of what it sent."""

    def __init__(self) -> None:
        self.delivered = 0
        self.refused = 0
        self.given_up = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._session = requests.Session()
        self._session.trust_env = False

    def flush(self) -> int:
        """Delivers what is due; returns how much arrived."""
        raise NotImplementedError

    def start(self) -> threading.Thread:
        """Delivers in the background until `stop`."""
        thread = threading.Thread(target=self._run, name=type(self).__module__, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Ends the background delivery."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(_IDLE):
            self.flush()

    def _post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> requests.Response | None:
        """The answer, redirects not followed; None when there was none within so many seconds."""
        try:
            return self._session.post(url, data=body, headers=headers, timeout=seconds, allow_redirects=False)
        except requests.RequestException:
            return None
