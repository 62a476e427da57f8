"""Contacts and who was invited are among what was erased; SQLite changes no CHECK, so the table is copied."""

SQL = """
CREATE TABLE erasure_of_all (
    {id},
    at TIMESTAMPTZ NOT NULL,
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('people', 'access', 'answers', 'contacts', 'invited')),
    question VARCHAR(40) NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    UNIQUE (event, at, kind, question)
);
INSERT INTO erasure_of_all (at, event, kind, question, number)
    SELECT at, event, kind, question, number FROM erasure ORDER BY id;
DROP TABLE erasure;
ALTER TABLE erasure_of_all RENAME TO erasure
"""
