-- Failed sign-ins in a row for one account from one kind of device, shared by all replicas.
CREATE TABLE sign_in_throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures > 0),
    open_at TIMESTAMP NOT NULL,
    charged_at TIMESTAMP NOT NULL
);

CREATE INDEX sign_in_throttles_by_charge ON sign_in_throttles (charged_at);
