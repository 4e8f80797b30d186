DROP INDEX audit_by_target_actor;
DROP INDEX audit_by_target_action;
DROP INDEX audit_by_target;
DROP INDEX audit_by_actor_action;
DROP INDEX audit_by_actor;
DROP INDEX audit_by_action;
DROP INDEX audit_by_shelf;
CREATE INDEX audit_by_target ON audit (target_kind, target_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
