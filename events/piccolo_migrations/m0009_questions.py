"""What registration forms ask, what people answer and the files they send along; who may read sensitive answers."""

SQL = """
ALTER TABLE event ADD COLUMN form VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE membership ADD COLUMN sensitive BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE question_form (
    {id},
    event INTEGER NOT NULL UNIQUE REFERENCES event (id) ON DELETE RESTRICT,
    document JSON NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE question (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    name VARCHAR(40) NOT NULL,
    sensitive BOOLEAN NOT NULL,
    purge_days INTEGER CHECK (purge_days >= 0),
    UNIQUE (event, name),
    CHECK (sensitive = (purge_days IS NOT NULL))
);
CREATE TABLE question_version (
    {id},
    question INTEGER NOT NULL REFERENCES question (id) ON DELETE RESTRICT,
    wording JSON NOT NULL,
    made_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX question_version_question ON question_version (question);
CREATE TABLE question_template (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    document JSON NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (organisation, name)
);
CREATE TABLE answer (
    {id},
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    question INTEGER NOT NULL REFERENCES question (id) ON DELETE RESTRICT,
    version INTEGER NOT NULL REFERENCES question_version (id) ON DELETE RESTRICT,
    value TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    purged_at TIMESTAMPTZ
);
CREATE INDEX answer_registration ON answer (registration, question);
CREATE UNIQUE INDEX answer_listed ON answer (question, value, registration) WHERE listed;
CREATE TABLE upload (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    question INTEGER NOT NULL REFERENCES question (id) ON DELETE RESTRICT,
    registration INTEGER REFERENCES registration (id) ON DELETE RESTRICT,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    name VARCHAR(200) NOT NULL,
    media_type VARCHAR(60) NOT NULL,
    content BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX upload_registration ON upload (registration, question);
CREATE INDEX upload_unclaimed ON upload (created_at) WHERE registration IS NULL
"""
