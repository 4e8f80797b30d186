-- With the id in it: what begins with some symbols is found without looking into the table for each of them.
DROP INDEX invites_listed_by_code;
CREATE INDEX invites_listed_by_code ON invites (role, code_reading, id) WHERE deleted_at IS NULL;
