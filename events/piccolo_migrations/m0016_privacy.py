"""How long an event keeps who came, why it asks, what was erased, what numbers stay, and who looked at what."""

SQL = """
ALTER TABLE organisation ADD COLUMN refuse_disposable BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE event ADD COLUMN retention_days INTEGER CHECK (retention_days > 0);
ALTER TABLE event ADD COLUMN purpose JSON NOT NULL DEFAULT '{{}}';
CREATE TABLE erasure (
    {id},
    at TIMESTAMPTZ NOT NULL,
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('people', 'access', 'answers')),
    question VARCHAR(40) NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    UNIQUE (event, at, kind, question)
);
CREATE TABLE remaining_count (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('type', 'country')),
    value VARCHAR(20) NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    UNIQUE (event, kind, value)
);
CREATE INDEX activity_looks ON activity (organisation, id)
    WHERE verb IN ('read_sensitive', 'exported_sensitive', 'read_access')
"""
