"""What organisers write to those who are registered: reminders and announcements, who got them, who wants none."""

SQL = """
CREATE TABLE announcement (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    state VARCHAR(10) NOT NULL CHECK (state IN ('draft', 'scheduled', 'sending', 'sent', 'missed')),
    subject JSON NOT NULL,
    body JSON NOT NULL,
    audience JSON NOT NULL,
    calendar BOOLEAN NOT NULL,
    anchor VARCHAR(10) NOT NULL CHECK (anchor IN ('now', 'at', 'start', 'end')),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    unit VARCHAR(10) NOT NULL CHECK (unit IN ('minutes', 'hours', 'days', 'weeks')),
    clock VARCHAR(5),
    at_wall VARCHAR(16),
    at_zone VARCHAR(64),
    at_fold INTEGER NOT NULL CHECK (at_fold IN (0, 1)),
    due_at TIMESTAMPTZ,
    event_revision INTEGER NOT NULL,
    tzdata_version VARCHAR(20) NOT NULL,
    reached INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    paused_at TIMESTAMPTZ,
    CHECK ((anchor = 'at') = (at_wall IS NOT NULL AND at_zone IS NOT NULL)),
    CHECK (state NOT IN ('sending', 'sent') OR started_at IS NOT NULL)
);
CREATE INDEX announcement_event ON announcement (event);
CREATE INDEX announcement_ahead ON announcement (state) WHERE state IN ('scheduled', 'sending', 'sent');
CREATE TABLE announcement_recipient (
    {id},
    announcement INTEGER NOT NULL REFERENCES announcement (id) ON DELETE RESTRICT,
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    message INTEGER,
    queued_at TIMESTAMPTZ NOT NULL,
    skipped VARCHAR(20) CHECK (skipped IN ('opted_out', 'not_meant', 'off', 'too_late')),
    UNIQUE (announcement, registration),
    CHECK (message IS NULL OR skipped IS NULL)
);
CREATE INDEX announcement_recipient_registration ON announcement_recipient (registration);
CREATE INDEX announcement_recipient_held ON announcement_recipient (announcement, registration)
    WHERE message IS NULL AND skipped IS NULL;
CREATE TABLE announcement_pause (
    {id},
    event INTEGER NOT NULL UNIQUE REFERENCES event (id) ON DELETE RESTRICT,
    paused_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE announcement_opt_out (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    opted_out_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE standing_note (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    kind VARCHAR(30) NOT NULL,
    text JSON NOT NULL,
    UNIQUE (event, kind)
)
"""
