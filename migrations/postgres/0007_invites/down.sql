ALTER TABLE settings DROP COLUMN code_length;
ALTER TABLE settings DROP COLUMN registration_mode;
DROP INDEX users_by_time;
DROP INDEX users_attempt;
ALTER TABLE users DROP COLUMN attempt;
DROP TABLE invite_uses;
DROP TABLE invites;
