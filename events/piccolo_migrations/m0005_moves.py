"""Changes that people are told of after a while, what an event was moved from, and what calendars answer."""

SQL = """
ALTER TABLE event ADD COLUMN moved_from JSON NOT NULL DEFAULT '{{}}';
CREATE TABLE event_change (
    {id},
    event INTEGER NOT NULL UNIQUE REFERENCES event (id) ON DELETE RESTRICT,
    leaves_at TIMESTAMPTZ NOT NULL,
    steps JSON NOT NULL
);
CREATE INDEX event_change_leaves ON event_change (leaves_at);
ALTER TABLE door ADD COLUMN opens_for TIMESTAMPTZ;
UPDATE door SET opens_for = (SELECT starts_at FROM event WHERE event.id = door.event) WHERE opens_at IS NOT NULL;
CREATE TABLE invitation_reply (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    answer VARCHAR(20) NOT NULL CHECK (answer IN ('ACCEPTED', 'DECLINED', 'TENTATIVE')),
    stamped_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE inbox (
    {id},
    name VARCHAR(500) NOT NULL UNIQUE,
    validity BIGINT NOT NULL,
    last_letter BIGINT NOT NULL,
    read_at TIMESTAMPTZ NOT NULL
)
"""
