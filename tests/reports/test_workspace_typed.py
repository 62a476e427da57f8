"""The event form and the API's document say the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.programme.forms.patches import merged
from events.reports.workspace.beside import times_told_twice
from events.reports.workspace.document import document_in, patch_to
from events.reports.workspace.typed import languages_of, typed_in, typed_of

NEW_YORK = "America/New_York"
FULL: dict[str, Any] = {
    "slug": "care-skills-count",
    "kind": "side_event",
    "title": {"en": "Care skills count", "fr": "Les compétences du soin comptent", "sw": "Ujuzi wa malezi"},
    "summary": {"en": "What unpaid care teaches."},
    "description": {"en": "First line\n\nThird line"},
    "theme": {},
    "admission": {"fr": "Un laissez-passer est exigé."},
    "sample": {"en": "A sample"},
    "all_day": False,
    "starts": {"wall": "2027-11-07T01:30", "zone": NEW_YORK, "fold": 1},
    "ends": {"wall": "2027-11-07T09:00", "zone": "Europe/Paris"},
    "also_show": ["Asia/Tashkent", "Africa/Casablanca"],
    "part_of": "csocd65",
    "standing_in_parent": "official",
    "host_body": "United Nations",
    "session_number": "65",
    "listing_url": None,
    "partners": [{"name": "UNESCO", "role": "host_body"}, {"name": "LSE", "role": "co_sponsor"}],
    "speakers": [
        {
            "id": 7,
            "name": "Ana Reyes",
            "role": "moderator",
            "affiliation": "UNESCO",
            "function": {"en": "Director"},
            "biography": {"es": "Ana vive en Manila."},
            "remote": True,
        },
        {
            "id": 9,
            "name": "Wei Zhang",
            "role": "closing",
            "affiliation": None,
            "function": {},
            "biography": {},
            "remote": False,
        },
    ],
    "documents": [{"url": "https://example.org/note", "kind": "flyer", "title": {"en": "Note"}, "language": None}],
    "track": "policy",
    "tracks": [{"key": "policy", "name": {"en": "Policy"}, "colour": "#0b5c7a"}],
    "rooms": ["Hall A", "Hall B"],
    "plenary": [
        {
            "starts": {"wall": "2027-11-07T01:30", "zone": NEW_YORK, "fold": 0},
            "ends": {"wall": "2027-11-07T11:00", "zone": "Europe/Paris"},
            "title": {},
        },
    ],
    "venue": {"name": "UN Headquarters", "address": None, "room": "CR-12", "lat": 40.7489, "lon": -73.968},
    "modes": {
        "in_person": {"capacity": 80, "overbooking": 10, "closes": {"wall": "2027-11-06T18:00", "zone": NEW_YORK}},
        "online": {"capacity": None, "overbooking": 0, "closes": None},
    },
    "joining_link": "https://example.org/join",
    "join_opens_minutes": 15,
    "recording_url": None,
    "languages": ["en", "fr", "sw"],
    "interpretation": ["ils"],
    "accessibility": ["captions"],
    "tags": ["care", "social development"],
    "prove_address": True,
    "approval": False,
    "waiting_list": True,
    "hold_hours": 48,
    "promotion_stops_minutes": 0,
    "switch_stops_minutes": 120,
    "admission_step": {
        "link": "https://indico.un.org/",
        "deadline": {"wall": "2027-11-07T01:30", "zone": NEW_YORK, "fold": 1},
        "remind": "days",
        "remind_days": [14, 7, 2],
    },
    "opens": {"wall": "2026-12-01T09:00", "zone": "Africa/Nairobi"},
    "ask_affiliation": "optional",
    "ask_access": True,
    "access_days": 10,
    "affiliation_limit": {"most": 3, "by_type": {"member_state": 5}, "in_person_only": True, "beyond": "approval"},
    "delegations": True,
}


def test_a_form_sent_as_it_was_shown_changes_nothing() -> None:
    sent = typed_in((name, text) for name, text in typed_of(FULL).items() if not name.startswith("sample"))
    assert document_in(sent, FULL) == FULL
    assert patch_to(FULL, document_in(sent, FULL)) == {}


@pytest.mark.parametrize(
    ("typed", "patch"),
    [
        ({"title.sw": ""}, {"title": {"sw": None}}),
        ({"modes.in_person.offered": ""}, {"modes": {"in_person": None}}),
        ({"modes.in_person.closes.wall": ""}, {"modes": {"in_person": {"closes": None}}}),
        ({"modes.in_person.capacity": ""}, {"modes": {"in_person": {"capacity": None}}}),
        ({"modes.in_person.capacity": "eighty"}, {"modes": {"in_person": {"capacity": "eighty"}}}),
        ({"venue.room": " ", "venue.lat": "40,7"}, {"venue": {"room": None, "lat": 40.7}}),
        ({"partners.0.name": " "}, {"partners": [{"name": "LSE", "role": "co_sponsor"}]}),
        ({"tags": "care، peace;  care\n"}, {"tags": ["care", "peace"]}),
        ({"hold_hours": ""}, {"hold_hours": 24}),
        ({"slug": ""}, {}),
        ({"take": "starts.wall=2027-11-07T03:30"}, {"starts": {"wall": "2027-11-07T03:30"}}),
        ({"also_show.0": ""}, {"also_show": ["Africa/Casablanca"]}),
        ({"ends.zone": ""}, {"ends": {"zone": NEW_YORK}}),
        ({"speakers.0.off": "true"}, {"speakers": [FULL["speakers"][1]]}),
        ({"speakers.0.place": "2", "speakers.1.place": "1"}, {"speakers": FULL["speakers"][::-1]}),
        (
            {"speakers.0.affiliation": "", "speakers.1.off": "true"},
            {"speakers": [FULL["speakers"][0] | {"affiliation": None}]},
        ),
        (
            {
                "speakers.4.name": "Léa",
                "speakers.4.role": "speaker",
                "speakers.4.affiliation": " ",
                "speakers.4.id": "",
            },
            {"speakers": [*FULL["speakers"], {"name": "Léa", "role": "speaker", "remote": None, "id": None}]},
        ),
        ({"documents.0.url": "", "documents.0.title.en": ""}, {"documents": []}),
        ({"rooms.0": " "}, {"rooms": ["Hall B"]}),
        ({"track": ""}, {"track": None}),
        ({"affiliation_limit.most": ""}, {"affiliation_limit": {"most": None}}),
        ({"affiliation_limit.by_type.member_state": ""}, {"affiliation_limit": {"by_type": {"member_state": None}}}),
        ({"admission_step.offered": ""}, {"admission_step": None}),
        ({"admission_step.remind_days": "7; soon"}, {"admission_step": {"remind_days": [7, "soon"]}}),
    ],
)
def test_what_is_typed_becomes_a_merge_patch(typed: dict[str, str], patch: dict[str, Any]) -> None:
    assert patch_to(FULL, document_in(typed_in((typed_of(FULL) | typed).items()), FULL)) == patch


def test_all_venue_fields_emptied_take_the_venue_away() -> None:
    emptied = {f"venue.{part}": "" for part in ("name", "address", "room", "lat", "lon")}
    assert patch_to(FULL, document_in(typed_in((typed_of(FULL) | emptied).items()), FULL)) == {"venue": None}


def test_rows_out_of_order_and_with_odd_numbers_are_closed_up() -> None:
    sent = {"partners.7.name": "LSE", "partners.7.role": "co_sponsor", "partners.2.name": "", "partners.x.name": "no"}
    assert typed_in((sent | {"partners.99999999999.name": "no"}).items()) == {
        "partners.0.name": "LSE",
        "partners.0.role": "co_sponsor",
    }


def test_further_languages_are_offered_while_something_is_written_in_them() -> None:
    assert languages_of(typed_of(FULL)) == ["en", "fr", "es", "sw"]
    assert languages_of({"title.sw": " "}) == ["en", "fr"]


def test_which_of_two_is_asked_only_where_clocks_go_back() -> None:
    assert times_told_twice(typed_of(FULL)) == dict.fromkeys(
        ("starts", "admission_step.deadline", "plenary.0.starts"), ("UTC-4", "UTC-5")
    )
    assert times_told_twice({"starts.wall": "2027-11-07T02:30", "starts.zone": NEW_YORK}) == {}
    assert times_told_twice({"starts.wall": "soon", "starts.zone": "Nowhere"}) == {}


plain = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abcd"), plain, max_size=4)


@given(documents, documents)
def test_a_patch_makes_of_one_document_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert merged(before, patch_to(before, after)) == after
