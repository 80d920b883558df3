-- Customers of the exchange, what they sign in with, and all that happened to their accounts.
CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    -- The e-mail address in lower case.
    email_key TEXT NOT NULL UNIQUE,
    -- Goes up with every change.
    version BIGINT NOT NULL,
    -- What protects the account, as JSON of the crate account.
    account TEXT NOT NULL,
    -- Name, addresses and choices, as JSON.
    profile TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    kind TEXT NOT NULL,
    secret TEXT NOT NULL,
    name TEXT NOT NULL,
    is_duress BIGINT NOT NULL,
    is_synced BIGINT NOT NULL,
    -- The last step of an authenticator app that was used: each works once.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX credentials_by_customer ON credentials (customer_id, kind);
CREATE TABLE customer_sessions (
    id_hash TEXT PRIMARY KEY,
    -- What the customer sees of it, to end it.
    id TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    device_hash TEXT NOT NULL,
    ip TEXT NOT NULL,
    place TEXT,
    agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX customer_sessions_by_customer ON customer_sessions (customer_id, created_at);
CREATE TABLE devices (
    customer_id TEXT NOT NULL REFERENCES customers (id),
    -- Hash of the secret in the device's cookie.
    device_hash TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    last_ip TEXT NOT NULL,
    PRIMARY KEY (customer_id, device_hash)
);
CREATE TABLE account_links (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- Whom it is about: a customer, or an e-mail address that has none yet.
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- Wrong answers that are left, where it is a code.
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_links_by_subject ON account_links (subject, kind);
CREATE TABLE account_events (
    seq BIGINT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- Its entry in the journal; nothing before it is there.
    journal_index BIGINT
);
CREATE INDEX account_events_by_customer ON account_events (customer_id, seq);
CREATE INDEX account_events_by_journal ON account_events (journal_index);
CREATE TABLE account_keys (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    -- Addresses that it may be used from, joined by spaces.
    ips TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX account_keys_by_customer ON account_keys (customer_id);
CREATE TABLE behaviors (
    customer_id TEXT PRIMARY KEY REFERENCES customers (id),
    -- What the account did, in the form of the crate behavior, in hexadecimal digits.
    profile TEXT NOT NULL
);
CREATE TABLE staff_passkeys (
    id TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    secret TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE TABLE vouches (
    id BIGINT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    approved_by BIGINT REFERENCES users (id),
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
