"""An answer's question is that of its version, held by one key instead of two; the table is copied, as SQLite asks."""

SQL = """
CREATE UNIQUE INDEX question_version_of ON question_version (id, question);
CREATE TABLE answer_of_version (
    {id},
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    question INTEGER NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    purged_at TIMESTAMPTZ,
    FOREIGN KEY (version, question) REFERENCES question_version (id, question) ON DELETE RESTRICT
);
INSERT INTO answer_of_version (registration, question, version, value, listed, purged_at)
    SELECT registration, question, version, value, listed, purged_at FROM answer ORDER BY id;
DROP TABLE answer;
ALTER TABLE answer_of_version RENAME TO answer;
CREATE INDEX answer_registration ON answer (registration, question);
CREATE UNIQUE INDEX answer_listed ON answer (question, value, registration) WHERE listed
"""
