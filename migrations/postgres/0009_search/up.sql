-- What lists of a million rows need: an index for each filter, and one for searching inside names.

-- What people are found by is compared byte by byte, as SQLite does it, so that a beginning is a range of an index.
ALTER TABLE users ALTER COLUMN username TYPE TEXT COLLATE "C";
ALTER TABLE users ALTER COLUMN email_folded TYPE TEXT COLLATE "C";

-- What the program compares names by. Whoever takes the name away has to take this away as well. Names that are there
-- already are folded as well as SQL can, until they are next written.
ALTER TABLE users ADD COLUMN name_folded TEXT COLLATE "C" NOT NULL DEFAULT ''
    CHECK (display_name IS NOT NULL OR name_folded = '');
UPDATE users SET name_folded = lower(display_name) WHERE display_name IS NOT NULL;

-- All that somebody can be found by.
ALTER TABLE users ADD COLUMN sought TEXT COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    username || chr(10) || name_folded || chr(10) || coalesce(email_folded, '')
) STORED;

-- The invite somebody came with, as `invite_uses` says it, and who made that, or nothing: here they can be part of an
-- index with the rest.
ALTER TABLE users ADD COLUMN came_with TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN inviter TEXT NOT NULL DEFAULT '';
UPDATE users SET came_with = invite_id FROM invite_uses WHERE user_id = users.id;
UPDATE users SET inviter = (SELECT created_by FROM invites WHERE id = came_with)
    WHERE came_with IN (SELECT id FROM invites WHERE created_by IS NOT NULL);
CREATE FUNCTION note_invite_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET came_with = NEW.invite_id, inviter = coalesce((SELECT created_by FROM invites WHERE id = NEW.invite_id), '')
    WHERE id = NEW.user_id AND came_with <> NEW.invite_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER invite_uses_noted AFTER INSERT ON invite_uses FOR EACH ROW EXECUTE FUNCTION note_invite_use();

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

-- Every three characters in a row of what people and labels can be found by. The extension pg_trgm does not do: it
-- knows only the letters and digits of the database's locale, so that for `j.d`, or in the locale C for any letter
-- beyond ASCII, it would read its whole index; and it is not everywhere.
CREATE FUNCTION search_trigrams(sought TEXT) RETURNS TEXT[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT substr(sought, at, 3) FROM generate_series(1, length(sought) - 2) AS at)
$$;
-- Without a list of what still has to be sorted in, which every search would have to read.
CREATE INDEX search_people ON users USING gin (search_trigrams(sought)) WITH (fastupdate = off);
CREATE INDEX search_labels ON invites USING gin (search_trigrams(label_folded)) WITH (fastupdate = off)
    WHERE deleted_at IS NULL;
