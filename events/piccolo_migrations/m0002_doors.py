"""Doors and the scans made there."""

SQL = """
CREATE TABLE door (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    reentry BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    opens_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ
);
CREATE INDEX door_event ON door (event);
CREATE TABLE scan (
    {id},
    door INTEGER NOT NULL REFERENCES door (id) ON DELETE RESTRICT,
    registration INTEGER REFERENCES registration (id) ON DELETE RESTRICT,
    code_read VARCHAR(200) NOT NULL,
    nonce VARCHAR(100),
    direction VARCHAR(3) NOT NULL CHECK (direction IN ('in', 'out')),
    result VARCHAR(10) NOT NULL CHECK (result IN ('admitted', 'refused')),
    reason VARCHAR(20),
    day DATE NOT NULL,
    exclusive BOOLEAN NOT NULL,
    scanned_at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    CHECK ((result = 'refused') = (reason IS NOT NULL))
);
CREATE UNIQUE INDEX scan_nonce ON scan (door, nonce);
CREATE UNIQUE INDEX scan_once ON scan (door, registration, day) WHERE exclusive;
CREATE INDEX scan_registration ON scan (registration)
"""
