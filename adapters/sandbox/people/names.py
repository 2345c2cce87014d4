"""Names of people and businesses. Written for this book; any likeness to a person is chance."""

from __future__ import annotations

import unicodedata


def _words(text: str) -> tuple[str, ...]:
    """Words apart by spaces; an underscore is a space within a name."""
    return tuple(word.replace("_", " ") for word in text.split())


FIRST_NAMES = _words(
    "Maria James Linda Robert Patricia Michael Barbara David Elena Thomas Susan Carlos Karen Daniel Nancy Anthony "
    "Lisa Mark Sandra Steven Donna José Carol Andrew Ruth Kenneth Sharon Joshua Michelle Kevin Angela Brian "
    "Deborah Edward Rebecca Ronald Laura Timothy Cynthia Jason Amy Jeffrey Kathleen Ryan Shirley Jacob Anna Gary "
    "Pamela Nicholas Emma Eric Nicole Jonathan Helen Stephen Samantha Larry Katherine Justin Christine Scott "
    "Rachel Brandon Renée Benjamin Carolyn Samuel Janet Gregory Heather Frank Diane Alexander Joyce Raymond "
    "Evelyn Patrick Joan Jack Victoria Dennis Aisha Jerry Lauren Tyler Chloé Aaron Martha Andrés Judith Henry "
    "Cheryl Adam Megan Douglas Zoë Nathan Andrea Peter Priya Zachary Hannah Kyle Jacqueline Walter Gloria Ethan "
    "Teresa Jeremy Sofía Harold Sara Keisha Kathryn Terry Jean-Luc Mei Alice Sean Doris Austin Julia Gerald Grace "
    "Arthur Judy Lawrence Beverly Roger Amber Joe Denise Noah Marilyn Willie Danielle Bruce Theresa Albert "
    "Brittany Ralph Diana Roy Abigail Eugene Jane Louis Lori Philip"
)

LAST_NAMES = _words(
    "Alvarez Bennett Carter Dawson Ellis Foster García Hayes Ingram Jensen Keller Lawson Mercer Nguyen O'Brien "
    "Parker Quinn Ramirez Sullivan Turner Underwood Vasquez Walker Xiong Young Zimmerman Abbott Barrett Castillo "
    "D'Angelo Emerson Fletcher Grant Hoffman Irwin Jacobs Knight Lambert Müller Norris O'Connor Patel Reyes "
    "Schultz Tucker Upton Vaughn Whitaker Yates Zapata Armstrong Bishop Chapman Delgado Erickson Ferguson Gibson "
    "Hernández Iyer Jennings Khan Lefèvre Maldonado Núñez Okafor Peña Rosenberg Stokes Thornton Usher Valencia "
    "Weaver Yoder Zamora Atkins Boyd Curtis Doyle Eaton Frazier Goodwin Horton Ibarra Jarvis Kramer Lindsey "
    "McCarthy Nolan Ortega Pruitt Rhodes Saunders Tran Vega Wilkins Yamamoto Ziegler Bauer Crane Dominguez "
    "Espinoza Finch Greer Holt Joyner Kaplan Love MacDonald Nash Osborne Pham Roth Singh Trujillo Vance Winslow "
    "Addison Bradshaw Combs Drake English Fuentes Gallagher Hodge Kirby Lowery St._John De_la_Cruz Van_Dyke "
    "Smith-Jones"
)

BUSINESS_FIRST = _words(
    "Cedar Summit Bluebird Lakeside Ironwood Prairie Redrock Harbor Pinecrest Copper Maple Northgate Riverbend "
    "Sunrise Granite Willow Eastside Oakline Silver Crossroads"
)


def plain(name: str) -> str:
    """The name in lower-case ASCII letters only, as people put it into an e-mail address."""
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in letters if "a" <= letter <= "z")


PLAIN = {name: plain(name) for name in (*FIRST_NAMES, *LAST_NAMES)}
