"""Files that wait to be imported, and what is remembered of what was."""

SQL = """
CREATE TABLE import_upload (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    name VARCHAR(300) NOT NULL,
    source VARCHAR(300) NOT NULL,
    family VARCHAR(20) NOT NULL CHECK (family IN ('calendar', 'table')),
    digest VARCHAR(64) NOT NULL,
    found JSON NOT NULL,
    choices JSON NOT NULL,
    outcome JSON,
    created_by VARCHAR(80) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX import_upload_organisation ON import_upload (organisation);
CREATE INDEX import_upload_expires ON import_upload (expires_at);
CREATE TABLE imported (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    family VARCHAR(40) NOT NULL,
    source VARCHAR(300) NOT NULL,
    source_uid VARCHAR(255) NOT NULL,
    recurrence VARCHAR(40) NOT NULL,
    sequence INTEGER NOT NULL,
    said JSON NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    UNIQUE (organisation, family, source_uid, recurrence)
);
CREATE INDEX imported_event ON imported (event);
CREATE INDEX imported_source ON imported (organisation, family, source);
CREATE TABLE import_habit (
    {id},
    organisation INTEGER NOT NULL UNIQUE REFERENCES organisation (id) ON DELETE RESTRICT,
    headings JSON NOT NULL,
    zone VARCHAR(64) NOT NULL,
    language VARCHAR(35) NOT NULL,
    version INTEGER NOT NULL
)
"""
