"""How many one organisation may send, and who is above that; people whom somebody else registered."""

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
CREATE INDEX delegate_delegation ON delegate (delegation)
"""
