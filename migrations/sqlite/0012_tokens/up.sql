-- What programs sign in with. The token itself is shown once; this is its SHA-256. Who ended one is in the log.
CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    -- The last characters, to tell one from another.
    hint TEXT NOT NULL,
    scopes INTEGER NOT NULL CHECK (scopes > 0),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    last_used_at TEXT
) STRICT;

CREATE INDEX tokens_by_user ON tokens (user_id, id);
CREATE INDEX tokens_by_end ON tokens (expires_at);

-- Which token a person did something with.
ALTER TABLE audit ADD COLUMN token_id TEXT;

-- Requests that must not be done twice: whoever makes them gives them a key. The row is written with the change, and says
-- what was changed; it holds nothing of the answer.
CREATE TABLE repeats (
    token_id TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    targets TEXT NOT NULL,
    PRIMARY KEY (token_id, key_hash)
) STRICT;

CREATE INDEX repeats_by_time ON repeats (created_at);
