-- The record behind a code. Deleted ones stay as the origin of the accounts they made.
CREATE TABLE invites (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    code_reading TEXT NOT NULL UNIQUE,
    label TEXT,
    label_folded TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('member', 'support', 'manager', 'admin')),
    max_uses INTEGER CHECK (max_uses > 0),
    uses INTEGER NOT NULL CHECK (uses >= 0),
    expires_at TEXT,
    -- Set once the end has come, so that a list of what is active never wades through all that is not.
    lapsed INTEGER NOT NULL,
    delete_users_on_expiry INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    deleted_at TEXT,
    batch_id TEXT,
    created_by TEXT REFERENCES users (id),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_used_at TEXT,
    standing TEXT NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN lapsed THEN 'expired'
            WHEN max_uses IS NOT NULL AND uses >= max_uses THEN 'used_up'
            WHEN paused THEN 'paused'
            ELSE 'active'
        END
    ) STORED,
    -- The second lock behind the guard in the UPDATE.
    CHECK (max_uses IS NULL OR uses <= max_uses),
    CHECK (expires_at IS NOT NULL OR NOT delete_users_on_expiry)
) STRICT;

-- Newest first, for each tab and each filter, without those that were deleted.
CREATE INDEX invites_listed ON invites (id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_standing ON invites (standing, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_role ON invites (role, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_creator ON invites (created_by, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_standing_role ON invites (standing, role, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_standing_creator ON invites (standing, created_by, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_by_batch ON invites (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE INDEX invites_ending ON invites (expires_at) WHERE deleted_at IS NULL AND NOT lapsed;
CREATE INDEX invites_by_label ON invites (label_folded, id) WHERE deleted_at IS NULL;

-- Who came in through which code: one row for each use, never given back.
CREATE TABLE invite_uses (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
    invite_id TEXT NOT NULL REFERENCES invites (id),
    used_at TEXT NOT NULL
) STRICT;

CREATE INDEX invite_uses_by_invite ON invite_uses (invite_id, user_id);

-- The attempt that made an account, so that a form sent twice makes one.
ALTER TABLE users ADD COLUMN attempt TEXT;
CREATE UNIQUE INDEX users_attempt ON users (attempt) WHERE attempt IS NOT NULL;
CREATE INDEX users_by_time ON users (created_at);

ALTER TABLE settings ADD COLUMN registration_mode TEXT NOT NULL DEFAULT 'invite_only'
    CHECK (registration_mode IN ('invite_only', 'open', 'closed'));
ALTER TABLE settings ADD COLUMN code_length INTEGER NOT NULL DEFAULT 12 CHECK (code_length BETWEEN 6 AND 32);
