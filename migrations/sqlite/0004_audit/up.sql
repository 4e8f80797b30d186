-- Append-only. Ids are ULIDs, so their order is the order of time.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'token', 'command_line', 'job', 'nobody')),
    actor_id TEXT,
    actor_role TEXT CHECK (actor_role IN ('member', 'support', 'manager', 'admin', 'owner')),
    action TEXT NOT NULL,
    target_kind TEXT,
    target_id TEXT,
    changes TEXT,
    address TEXT,
    request_id TEXT,
    CHECK ((actor_kind IN ('person', 'token')) = (actor_id IS NOT NULL)),
    CHECK ((target_kind IS NULL) = (target_id IS NULL))
) STRICT;

CREATE INDEX audit_by_target ON audit (target_kind, target_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
