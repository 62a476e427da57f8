"""What a conference's programme is made of, from its speakers to the versions in which it is released."""

SQL = """
CREATE TABLE speaker (
    {id},
    organisation INTEGER NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL CHECK (name <> ''),
    name_folded TEXT NOT NULL,
    affiliation VARCHAR(200),
    affiliation_folded TEXT NOT NULL,
    function JSON NOT NULL,
    biography JSON NOT NULL,
    UNIQUE (organisation, name_folded, affiliation_folded)
);
CREATE TABLE appearance (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    speaker INTEGER NOT NULL REFERENCES speaker (id) ON DELETE RESTRICT,
    role VARCHAR(20) NOT NULL CHECK (role IN
        ('opening', 'moderator', 'keynote', 'speaker', 'panellist', 'discussant', 'rapporteur', 'closing')),
    remote BOOLEAN,
    UNIQUE (event, speaker, role)
);
CREATE INDEX appearance_speaker ON appearance (speaker);
CREATE TABLE document (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL CHECK (kind IN
        ('concept_note', 'flyer', 'agenda', 'presentation', 'recording', 'report', 'other')),
    title JSON NOT NULL,
    url VARCHAR(1000) NOT NULL,
    language VARCHAR(35)
);
CREATE INDEX document_event ON document (event);
CREATE TABLE track (
    {id},
    conference INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    key VARCHAR(80) NOT NULL,
    name JSON NOT NULL,
    colour VARCHAR(7) NOT NULL,
    UNIQUE (conference, key)
);
CREATE TABLE room (
    {id},
    conference INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL CHECK (name <> ''),
    UNIQUE (conference, name)
);
CREATE TABLE plenary (
    {id},
    conference INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    title JSON NOT NULL,
    starts_wall VARCHAR(16) NOT NULL,
    starts_zone VARCHAR(64) NOT NULL,
    starts_fold INTEGER NOT NULL CHECK (starts_fold IN (0, 1)),
    ends_wall VARCHAR(16) NOT NULL,
    ends_zone VARCHAR(64) NOT NULL,
    ends_fold INTEGER NOT NULL CHECK (ends_fold IN (0, 1)),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    CHECK (ends_at > starts_at)
);
CREATE INDEX plenary_conference ON plenary (conference, starts_at);
CREATE TABLE session_track (
    {id},
    event INTEGER NOT NULL UNIQUE REFERENCES event (id) ON DELETE RESTRICT,
    track INTEGER NOT NULL REFERENCES track (id) ON DELETE RESTRICT
);
CREATE INDEX session_track_track ON session_track (track);
CREATE TABLE session_draft (
    {id},
    event INTEGER NOT NULL UNIQUE REFERENCES event (id) ON DELETE RESTRICT,
    patch JSON NOT NULL,
    cancels BOOLEAN NOT NULL,
    reason JSON NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE programme_version (
    {id},
    conference INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    number INTEGER NOT NULL CHECK (number > 0),
    note JSON NOT NULL,
    sessions JSON NOT NULL,
    released_at TIMESTAMPTZ NOT NULL,
    UNIQUE (conference, number)
)
"""
