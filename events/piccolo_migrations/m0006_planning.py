"""Clashes that somebody has accepted, with the reason, and series of events.

Whoever looks for clashes moves the version `clashes` first.
"""

SQL = """
CREATE TABLE clash (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    other INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('room', 'partner', 'speaker', 'plenary')),
    reason VARCHAR(500) NOT NULL CHECK (reason <> ''),
    actor VARCHAR(60) NOT NULL,
    accepted_at TIMESTAMPTZ NOT NULL,
    UNIQUE (event, other, kind)
);
CREATE INDEX clash_other ON clash (other);
INSERT INTO version (name, number) VALUES ('clashes', 1);
CREATE TABLE series (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    rules TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
ALTER TABLE event ADD COLUMN series INTEGER REFERENCES series (id) ON DELETE RESTRICT;
CREATE INDEX event_series ON event (series)
"""
