"""What organisers add to registrations: their answers to requests, tags, notes, and links to register early."""

SQL = """
CREATE TABLE request_answer (
    {id},
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    was VARCHAR(20) NOT NULL,
    accepted BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    answered_by VARCHAR(60) NOT NULL,
    answered_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX request_answer_registration ON request_answer (registration);
CREATE TABLE registration_tag (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    tag VARCHAR(40) NOT NULL,
    tag_folded VARCHAR(80) NOT NULL,
    UNIQUE (registration, tag_folded)
);
CREATE INDEX registration_tag_event ON registration_tag (event, tag_folded);
CREATE TABLE registration_note (
    {id},
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    text TEXT NOT NULL,
    written_by VARCHAR(60) NOT NULL,
    written_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX registration_note_registration ON registration_note (registration);
CREATE TABLE early_link (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    after_closing BOOLEAN NOT NULL,
    most_uses INTEGER CHECK (most_uses > 0),
    uses INTEGER NOT NULL CHECK (uses >= 0),
    ends_at TIMESTAMPTZ,
    made_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    CHECK (most_uses IS NULL OR uses <= most_uses)
);
CREATE INDEX early_link_event ON early_link (event);
CREATE TABLE early_registration (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    link INTEGER NOT NULL REFERENCES early_link (id) ON DELETE RESTRICT
);
CREATE INDEX early_registration_link ON early_registration (link)
"""
