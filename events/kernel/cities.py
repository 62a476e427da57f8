"""Cities as people name them: IANA names a zone after one of the many that share its clocks."""

from functools import cache

from events.kernel.ids import folded
from events.kernel.zones import UnknownZone, picker_zones, zone_info, zone_names

_SHARING = {
    "Africa/Cairo": "Alexandria, Alexandrie",
    "Africa/Casablanca": "Marrakesh, Marrakech, Rabat",
    "Africa/Dakar": "Saint-Louis",
    "Africa/Johannesburg": "Cape Town, Le Cap, Durban, Pretoria",
    "Africa/Lagos": "Abuja",
    "Africa/Nairobi": "Mombasa",
    "America/Los_Angeles": "San Francisco, Seattle",
    "America/New_York": "Boston, Washington, Washington DC",
    "America/Sao_Paulo": "Brasília, Rio de Janeiro",
    "America/Toronto": "Montreal, Montréal, Ottawa",
    "America/Vancouver": "Victoria",
    "Asia/Almaty": "Astana",
    "Asia/Bangkok": "Hanoi, Hanoï",
    "Asia/Jakarta": "Bandung",
    "Asia/Karachi": "Islamabad, Lahore",
    "Asia/Kolkata": "Bengaluru, Chennai, Delhi, Mumbai, New Delhi",
    "Asia/Riyadh": "Jeddah, Djeddah",
    "Asia/Shanghai": "Beijing, Pékin, Shenzhen",
    "Asia/Tashkent": "Bukhara, Boukhara",
    "Asia/Tokyo": "Hiroshima, Kyoto, Osaka",
    "Australia/Sydney": "Canberra",
    "Europe/Amsterdam": "The Hague, La Haye, Rotterdam",
    "Europe/Berlin": "Bonn, Cologne, Frankfurt, Hamburg, Munich",
    "Europe/Brussels": "Bruges, Ghent, Gand",
    "Europe/Istanbul": "Ankara",
    "Europe/Kyiv": "Lviv, Odesa",
    "Europe/London": "Birmingham, Cambridge, Edinburgh, Glasgow, Manchester, Oxford",
    "Europe/Madrid": "Barcelona, Seville",
    "Europe/Paris": "Lille, Lyon, Marseille, Strasbourg",
    "Europe/Rome": "Florence, Milan, Turin",
    "Europe/Warsaw": "Kraków",
    "Europe/Zurich": "Basel, Bâle, Bern, Berne, Geneva, Genève, Lausanne",
    "Pacific/Auckland": "Wellington",
}


@cache
def sharing_cities() -> dict[str, tuple[str, str]]:
    """How a city that shares another's clocks is written, folded → its name and its zone."""
    return {key(name): (name, zone) for zone, names in _SHARING.items() for name in names.split(", ")}


@cache
def _zones() -> dict[str, str]:
    """Names of zones and their last parts; the current name of a place wins."""
    found = {key(name.rpartition("/")[2]): name for name in (*zone_names(), *picker_zones())}
    return found | {key(name): name for name in zone_names()}


def key(written: str) -> str:
    """A city's name as it is compared: without regard to case, accents, hyphens and underscores."""
    return " ".join(folded(written).replace("_", " ").replace("-", " ").split())


def zone_of_city(written: str) -> str:
    """The zone of a city, or of a zone's own name; raises UnknownZone, with a suggestion where one is close."""
    wanted = key(written)
    if wanted in sharing_cities():
        return sharing_cities()[wanted][1]
    if wanted in _zones():
        return _zones()[wanted]
    zone_info(written.strip())  # raises, in words that help
    raise UnknownZone(written, None)
