"""Where people live: ten states, six of them licensed, with real cities, counties and postal codes."""

from __future__ import annotations

from typing import NamedTuple

LICENSED = ("TX", "FL", "OH", "GA", "NC", "AZ")
"""States in which the agency may sell, as postal codes."""


class Place(NamedTuple):
    """A city with what hangs on it. `utc_offset` is in hours, standard time."""

    city: str
    county: str
    state: str
    zips: tuple[str, ...]
    area_code: str
    utc_offset: int


STATE_NAMES = {
    "TX": "Texas",
    "FL": "Florida",
    "OH": "Ohio",
    "GA": "Georgia",
    "NC": "North Carolina",
    "AZ": "Arizona",
    "CA": "California",
    "NY": "New York",
    "IL": "Illinois",
    "PA": "Pennsylvania",
}

STATE_SHARES = {"TX": 24, "FL": 20, "OH": 12, "GA": 11, "NC": 10, "AZ": 9, "CA": 5, "NY": 3, "IL": 3, "PA": 3}
"""How many of a hundred leads live there; the last four are where the agency may not sell."""

PLACES = (
    Place("Austin", "Travis", "TX", ("78701", "78704", "78745"), "512", -6),
    Place("Houston", "Harris", "TX", ("77002", "77024", "77096"), "713", -6),
    Place("Dallas", "Dallas", "TX", ("75201", "75214", "75230"), "214", -6),
    Place("San Antonio", "Bexar", "TX", ("78209", "78216", "78249"), "210", -6),
    Place("Plano", "Collin", "TX", ("75023", "75024", "75093"), "972", -6),
    Place("Round Rock", "Williamson", "TX", ("78664", "78681"), "512", -6),
    Place("Tampa", "Hillsborough", "FL", ("33602", "33609", "33647"), "813", -5),
    Place("Orlando", "Orange", "FL", ("32801", "32806", "32828"), "407", -5),
    Place("Jacksonville", "Duval", "FL", ("32205", "32216", "32256"), "904", -5),
    Place("Naples", "Collier", "FL", ("34102", "34108", "34119"), "239", -5),
    Place("Ocala", "Marion", "FL", ("34470", "34471", "34474"), "352", -5),
    Place("Miami", "Miami-Dade", "FL", ("33133", "33156", "33176"), "305", -5),
    Place("Columbus", "Franklin", "OH", ("43201", "43214", "43235"), "614", -5),
    Place("Cleveland", "Cuyahoga", "OH", ("44102", "44109", "44111"), "216", -5),
    Place("Cincinnati", "Hamilton", "OH", ("45202", "45208", "45230"), "513", -5),
    Place("Dayton", "Montgomery", "OH", ("45402", "45419", "45429"), "937", -5),
    Place("Atlanta", "Fulton", "GA", ("30305", "30309", "30318"), "404", -5),
    Place("Marietta", "Cobb", "GA", ("30060", "30062", "30064"), "770", -5),
    Place("Savannah", "Chatham", "GA", ("31401", "31405", "31406"), "912", -5),
    Place("Lawrenceville", "Gwinnett", "GA", ("30043", "30044", "30046"), "770", -5),
    Place("Charlotte", "Mecklenburg", "NC", ("28202", "28210", "28277"), "704", -5),
    Place("Raleigh", "Wake", "NC", ("27601", "27609", "27615"), "919", -5),
    Place("Greensboro", "Guilford", "NC", ("27401", "27408", "27410"), "336", -5),
    Place("Wilmington", "New Hanover", "NC", ("28401", "28403", "28411"), "910", -5),
    Place("Phoenix", "Maricopa", "AZ", ("85004", "85018", "85044"), "602", -7),
    Place("Tucson", "Pima", "AZ", ("85704", "85711", "85718"), "520", -7),
    Place("Scottsdale", "Maricopa", "AZ", ("85251", "85254", "85260"), "480", -7),
    Place("Sun City", "Maricopa", "AZ", ("85351", "85373"), "623", -7),
    Place("Sacramento", "Sacramento", "CA", ("95814", "95822", "95831"), "916", -8),
    Place("San Diego", "San Diego", "CA", ("92103", "92115", "92128"), "619", -8),
    Place("Fresno", "Fresno", "CA", ("93704", "93711", "93720"), "559", -8),
    Place("Buffalo", "Erie", "NY", ("14209", "14216", "14222"), "716", -5),
    Place("Rochester", "Monroe", "NY", ("14607", "14610", "14618"), "585", -5),
    Place("Chicago", "Cook", "IL", ("60614", "60618", "60647"), "773", -6),
    Place("Naperville", "DuPage", "IL", ("60540", "60563"), "630", -6),
    Place("Philadelphia", "Philadelphia", "PA", ("19103", "19128", "19147"), "215", -5),
    Place("Pittsburgh", "Allegheny", "PA", ("15206", "15217", "15232"), "412", -5),
)

PLACES_OF = {state: tuple(place for place in PLACES if place.state == state) for state in STATE_SHARES}
