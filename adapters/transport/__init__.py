"""How adapters call a vendor: time-outs, budgets, the table of errors, redaction. Knows no vendor."""

from adapters.transport.answers import Answer, Request, Rule, first_match
from adapters.transport.budget import Budget
from adapters.transport.calls import TIMEOUT, Send, Tokens, Transport, Unreachable, Untrusted
from adapters.transport.redact import redact

__all__ = [
    "TIMEOUT",
    "Answer",
    "Budget",
    "Request",
    "Rule",
    "Send",
    "Tokens",
    "Transport",
    "Unreachable",
    "Untrusted",
    "first_match",
    "redact",
]
