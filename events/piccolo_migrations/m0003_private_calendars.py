"""Each person's private feed of all their registrations."""

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
CREATE INDEX registration_email ON registration (email_folded)
"""
