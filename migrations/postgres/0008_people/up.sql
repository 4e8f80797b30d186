-- What staff know and decide about people. A person who is removed stays until they are purged: then only the fact
-- stays that somebody joined.
ALTER TABLE users ADD COLUMN last_seen_at TIMESTAMP;
ALTER TABLE users ADD COLUMN joined_from TEXT;
ALTER TABLE users ADD COLUMN review TEXT CHECK (review IN ('waiting', 'flagged', 'approved'));
ALTER TABLE users ADD COLUMN review_note TEXT;
ALTER TABLE users ADD COLUMN reviewed_by TEXT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD COLUMN reviewed_at TIMESTAMP;
ALTER TABLE users ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN role_changed_at TIMESTAMP;
ALTER TABLE users ADD COLUMN suspended_at TIMESTAMP;
ALTER TABLE users ADD COLUMN removed_at TIMESTAMP;
ALTER TABLE users ADD COLUMN removed_with TEXT REFERENCES invites (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD COLUMN purged_at TIMESTAMP;

UPDATE users SET review = 'waiting' WHERE id IN (SELECT user_id FROM invite_uses);
UPDATE users SET last_seen_at = (SELECT max(last_seen_at) FROM sessions WHERE user_id = users.id);
UPDATE users SET suspended_at = created_at WHERE status = 'suspended';
UPDATE users SET removed_at = created_at WHERE status = 'removed';

CREATE INDEX users_to_purge ON users (removed_at) WHERE removed_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX users_by_removal ON users (removed_with, id) WHERE removed_with IS NOT NULL AND purged_at IS NULL;
CREATE INDEX users_by_address ON users (joined_from, id) WHERE joined_from IS NOT NULL;

-- When the people of an ended code were removed with it; empty while that waits.
ALTER TABLE invites ADD COLUMN users_removed_at TIMESTAMP;
CREATE INDEX invites_taking_people ON invites (expires_at)
    WHERE delete_users_on_expiry AND deleted_at IS NULL AND users_removed_at IS NULL;
CREATE INDEX invites_lapsed ON invites (expires_at) WHERE deleted_at IS NULL AND lapsed;

-- A reset link belongs to somebody.
ALTER TABLE links ADD COLUMN user_id TEXT REFERENCES users (id);
CREATE INDEX links_by_user ON links (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX links_by_end ON links (expires_at);

ALTER TABLE settings ADD COLUMN email_required BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE settings ADD COLUMN default_role TEXT NOT NULL DEFAULT 'member'
    CHECK (default_role IN ('member', 'support', 'manager', 'admin'));
ALTER TABLE settings ADD COLUMN default_max_uses INTEGER CHECK (default_max_uses BETWEEN 1 AND 1000000);
ALTER TABLE settings ADD COLUMN default_expires_days INTEGER CHECK (default_expires_days BETWEEN 1 AND 3650);
ALTER TABLE settings ADD COLUMN removal_grace_days INTEGER NOT NULL DEFAULT 7
    CHECK (removal_grace_days BETWEEN 0 AND 90);
-- Empty means: keep.
ALTER TABLE settings ADD COLUMN expired_codes_days INTEGER CHECK (expired_codes_days BETWEEN 0 AND 3650);
ALTER TABLE settings ADD COLUMN audit_days INTEGER DEFAULT 400 CHECK (audit_days BETWEEN 1 AND 3650);
ALTER TABLE settings ADD COLUMN support_address TEXT;

-- Who runs a job, until when nobody else does, and what came of it. `stopped_at` waits for an owner.
CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT,
    lease_until TIMESTAMP,
    started_at TIMESTAMP,
    finished_at TIMESTAMP,
    summary TEXT,
    failure TEXT,
    stopped_at TIMESTAMP,
    stopped_because TEXT,
    CHECK ((holder IS NULL) = (lease_until IS NULL)),
    CHECK ((stopped_at IS NULL) = (stopped_because IS NULL))
);

INSERT INTO jobs (name) VALUES ('cleanup');
