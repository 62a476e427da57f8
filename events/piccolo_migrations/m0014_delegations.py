"""How many one organisation may send to an event, and who is above that."""

SQL = """
ALTER TABLE event ADD COLUMN affiliation_limit JSON;
ALTER TABLE registration ADD COLUMN over_limit BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX registration_affiliation ON registration (event, affiliation_folded) WHERE affiliation_folded IS NOT NULL
"""
