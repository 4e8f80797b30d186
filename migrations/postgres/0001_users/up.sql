-- One row for each person. `*_folded` and `*_skeleton` are folded by the program, never by SQL:
-- the two databases do not agree on what lower-case means.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    username_skeleton TEXT NOT NULL UNIQUE,
    display_name TEXT,
    email TEXT,
    email_folded TEXT UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('member', 'support', 'manager', 'admin', 'owner')),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'removed')),
    status_reason TEXT,
    created_at TIMESTAMP NOT NULL,
    CHECK ((email IS NULL) = (email_folded IS NULL))
);

CREATE INDEX users_by_role ON users (role, status);
