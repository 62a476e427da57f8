"""Clashes that somebody has accepted, with the reason; whoever looks for clashes first moves the version `clashes`."""

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
INSERT INTO version (name, number) VALUES ('clashes', 1)
"""
