-- One-time links. The token itself is only ever in the link.
CREATE TABLE links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'reset')),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
