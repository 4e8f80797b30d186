-- What lists of a million rows need: an index for each filter, and one for searching inside names.

-- What the program compares names by. Whoever takes the name away has to take this away as well. Names that are there
-- already are folded as well as SQL can, until they are next written.
ALTER TABLE users ADD COLUMN name_folded TEXT NOT NULL DEFAULT '' CHECK (display_name IS NOT NULL OR name_folded = '');
UPDATE users SET name_folded = lower(display_name) WHERE display_name IS NOT NULL;

-- All that somebody can be found by.
ALTER TABLE users ADD COLUMN sought TEXT NOT NULL GENERATED ALWAYS AS (
    username || char(10) || name_folded || char(10) || coalesce(email_folded, '')
) VIRTUAL;

-- The invite somebody came with, as `invite_uses` says it, and who made that, or nothing: here they can be part of an
-- index with the rest.
ALTER TABLE users ADD COLUMN came_with TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN inviter TEXT NOT NULL DEFAULT '';
UPDATE users SET came_with = (SELECT invite_id FROM invite_uses WHERE user_id = users.id)
    WHERE id IN (SELECT user_id FROM invite_uses);
UPDATE users SET inviter = (SELECT created_by FROM invites WHERE id = came_with)
    WHERE came_with IN (SELECT id FROM invites WHERE created_by IS NOT NULL);
CREATE TRIGGER invite_uses_noted AFTER INSERT ON invite_uses BEGIN
    UPDATE users SET came_with = new.invite_id, inviter = coalesce((SELECT created_by FROM invites WHERE id = new.invite_id), '')
    WHERE id = new.user_id AND came_with <> new.invite_id;
END;

-- Newest first for every filter and every two of them. A list reads one stream for each standing that it shows, so that
-- the standing is always known; those who were purged are on no list.
CREATE INDEX users_listed ON users (status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_role ON users (role, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_review ON users (review, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_role_review ON users (role, review, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_invite ON users (came_with, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_invite_role ON users (came_with, role, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_invite_review ON users (came_with, review, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_invite_role_review ON users (came_with, role, review, status, id) WHERE purged_at IS NULL;
CREATE INDEX users_listed_by_inviter ON users (inviter, id) WHERE purged_at IS NULL;
CREATE INDEX users_by_name ON users (name_folded, id);

CREATE INDEX invites_listed_by_creator_role ON invites (created_by, role, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_standing_creator_role ON invites (standing, created_by, role, id) WHERE deleted_at IS NULL;
CREATE INDEX invites_listed_by_code ON invites (role, code_reading) WHERE deleted_at IS NULL;
CREATE INDEX invites_ending_by_standing ON invites (standing, expires_at) WHERE deleted_at IS NULL AND NOT lapsed;

-- Every three characters in a row of what people and labels can be found by. Rows of the index need numbers that stay
-- the same (VACUUM may give new ones to rows of a table that has none of its own) and grow with time, so that the newest
-- are found first. What is taken out is taken out at once, not at some later tidying.
CREATE TABLE search_people_numbers (
    number INTEGER NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id)
) STRICT;
CREATE VIEW search_people_texts AS
    SELECT number, sought FROM search_people_numbers JOIN users ON users.id = user_id;
CREATE VIRTUAL TABLE search_people USING fts5 (
    sought, content = 'search_people_texts', content_rowid = 'number', columnsize = 0,
    tokenize = 'trigram case_sensitive 1'
);
INSERT INTO search_people (search_people, rank) VALUES ('secure-delete', 1);
INSERT INTO search_people_numbers (user_id) SELECT id FROM users ORDER BY id;
INSERT INTO search_people (search_people) VALUES ('rebuild');

CREATE TRIGGER search_people_added AFTER INSERT ON users BEGIN
    INSERT INTO search_people_numbers (user_id) VALUES (new.id);
    INSERT INTO search_people (rowid, sought)
        SELECT number, new.sought FROM search_people_numbers WHERE user_id = new.id;
END;
CREATE TRIGGER search_people_changed AFTER UPDATE OF username, name_folded, email_folded ON users
WHEN old.sought <> new.sought BEGIN
    INSERT INTO search_people (search_people, rowid, sought)
        SELECT 'delete', number, old.sought FROM search_people_numbers WHERE user_id = new.id;
    INSERT INTO search_people (rowid, sought)
        SELECT number, new.sought FROM search_people_numbers WHERE user_id = new.id;
END;
CREATE TRIGGER search_people_gone BEFORE DELETE ON users BEGIN
    INSERT INTO search_people (search_people, rowid, sought)
        SELECT 'delete', number, old.sought FROM search_people_numbers WHERE user_id = old.id;
    DELETE FROM search_people_numbers WHERE user_id = old.id;
END;

-- Of invites only those with a label, while they are not deleted.
CREATE TABLE search_labels_numbers (
    number INTEGER NOT NULL PRIMARY KEY,
    invite_id TEXT NOT NULL UNIQUE REFERENCES invites (id)
) STRICT;
CREATE VIEW search_labels_texts AS
    SELECT number, label_folded FROM search_labels_numbers JOIN invites ON invites.id = invite_id
    WHERE deleted_at IS NULL AND label_folded <> '';
CREATE VIRTUAL TABLE search_labels USING fts5 (
    label_folded, content = 'search_labels_texts', content_rowid = 'number', columnsize = 0,
    tokenize = 'trigram case_sensitive 1'
);
INSERT INTO search_labels (search_labels, rank) VALUES ('secure-delete', 1);
INSERT INTO search_labels_numbers (invite_id) SELECT id FROM invites WHERE label_folded <> '' ORDER BY id;
INSERT INTO search_labels (search_labels) VALUES ('rebuild');

CREATE TRIGGER search_labels_added AFTER INSERT ON invites
WHEN new.label_folded <> '' BEGIN
    INSERT INTO search_labels_numbers (invite_id) VALUES (new.id);
    INSERT INTO search_labels (rowid, label_folded)
        SELECT number, new.label_folded FROM search_labels_numbers
        WHERE invite_id = new.id AND new.deleted_at IS NULL;
END;
CREATE TRIGGER search_labels_changed AFTER UPDATE OF label_folded, deleted_at ON invites
WHEN old.label_folded <> new.label_folded OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
    INSERT INTO search_labels (search_labels, rowid, label_folded)
        SELECT 'delete', number, old.label_folded FROM search_labels_numbers
        WHERE invite_id = new.id AND old.deleted_at IS NULL AND old.label_folded <> '';
    INSERT INTO search_labels_numbers (invite_id) SELECT new.id WHERE new.label_folded <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO search_labels (rowid, label_folded)
        SELECT number, new.label_folded FROM search_labels_numbers
        WHERE invite_id = new.id AND new.deleted_at IS NULL AND new.label_folded <> '';
END;
CREATE TRIGGER search_labels_gone BEFORE DELETE ON invites BEGIN
    INSERT INTO search_labels (search_labels, rowid, label_folded)
        SELECT 'delete', number, old.label_folded FROM search_labels_numbers
        WHERE invite_id = old.id AND old.deleted_at IS NULL AND old.label_folded <> '';
    DELETE FROM search_labels_numbers WHERE invite_id = old.id;
END;
