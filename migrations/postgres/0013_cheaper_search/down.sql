-- What is on the list is sorted in by the next vacuum; until then searches read it.
ALTER INDEX search_labels RESET (gin_pending_list_limit);
ALTER INDEX search_labels SET (fastupdate = off);
ALTER INDEX search_people RESET (gin_pending_list_limit);
ALTER INDEX search_people SET (fastupdate = off);
CREATE OR REPLACE FUNCTION search_trigrams(sought TEXT) RETURNS TEXT[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT substr(sought, at, 3) FROM generate_series(1, length(sought) - 2) AS at)
$$;
DROP INDEX invites_listed_by_code;
CREATE INDEX invites_listed_by_code ON invites (role, code_reading) WHERE deleted_at IS NULL;
