-- One index for each way to narrow the log down. The key of each ends with the shelf of a row, which is the role that its
-- doer had or the kind of a doer who has none, and with the id: who may see a row is decided by its shelf, and a page is
-- put together from one short walk for each shelf. Each key is one text, so that a planner has but one way to walk
-- through a part of the log from its end; given columns, PostgreSQL may take another index and sift.
DROP INDEX audit_by_action;
DROP INDEX audit_by_target;
CREATE INDEX audit_by_shelf ON audit (coalesce(actor_role, actor_kind) || ' ' || id);
CREATE INDEX audit_by_action ON audit (action || ' ' || coalesce(actor_role, actor_kind) || ' ' || id);
CREATE INDEX audit_by_actor ON audit (actor_id || ' ' || coalesce(actor_role, actor_kind) || ' ' || id)
    WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_actor_action ON audit (actor_id || ' ' || action || ' ' || coalesce(actor_role, actor_kind) || ' ' || id)
    WHERE actor_id IS NOT NULL;
-- Nobody asks for the history of a session.
CREATE INDEX audit_by_target ON audit (target_id || ' ' || coalesce(actor_role, actor_kind) || ' ' || id)
    WHERE target_kind <> 'session';
CREATE INDEX audit_by_target_action ON audit (target_id || ' ' || action || ' ' || coalesce(actor_role, actor_kind) || ' ' || id)
    WHERE target_kind <> 'session';
CREATE INDEX audit_by_target_actor ON audit (target_id || ' ' || actor_id || ' ' || coalesce(actor_role, actor_kind) || ' ' || id)
    WHERE target_kind <> 'session' AND actor_id IS NOT NULL;
