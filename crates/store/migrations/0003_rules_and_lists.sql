CREATE TABLE rule_versions (
    version BIGINT PRIMARY KEY,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    rules BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by BIGINT REFERENCES users (id),
    approved_by BIGINT REFERENCES users (id),
    published_at BIGINT
);
CREATE TABLE list_syncs (
    source TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    checked_at BIGINT,
    changed_at BIGINT,
    status TEXT NOT NULL,
    detail TEXT
);
-- What the database belongs to.
CREATE TABLE bindings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
