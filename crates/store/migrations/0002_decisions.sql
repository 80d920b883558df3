-- Decisions above allow with what they rest on; every decision is in the journal.
CREATE TABLE decisions (
    journal_index BIGINT PRIMARY KEY,
    level BIGINT NOT NULL,
    network TEXT NOT NULL,
    tx TEXT NOT NULL,
    lead TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX decisions_by_level ON decisions (level, journal_index);
CREATE INDEX decisions_by_lead ON decisions (lead, journal_index);
CREATE INDEX decisions_by_tx ON decisions (tx);
-- How far people were told: all decisions below this journal index.
CREATE TABLE progress (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
CREATE TABLE alerts (
    id BIGINT PRIMARY KEY,
    -- Code, network and address while the alert is not closed, so that a matter is open once.
    open_key TEXT UNIQUE,
    code TEXT NOT NULL,
    network TEXT NOT NULL,
    address TEXT NOT NULL,
    categories TEXT NOT NULL,
    level BIGINT NOT NULL,
    severity BIGINT NOT NULL,
    sentence TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    assignee BIGINT REFERENCES users (id),
    transfers BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    decision_index BIGINT NOT NULL,
    known_since TEXT,
    notes BIGINT NOT NULL,
    reasons TEXT NOT NULL
);
CREATE INDEX alerts_by_status ON alerts (status, severity, last_seen);
CREATE TABLE alert_events (
    id BIGINT PRIMARY KEY,
    alert_id BIGINT NOT NULL REFERENCES alerts (id),
    at BIGINT NOT NULL,
    user_id BIGINT REFERENCES users (id),
    action TEXT NOT NULL,
    note TEXT,
    outcome TEXT
);
CREATE INDEX alert_events_by_alert ON alert_events (alert_id, id);
CREATE TABLE undos (
    token TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    before TEXT NOT NULL
);
