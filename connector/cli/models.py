"""`leadtier lint`, `leadtier publish`, `leadtier models`: the points table as a file people edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

import mappings
from connector.cli.app import house, out, print_json, refuse, spoken, told
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.lint import lint_alone, lint_on_leads
from connector.flows.publish import model_text, published_text
from connector.flows.publish import publish as publish_model
from connector.settings import load


@click.command()
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@spoken
def lint(model: str, as_json: bool) -> None:
    """Check a model before anyone publishes it. MODEL is a file, or the name of one that ships (`leadtier models`).

    Names unreachable thresholds, criteria that never or always fire on your leads, acts counted twice, empty fields.
    Exit code 1 when the file cannot be used; its faults are named with their lines.
    """
    found = _lint(model)
    if as_json:
        print_json({"model": model, "findings": [asdict(problem) for problem in found]})
    else:
        for problem in found:
            out.print(told(problem), style="yellow", markup=False, soft_wrap=True)
        if not found:
            out.print("Nothing to say against it.", style="green")
    if any(problem.blocking for problem in found):
        refuse("Not fit to publish.")


def _lint(model: str) -> Sequence[Problem]:
    """Looking at a file must not make a database; where there is one, its leads are the sample."""
    path = load().sqlite_path
    if path is not None and not path.exists():
        return lint_alone(Vocabulary.parse(mappings.load_vocabulary()), model)
    with house() as (svc, _):
        return lint_on_leads(svc, model)


@click.command()
@click.argument("model")
@click.option("--author", default="cli", show_default=True, help="Who publishes, for the audit trail.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@spoken
def publish(model: str, author: str, as_json: bool) -> None:
    """Make a model the one that scores. MODEL is a file, or the name of one that ships.

    Old versions are kept. `leadtier rescore` (or the next sync) scores every lead with it.
    """
    with house() as (svc, _):
        stored = publish_model(svc, model, author)
    if as_json:
        print_json({"name": stored.name, "version": stored.version})
    else:
        out.print(f"Published {stored.label}. Next: [bold]leadtier rescore[/]")


@click.command()
@click.argument("name", required=False)
@click.option("--published", is_flag=True, help="Print the model that scores now, as it was published.")
@spoken
def models(name: str | None, published: bool) -> None:
    """List the models that ship, or print one (NAME) to start your own from."""
    if published:
        with house() as (svc, _):
            click.echo(published_text(svc), nl=False)
    elif name is None:
        for shipped in mappings.model_names():
            click.echo(shipped)
    else:
        click.echo(model_text(name)[1], nl=False)
