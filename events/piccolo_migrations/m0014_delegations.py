"""How many one organisation may send, who is above that, who of it decides; people whom somebody else registered."""

SQL = """
ALTER TABLE event ADD COLUMN affiliation_limit JSON;
ALTER TABLE event ADD COLUMN delegations BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE registration ADD COLUMN over_limit BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX registration_affiliation ON registration (event, affiliation_folded) WHERE affiliation_folded IS NOT NULL;
CREATE TABLE delegation (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(254) NOT NULL,
    language VARCHAR(35) NOT NULL,
    affiliation VARCHAR(200),
    affiliation_type VARCHAR(20),
    affiliation_country VARCHAR(2),
    asked INTEGER NOT NULL,
    code VARCHAR(26) NOT NULL UNIQUE,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    token_counter INTEGER NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    erased_at TIMESTAMPTZ
);
CREATE INDEX delegation_event ON delegation (event);
CREATE TABLE delegate (
    {id},
    delegation INTEGER NOT NULL REFERENCES delegation (id) ON DELETE RESTRICT,
    registration INTEGER NOT NULL UNIQUE REFERENCES registration (id) ON DELETE RESTRICT
);
CREATE INDEX delegate_delegation ON delegate (delegation);
CREATE TABLE focal_point (
    {id},
    event INTEGER NOT NULL REFERENCES event (id) ON DELETE RESTRICT,
    affiliation VARCHAR(200) NOT NULL,
    affiliation_folded VARCHAR(400) NOT NULL,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(254) NOT NULL,
    language VARCHAR(35) NOT NULL,
    code VARCHAR(26) NOT NULL UNIQUE,
    token_digest VARCHAR(64) NOT NULL UNIQUE,
    token_counter INTEGER NOT NULL,
    named_at TIMESTAMPTZ NOT NULL,
    told_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX focal_point_affiliation ON focal_point (event, affiliation_folded) WHERE ended_at IS NULL
"""
