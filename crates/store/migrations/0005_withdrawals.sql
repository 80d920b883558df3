-- What customers ask to take out, and what is told to people and programs.
CREATE TABLE withdrawals (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    -- The asker's own name of it: asked twice, it is one.
    request_id TEXT NOT NULL,
    -- What was asked, as JSON; it never changes.
    asked TEXT NOT NULL,
    -- The state's name, for lists.
    state TEXT NOT NULL,
    -- State, reasons and times, as JSON.
    status TEXT NOT NULL,
    value_cents BIGINT NOT NULL,
    version BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- When time alone changes something.
    wake_at BIGINT,
    UNIQUE (customer_id, request_id)
);
CREATE INDEX withdrawals_by_customer ON withdrawals (customer_id, asked_at);
CREATE INDEX withdrawals_by_state ON withdrawals (state, changed_at);
CREATE INDEX withdrawals_by_wake ON withdrawals (wake_at);
CREATE TABLE asset_prices (
    network TEXT NOT NULL,
    asset TEXT NOT NULL,
    symbol TEXT NOT NULL,
    decimals BIGINT NOT NULL,
    -- Cents of the accounts' currency for one whole unit.
    price_cents BIGINT NOT NULL,
    price_at BIGINT NOT NULL,
    PRIMARY KEY (network, asset)
);
-- Written in the transaction that it tells of, sent after it.
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    customer_id TEXT,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    detail TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX outbox_by_state ON outbox (state, next_at);
CREATE TABLE webhooks (
    id BIGINT PRIMARY KEY,
    url TEXT NOT NULL,
    -- Sealed under the server's key.
    secret TEXT NOT NULL,
    created_by BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
