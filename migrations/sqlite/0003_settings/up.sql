-- Exactly one row, so that it can be read together with the session.
CREATE TABLE settings (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    server_name TEXT NOT NULL,
    password_min INTEGER NOT NULL CHECK (password_min BETWEEN 8 AND 64)
) STRICT;

INSERT INTO settings (id, server_name, password_min) VALUES (1, 'Doorlist', 12);
