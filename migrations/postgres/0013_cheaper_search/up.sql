-- With the id in it: what begins with some symbols is found without looking into the table for each of them.
DROP INDEX invites_listed_by_code;
CREATE INDEX invites_listed_by_code ON invites (role, code_reading, id) WHERE deleted_at IS NULL;

-- The same as before. What is written in SQL is parsed and planned anew for every row that is added, what is written in
-- PL/pgSQL once for each connection.
CREATE OR REPLACE FUNCTION search_trigrams(sought TEXT) RETURNS TEXT[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    trigrams TEXT[] := '{}';
BEGIN
    FOR at IN 1..length(sought) - 2 LOOP
        trigrams[at] := substr(sought, at, 3);
    END LOOP;
    RETURN trigrams;
END
$$;
-- A list of what still has to be sorted in makes adding somebody cheaper. It is kept short, because every search reads it.
ALTER INDEX search_people SET (fastupdate = on, gin_pending_list_limit = 64);
ALTER INDEX search_labels SET (fastupdate = on, gin_pending_list_limit = 64);
