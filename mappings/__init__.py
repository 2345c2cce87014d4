"""The dictionary of the house: the vocabulary, the CRM maps and the starter models, as files people read and edit.

This package only opens them. What they mean is decided in `connector.core`.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from mappings.documents import DocumentError, Lines, read_text

__all__ = [
    "DocumentError",
    "Lines",
    "load_vocabulary",
    "model_names",
    "model_text",
    "package_text",
    "read_document",
]


def read_document(source: str | Path) -> tuple[Any, Lines]:
    """Reads YAML from a text or, given a `Path`, from that file.

    Returns the document and the 1-based line of every part of it by its path, e.g. of
    ``("product_lines", 0, "criteria", 3, "points")``. Raises `DocumentError` when it is not readable YAML or a key
    stands twice in one place, and `OSError` when the file cannot be read.
    """
    if isinstance(source, str):
        return read_text(source)
    try:
        return read_text(source.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise DocumentError(1, "the file is not UTF-8 text", "Save it as plain text in UTF-8.") from error


def package_text(name: str) -> str:
    """The text of a file of this package, e.g. ``canonical.yaml``. Raises `FileNotFoundError`."""
    return (files(__name__) / name).read_text(encoding="utf-8")


def load_vocabulary() -> dict[str, Any]:
    """The document of ``canonical.yaml``: every lead field and activity kind the core may speak."""
    document, _ = read_text(package_text("canonical.yaml"))
    return dict(document)


def model_names() -> list[str]:
    """The models that ship with the product; ``starter`` comes first, the others by name."""
    names = [Path(entry.name).stem for entry in (files(__name__) / "models").iterdir() if entry.name.endswith(".yaml")]
    return sorted(names, key=lambda name: (name != "starter", name))


def model_text(name: str) -> str:
    """The text of a shipped model. Raises `FileNotFoundError` for a name that `model_names` does not list."""
    if name not in model_names():
        raise FileNotFoundError(f"no model is called {name!r}; there are: {', '.join(model_names())}")
    return package_text(f"models/{name}.yaml")
