DROP TABLE repeats;
ALTER TABLE audit DROP COLUMN token_id;
DROP TABLE tokens;
