-- Whose row it is, in one word: the role that a person had, or who else did it. Who may see a row is decided by it.
ALTER TABLE audit ADD COLUMN shelf TEXT NOT NULL GENERATED ALWAYS AS (coalesce(actor_role, actor_kind)) VIRTUAL;

-- One index for each way to narrow the log down, each with the shelf before the time: a page is put together from one
-- short walk for each shelf, and no walk meets a row that it does not show.
DROP INDEX audit_by_action;
DROP INDEX audit_by_target;
CREATE INDEX audit_by_shelf ON audit (shelf, id);
CREATE INDEX audit_by_action ON audit (action, shelf, id);
CREATE INDEX audit_by_actor ON audit (actor_id, shelf, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_actor_action ON audit (actor_id, action, shelf, id) WHERE actor_id IS NOT NULL;
-- Nobody asks for the history of a session.
CREATE INDEX audit_by_target ON audit (target_id, shelf, id) WHERE target_kind <> 'session';
CREATE INDEX audit_by_target_action ON audit (target_id, action, shelf, id) WHERE target_kind <> 'session';
CREATE INDEX audit_by_target_actor ON audit (target_id, actor_id, shelf, id)
    WHERE target_kind <> 'session' AND actor_id IS NOT NULL;
