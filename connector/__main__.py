"""`leadtier`: the command line."""

from __future__ import annotations

import click

from connector.cli.cadence import cadence, missing
from connector.cli.connect import connect
from connector.cli.crms import crms
from connector.cli.demo import demo
from connector.cli.doctor import doctor
from connector.cli.events import events
from connector.cli.explain import explain
from connector.cli.fields import fields
from connector.cli.flags import flags
from connector.cli.hooks import hooks
from connector.cli.keys import keys
from connector.cli.models import lint, models, publish
from connector.cli.people import people
from connector.cli.sandbox import sandbox
from connector.cli.serve import key, run, serve, work
from connector.cli.sync import rescore, sync


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="leadtier")
def main() -> None:
    """Lead scoring for insurance agencies, beside the CRM they have.

    Leadtier reads contacts and activities from your CRM, scores every lead from 0 to 100, and writes score, tier, stage
    and the top three reasons into fields on the record.

    \b
    A first look, without any CRM account:
      leadtier demo
    Your own CRM:
      leadtier crms                             which there are, and what each asks for
      leadtier connect hubspot --token pat-…    test the token, create the score fields
      leadtier sync                             read, score, write back
      leadtier explain 51203                    why this lead has its score
      leadtier flags                            what reps said of scores, and your answers
      leadtier hooks                            have the CRM tell changes as they happen
      leadtier people                           who may sign in, invitations, the way back in
      leadtier doctor                           what is wrong and what to do
    The points table:
      leadtier models starter > mine.yaml       start your own from one that ships
      leadtier lint mine.yaml                   what is odd about it
      leadtier publish mine.yaml && leadtier rescore

    The database is LEADTIER_DATABASE_URL (default: the file leadtier.db here).
    """


for command in (
    sandbox,
    crms,
    connect,
    fields,
    sync,
    rescore,
    cadence,
    missing,
    explain,
    flags,
    events,
    keys,
    people,
    hooks,
    doctor,
    lint,
    publish,
    models,
    run,
    serve,
    work,
    key,
    demo,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
