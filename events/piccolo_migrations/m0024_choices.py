"""Only choices are indexed by what was chosen, for they alone can be taken up; a question is listed or not."""

SQL = """
ALTER TABLE question ADD COLUMN listed BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE question SET listed = TRUE WHERE id IN (
    SELECT question FROM question_version
    WHERE CAST(wording AS TEXT) LIKE '%"kind":"single_choice"%'
        OR CAST(wording AS TEXT) LIKE '%"kind":"multiple_choice"%'
        OR CAST(wording AS TEXT) LIKE '%"kind":"yes_no"%'
        OR CAST(wording AS TEXT) LIKE '%"kind":"country"%'
);
DROP INDEX answer_listed;
ALTER TABLE answer RENAME COLUMN listed TO chosen;
UPDATE answer SET chosen = FALSE WHERE chosen AND question NOT IN (
    SELECT question FROM question_version
    WHERE CAST(wording AS TEXT) LIKE '%"kind":"single_choice"%'
        OR CAST(wording AS TEXT) LIKE '%"kind":"multiple_choice"%'
);
CREATE UNIQUE INDEX answer_chosen ON answer (question, value, registration) WHERE chosen
"""
