DROP INDEX invites_listed_by_code;
CREATE INDEX invites_listed_by_code ON invites (role, code_reading) WHERE deleted_at IS NULL;
