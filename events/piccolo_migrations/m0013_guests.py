"""People whom organisers invite by a list: what an invitation gives, until when, and what became of it."""

SQL = """
ALTER TABLE event ADD COLUMN invites BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE guest_batch (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    skips_approval BOOLEAN NOT NULL,
    reserves BOOLEAN NOT NULL,
    note JSON NOT NULL,
    expires_wall VARCHAR(16) NOT NULL,
    expires_zone VARCHAR(64) NOT NULL,
    expires_fold INTEGER NOT NULL CHECK (expires_fold IN (0, 1)),
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX guest_batch_event ON guest_batch (event);
CREATE TABLE guest (
    {id},
    batch INTEGER NOT NULL REFERENCES guest_batch (id) ON DELETE RESTRICT,
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(254) NOT NULL,
    email_folded VARCHAR(254) NOT NULL,
    language VARCHAR(35) NOT NULL,
    affiliation VARCHAR(200),
    mode VARCHAR(20) CHECK (mode IN ('in_person', 'online')),
    reserved VARCHAR(20) CHECK (reserved IN ('in_person', 'online')),
    state VARCHAR(20) NOT NULL CHECK (state IN ('invited', 'registered', 'declined', 'expired', 'withdrawn')),
    code VARCHAR(26) NOT NULL UNIQUE,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    registration INTEGER REFERENCES registration (id) ON DELETE RESTRICT,
    invited_at TIMESTAMPTZ NOT NULL,
    mailed_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    erased_at TIMESTAMPTZ,
    CHECK (reserved IS NULL OR state = 'invited')
);
CREATE UNIQUE INDEX guest_invited ON guest (event, email_folded) WHERE state = 'invited';
CREATE INDEX guest_event ON guest (event, id);
CREATE INDEX guest_batch_of ON guest (batch) WHERE state = 'invited';
CREATE INDEX guest_registration ON guest (registration) WHERE registration IS NOT NULL;
CREATE TABLE guest_refusal (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    email_digest VARCHAR(64) NOT NULL,
    refused_at TIMESTAMPTZ NOT NULL,
    UNIQUE (organisation, email_digest)
)
"""
