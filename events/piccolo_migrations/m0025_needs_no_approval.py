"""Who was invited without approval needs none whatever becomes of the invitation."""

SQL = """
ALTER TABLE registration ADD COLUMN skips_approval BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE registration SET skips_approval = TRUE WHERE id IN (
    SELECT g.registration FROM guest g JOIN guest_batch b ON b.id = g.batch
    WHERE g.state = 'registered' AND b.skips_approval
)
"""
