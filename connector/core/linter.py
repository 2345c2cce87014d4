"""Temporary."""


def lint(model, vocabulary, sample=None):  # type: ignore
    return []
