"""Sending a call: budget, credential, time-out, table, and a few more tries before giving up."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Protocol

from adapters.contract import AdapterError, Broken, Reauthorise, Retry, Usage
from adapters.transport.answers import Answer, Request, Rule, first_match
from adapters.transport.budget import Budget

log = logging.getLogger(__name__)

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and to wait for bytes. Every call has both."""

LONGEST_WAIT = 60.0
"""Seconds a call waits by itself. What asks for more is the engine's to schedule, so it is raised."""

NETWORK_TRIES = 4


class Tokens(Protocol):
    """Where the bearer token comes from."""

    def token(self) -> str:
        """The token to send now."""

    def renew(self, refused: str) -> None:
        """The vendor answered 401 to `refused`. Raises `Reauthorise` when there is no other to be had."""


class Unreachable(Exception):
    """Raised by a sender when no answer came: time-out, refused connection, broken stream. The text is for the log."""


class Untrusted(Exception):
    """Raised by a sender when the other side's certificate is not good. Trying again does not help."""


Send = Callable[[Request, str], Answer]
Failure = tuple[AdapterError, int]
"""What went wrong, and how often the call may be sent in all."""

RENEWED = Retry("The credential was renewed.", after=0.0)
"""Not an error: the call goes out again at once with the new credential."""


class Transport:
    """Calls one vendor account. Safe to share between threads."""

    def __init__(  # noqa: PLR0913 (the one place where all of it meets)
        self,
        *,
        vendor: str,
        send: Send,
        table: Sequence[Rule],
        tokens: Tokens,
        budgets: Mapping[str, Budget],
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        learn: Callable[[Request, Answer], None] | None = None,
    ) -> None:
        self.usage = Usage()
        self._vendor = vendor
        self._send = send
        self._table = table
        self._tokens = tokens
        self._budgets = budgets
        self._clock = clock
        self._sleep = sleep
        self._learn = learn
        self._lock = threading.Lock()

    def call(self, request: Request) -> Any:
        """The parsed JSON of a 2xx answer.

        Raises the error the vendor's table names, after the tries that row allows. A 401 renews the credential once.
        """
        renewed = False
        tried = 0
        while True:
            tried += 1
            outcome = self._try(request, renewed)
            if isinstance(outcome, Answer):
                return outcome.document
            error, tries = outcome
            if error is RENEWED:
                renewed = True
            else:
                self._wait_or_raise(request, error, tried, min(tries, request.tries or tries))
            self._count("retried")

    def _try(self, request: Request, renewed: bool) -> Answer | Failure:
        """One attempt. Renewing a credential may itself fail for a while, and is tried again like the call."""
        try:
            token = self._tokens.token()
            outcome = self._once(request, token)
            if renewed or isinstance(outcome, Answer) or not isinstance(outcome[0], Reauthorise):
                return outcome
            self._tokens.renew(token)
        except Retry as problem:
            return problem, NETWORK_TRIES
        return RENEWED, 1

    def _once(self, request: Request, token: str) -> Answer | Failure:
        families = [self._budgets[name] for name in request.families]
        with ExitStack() as slots:
            for budget in families:
                budget.acquire()
                slots.callback(budget.release)
            started = self._clock()
            try:
                answer = self._send(request, token)
            except Unreachable as problem:
                return self._no_answer(request, started, str(problem)), NETWORK_TRIES
            except Untrusted as problem:
                return self._untrusted(request, started, str(problem)), 1
        return self._judge(request, answer, started, families)

    def _judge(self, request: Request, answer: Answer, started: datetime, families: list[Budget]) -> Answer | Failure:
        if self._learn is not None:
            self._learn(request, answer)
        if answer.ok:
            self._note(request, started, answer.status)
            return answer
        rule = first_match(self._table, answer)
        error = rule.error(answer)
        self._note(request, started, answer.status, rule.name)
        if answer.status == 429 or rule.throttles:
            self._count("throttled")
            for budget in families:
                budget.pause(getattr(error, "after", None) or 1.0)
        return error, rule.tries

    def _no_answer(self, request: Request, started: datetime, problem: str) -> AdapterError:
        self._note(request, started, 0, "no answer")
        text = f"{self._vendor} could not be reached. Check its address and the network; nothing is lost."
        return Retry(text, f"{request.method} {request.path}: no answer ({problem})")

    def _untrusted(self, request: Request, started: datetime, problem: str) -> AdapterError:
        self._note(request, started, 0, "bad certificate")
        text = (
            f"The certificate of {self._vendor}'s server could not be verified. "
            "Check the machine's clock and certificates, and the proxy in between if there is one."
        )
        return Broken(text, f"{request.method} {request.path}: {problem}")

    def _wait_or_raise(self, request: Request, error: AdapterError, tried: int, tries: int) -> None:
        after = getattr(error, "after", None)
        # Jitter, so that threads refused together do not come back together.
        wait = after + random.random() if after is not None else random.uniform(0.3, 1.0) * 2 ** (tried - 1)  # noqa: S311
        if tried >= tries or wait > LONGEST_WAIT:
            log.info("%s %s given up after %d tries: %s", request.method, request.path, tried, type(error).__name__)
            raise error
        self._sleep(wait)

    def _note(self, request: Request, started: datetime, status: int, rule: str = "") -> None:
        with self._lock:
            self.usage.calls += 1
            for name in request.families[:1]:
                self.usage.by_family[name] = self.usage.by_family.get(name, 0) + 1
        # The path only: a query or a body may hold personal data.
        log.debug(
            "%s %s %s",
            request.method,
            request.path,
            status or "no answer",
            extra={"status": status, "rule": rule, "seconds": (self._clock() - started).total_seconds()},
        )

    def _count(self, what: str) -> None:
        with self._lock:
            setattr(self.usage, what, getattr(self.usage, what) + 1)
