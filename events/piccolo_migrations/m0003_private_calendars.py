"""A private feed for each person; what calendars remember of events taken back; tags and venues to ask for."""

SQL = """
CREATE TABLE private_feed (
    {id},
    digest VARCHAR(64) NOT NULL UNIQUE,
    email_folded VARCHAR(254) UNIQUE,
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    alarm_minutes INTEGER CHECK (alarm_minutes > 0),
    asked_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    fetched_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    CHECK ((email_folded IS NULL) = (ended_at IS NOT NULL))
);
CREATE INDEX private_feed_registration ON private_feed (registration);
CREATE INDEX registration_email ON registration (email_folded);
CREATE TABLE withdrawn (
    {id},
    uid VARCHAR(255) NOT NULL UNIQUE,
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    slug VARCHAR(80) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    title JSON NOT NULL,
    starts_wall VARCHAR(16) NOT NULL,
    starts_zone VARCHAR(64) NOT NULL,
    starts_fold INTEGER NOT NULL CHECK (starts_fold IN (0, 1)),
    ends_wall VARCHAR(16) NOT NULL,
    ends_zone VARCHAR(64) NOT NULL,
    ends_fold INTEGER NOT NULL CHECK (ends_fold IN (0, 1)),
    all_day BOOLEAN NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    part_of INTEGER REFERENCES event (id) ON DELETE RESTRICT,
    modes TEXT NOT NULL,
    search_text TEXT NOT NULL,
    spoken TEXT NOT NULL,
    tagged TEXT NOT NULL,
    placed TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ NOT NULL,
    deleted BOOLEAN NOT NULL
);
CREATE INDEX withdrawn_at ON withdrawn (withdrawn_at);
CREATE INDEX withdrawn_slug ON withdrawn (slug);
CREATE INDEX withdrawn_part_of ON withdrawn (part_of);
ALTER TABLE event ADD COLUMN tagged TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN placed TEXT NOT NULL DEFAULT '';
UPDATE event SET
    tagged = CASE WHEN CAST(tags AS TEXT) = '[]' THEN '' ELSE
        LOWER(REPLACE(REPLACE(REPLACE(CAST(tags AS TEXT), '["', '|'), '","', '|'), '"]', '|')) END,
    placed = LOWER(COALESCE(venue_name, ''))
"""
