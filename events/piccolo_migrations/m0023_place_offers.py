"""A place that is offered to somebody who has yet to take it; of an offer that has ended nothing stays."""

SQL = """
CREATE TABLE place_offer (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    delegation INTEGER REFERENCES delegation (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(254) NOT NULL,
    language VARCHAR(35) NOT NULL,
    function VARCHAR(200),
    code VARCHAR(26) NOT NULL UNIQUE,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    held_until TIMESTAMPTZ NOT NULL
)
"""
