"""People: lines beside places, where they come from, what they need, who assists them, whose place it was before."""

SQL = """
ALTER TABLE event ADD COLUMN switch_stops_minutes INTEGER NOT NULL DEFAULT 0 CHECK (switch_stops_minutes >= 0);
ALTER TABLE event ADD COLUMN ask_affiliation VARCHAR(10) NOT NULL DEFAULT 'off'
    CHECK (ask_affiliation IN ('off', 'optional', 'required'));
ALTER TABLE event ADD COLUMN ask_access BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE event ADD COLUMN access_days INTEGER NOT NULL DEFAULT 7 CHECK (access_days >= 0);
ALTER TABLE event ADD COLUMN opens_wall VARCHAR(16);
ALTER TABLE event ADD COLUMN opens_zone VARCHAR(64);
ALTER TABLE event ADD COLUMN opens_fold INTEGER NOT NULL DEFAULT 0 CHECK (opens_fold IN (0, 1));
ALTER TABLE event ADD COLUMN opens_at TIMESTAMPTZ;
ALTER TABLE registration ADD COLUMN waits_for VARCHAR(20) CHECK (waits_for IN ('in_person', 'online'));
ALTER TABLE registration ADD COLUMN affiliation VARCHAR(200);
ALTER TABLE registration ADD COLUMN affiliation_folded VARCHAR(400);
ALTER TABLE registration ADD COLUMN affiliation_type VARCHAR(20);
ALTER TABLE registration ADD COLUMN affiliation_function VARCHAR(200);
ALTER TABLE registration ADD COLUMN affiliation_country VARCHAR(2);
ALTER TABLE registration ADD COLUMN assists INTEGER REFERENCES registration (id) ON DELETE RESTRICT;
ALTER TABLE registration ADD COLUMN assists_as VARCHAR(20);
UPDATE registration SET waits_for = mode WHERE standing = 'waiting';
DROP INDEX registration_line;
DROP INDEX registration_waiting;
CREATE UNIQUE INDEX registration_line ON registration (event, waits_for, queue_number) WHERE waits_for IS NOT NULL;
CREATE INDEX registration_assists ON registration (event, assists) WHERE assists IS NOT NULL;
CREATE TABLE access_wish (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    interpretation VARCHAR(35),
    captions BOOLEAN NOT NULL,
    sign_language BOOLEAN NOT NULL,
    mobility BOOLEAN NOT NULL,
    other TEXT NOT NULL
);
CREATE TABLE former_ticket (
    {id},
    registration INTEGER NOT NULL REFERENCES registration (id) ON DELETE RESTRICT,
    code VARCHAR(26) NOT NULL UNIQUE,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    language VARCHAR(35) NOT NULL,
    handed_over_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX former_ticket_registration ON former_ticket (registration);
CREATE TABLE join_visit (
    {id},
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT,
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0)
);
CREATE TABLE affiliation (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    name_folded VARCHAR(400) NOT NULL,
    type VARCHAR(20),
    country VARCHAR(2),
    listed BOOLEAN NOT NULL,
    times INTEGER NOT NULL,
    UNIQUE (organisation, name_folded)
)
"""
