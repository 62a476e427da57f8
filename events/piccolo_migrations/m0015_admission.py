"""The step of the house beside the registration: what an event asks, how each person stands, who was reminded when.

And the lists that are handed to the host.
"""

SQL = """
ALTER TABLE event ADD COLUMN admission_step BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE event ADD COLUMN admission_link VARCHAR(500);
ALTER TABLE event ADD COLUMN admission_by_wall VARCHAR(16);
ALTER TABLE event ADD COLUMN admission_by_zone VARCHAR(64);
ALTER TABLE event ADD COLUMN admission_by_fold INTEGER NOT NULL DEFAULT 0 CHECK (admission_by_fold IN (0, 1));
ALTER TABLE event ADD COLUMN admission_remind VARCHAR(10) NOT NULL DEFAULT 'off'
    CHECK (admission_remind IN ('off', 'days', 'weekly'));
ALTER TABLE event ADD COLUMN admission_days JSON NOT NULL DEFAULT '[]';
CREATE INDEX event_reminding ON event (starts_at) WHERE admission_remind <> 'off';
CREATE TABLE admission (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    state VARCHAR(20) NOT NULL CHECK (state IN ('not_needed', 'annual_pass', 'applied', 'approved', 'refused')),
    by_organiser BOOLEAN NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE admission_reminder (
    {id},
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    day DATE NOT NULL,
    queued_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX admission_reminder_once ON admission_reminder (registration, day);
CREATE TABLE host_list_plan (
    {id},
    event INTEGER NOT NULL UNIQUE REFERENCES event (id) ON DELETE RESTRICT,
    hours INTEGER NOT NULL CHECK (hours >= 0)
);
CREATE TABLE host_list (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    closed_at TIMESTAMPTZ NOT NULL,
    actor VARCHAR(60) NOT NULL,
    for_start TIMESTAMPTZ
);
CREATE UNIQUE INDEX host_list_once ON host_list (event, for_start);
CREATE TABLE host_list_entry (
    {id},
    host_list INTEGER NOT NULL REFERENCES host_list (id) ON DELETE RESTRICT,
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    code VARCHAR(26) NOT NULL
);
CREATE UNIQUE INDEX host_list_entry_once ON host_list_entry (host_list, registration)
"""
