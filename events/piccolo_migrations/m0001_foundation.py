"""Organisations and their members, events and their places, registrations, activity and the outbox."""

SQL = """
CREATE TABLE organisation (
    {id},
    slug VARCHAR(80) NOT NULL UNIQUE,
    name VARCHAR(200) NOT NULL,
    short_name VARCHAR(40),
    about JSON NOT NULL,
    website VARCHAR(500),
    contact_email VARCHAR(254),
    accent VARCHAR(7),
    retention_days INTEGER NOT NULL CHECK (retention_days > 0),
    created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE member (
    {id},
    email VARCHAR(254) NOT NULL,
    email_folded VARCHAR(254) NOT NULL UNIQUE,
    name VARCHAR(200) NOT NULL,
    language VARCHAR(35) NOT NULL,
    password_hash TEXT,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE membership (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    member INTEGER NOT NULL REFERENCES member (id) ON DELETE RESTRICT,
    role VARCHAR(20) NOT NULL CHECK (role IN ('owner', 'organiser', 'viewer')),
    UNIQUE (organisation, member)
);
CREATE INDEX membership_member ON membership (member);
CREATE TABLE sign_in (
    {id},
    digest VARCHAR(64) NOT NULL UNIQUE,
    member INTEGER NOT NULL REFERENCES member (id) ON DELETE RESTRICT,
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_member ON sign_in (member);
CREATE TABLE password_link (
    {id},
    digest VARCHAR(64) NOT NULL UNIQUE,
    member INTEGER NOT NULL REFERENCES member (id) ON DELETE RESTRICT,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX password_link_member ON password_link (member);
CREATE TABLE api_token (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    digest VARCHAR(64) NOT NULL UNIQUE,
    scopes VARCHAR(500) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX api_token_organisation ON api_token (organisation);
CREATE TABLE idempotency (
    {id},
    scope VARCHAR(200) NOT NULL,
    key VARCHAR(255) NOT NULL,
    request_digest VARCHAR(64) NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (scope, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);
CREATE TABLE attempt (
    {id},
    key VARCHAR(64) NOT NULL UNIQUE,
    window_ends_at TIMESTAMPTZ NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0)
);
CREATE INDEX attempt_window ON attempt (window_ends_at);
CREATE TABLE version (
    {id},
    name VARCHAR(80) NOT NULL UNIQUE,
    number INTEGER NOT NULL
);
INSERT INTO version (name, number) VALUES ('public', 1);
CREATE TABLE activity (
    {id},
    at TIMESTAMPTZ NOT NULL,
    organisation INTEGER,
    actor VARCHAR(60) NOT NULL,
    verb VARCHAR(60) NOT NULL,
    subject VARCHAR(60) NOT NULL,
    facts JSON NOT NULL
);
CREATE INDEX activity_subject ON activity (subject);
CREATE TABLE message (
    {id},
    kind VARCHAR(60) NOT NULL,
    subject_id INTEGER NOT NULL,
    to_address VARCHAR(254) NOT NULL,
    facts JSON NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    tries INTEGER NOT NULL,
    claimed_until TIMESTAMPTZ,
    sent_at TIMESTAMPTZ,
    failed_at TIMESTAMPTZ,
    last_error TEXT
);
CREATE INDEX message_due ON message (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX message_subject ON message (subject_id, kind);
CREATE TABLE event (
    {id},
    uid VARCHAR(255) NOT NULL UNIQUE,
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    slug VARCHAR(80) NOT NULL UNIQUE,
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('conference', 'side_event', 'broadcast', 'session', 'meeting')),
    status VARCHAR(20) NOT NULL CHECK (status IN ('draft', 'published', 'postponed', 'cancelled')),
    title JSON NOT NULL,
    summary JSON NOT NULL,
    description JSON NOT NULL,
    sample JSON NOT NULL,
    starts_wall VARCHAR(16) NOT NULL,
    starts_zone VARCHAR(64) NOT NULL,
    starts_fold INTEGER NOT NULL CHECK (starts_fold IN (0, 1)),
    ends_wall VARCHAR(16) NOT NULL,
    ends_zone VARCHAR(64) NOT NULL,
    ends_fold INTEGER NOT NULL CHECK (ends_fold IN (0, 1)),
    all_day BOOLEAN NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    tzdata_version VARCHAR(20) NOT NULL,
    also_show JSON NOT NULL,
    part_of INTEGER REFERENCES event (id) ON DELETE RESTRICT,
    standing_in_parent VARCHAR(20) CHECK (standing_in_parent IN ('official', 'parallel', 'own')),
    host_body VARCHAR(200),
    session_number VARCHAR(40),
    theme JSON NOT NULL,
    listing_url VARCHAR(500),
    venue_name VARCHAR(200),
    venue_address VARCHAR(500),
    venue_room VARCHAR(200),
    lat DOUBLE PRECISION CHECK (lat BETWEEN -90 AND 90),
    lon DOUBLE PRECISION CHECK (lon BETWEEN -180 AND 180),
    admission JSON NOT NULL,
    joining_link VARCHAR(1000),
    join_opens_minutes INTEGER NOT NULL CHECK (join_opens_minutes >= 0),
    recording_url VARCHAR(500),
    languages JSON NOT NULL,
    interpretation JSON NOT NULL,
    accessibility JSON NOT NULL,
    tags JSON NOT NULL,
    prove_address BOOLEAN NOT NULL,
    approval BOOLEAN NOT NULL,
    waiting_list BOOLEAN NOT NULL,
    hold_hours INTEGER NOT NULL CHECK (hold_hours > 0),
    promotion_stops_minutes INTEGER NOT NULL CHECK (promotion_stops_minutes >= 0),
    cancelled_reason JSON NOT NULL,
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    calendar_changed_at TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ,
    search_text TEXT NOT NULL,
    spoken TEXT NOT NULL,
    CHECK (ends_at > starts_at),
    CHECK (part_of <> id)
);
CREATE INDEX event_starts ON event (starts_at);
CREATE INDEX event_organisation ON event (organisation, starts_at);
CREATE INDEX event_part_of ON event (part_of);
CREATE TABLE partner (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    role VARCHAR(20) NOT NULL CHECK (role IN ('lead_organiser', 'co_organiser', 'co_sponsor', 'host_body')),
    UNIQUE (event, position)
);
CREATE TABLE event_mode (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    mode VARCHAR(20) NOT NULL CHECK (mode IN ('in_person', 'online')),
    capacity INTEGER CHECK (capacity >= 0),
    overbooking INTEGER NOT NULL CHECK (overbooking BETWEEN 0 AND 100),
    closes_wall VARCHAR(16),
    closes_zone VARCHAR(64),
    closes_fold INTEGER NOT NULL CHECK (closes_fold IN (0, 1)),
    closes_at TIMESTAMPTZ NOT NULL,
    taken INTEGER NOT NULL CHECK (taken >= 0),
    last_in_line INTEGER NOT NULL CHECK (last_in_line >= 0),
    version INTEGER NOT NULL,
    UNIQUE (event, mode)
);
CREATE TABLE registration (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    mode VARCHAR(20) NOT NULL CHECK (mode IN ('in_person', 'online')),
    standing VARCHAR(20) NOT NULL
        CHECK (standing IN ('unverified', 'pending', 'confirmed', 'waiting', 'declined', 'cancelled')),
    holds_place BOOLEAN NOT NULL,
    queue_number INTEGER CHECK (queue_number > 0),
    name VARCHAR(200) NOT NULL,
    name_folded VARCHAR(400) NOT NULL,
    email VARCHAR(254) NOT NULL,
    email_folded VARCHAR(254) NOT NULL,
    language VARCHAR(35) NOT NULL,
    answers JSON NOT NULL,
    code VARCHAR(26) NOT NULL UNIQUE,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    token_counter INTEGER NOT NULL,
    registered_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    held_until TIMESTAMPTZ,
    checked_in_at TIMESTAMPTZ,
    erased_at TIMESTAMPTZ,
    CHECK (standing <> 'waiting' OR queue_number IS NOT NULL),
    CHECK (standing <> 'confirmed' OR holds_place),
    CHECK (standing NOT IN ('waiting', 'declined', 'cancelled') OR NOT holds_place)
);
CREATE UNIQUE INDEX registration_once ON registration (event, email_folded)
    WHERE standing NOT IN ('declined', 'cancelled');
CREATE UNIQUE INDEX registration_line ON registration (event, mode, queue_number);
CREATE INDEX registration_waiting ON registration (event, mode, queue_number) WHERE standing = 'waiting';
CREATE INDEX registration_held ON registration (held_until) WHERE standing = 'unverified'
"""
