-- What is recorded is kept for a while: each kind is found by its age, and counted by its size where that is bounded.

CREATE INDEX logs_by_time ON logs (time);
CREATE INDEX audit_by_time ON audit (time);
CREATE INDEX operations_by_time ON operations (create_time);

-- In bytes of JSON.
INSERT INTO counters (name, value) SELECT 'log_bytes', COALESCE(SUM(OCTET_LENGTH(entry)), 0) FROM logs;
INSERT INTO counters (name, value) SELECT 'decision_bytes', COALESCE(SUM(OCTET_LENGTH(decision)), 0) FROM decisions;

-- When a change was made; unknown for those from before this column.
ALTER TABLE changes ADD COLUMN made_at BIGINT;

-- How far each process has followed the changes, and when it last said so.
CREATE TABLE nodes (
    node {word} PRIMARY KEY,
    followed BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- What is due is walked in the order in which it is claimed, without a look at the deliveries themselves.
DROP INDEX deliveries_by_availability;
CREATE INDEX deliveries_in_order ON deliveries (due_at, uid, available_at, owner_uid, project);
CREATE INDEX deliveries_by_availability ON deliveries (available_at, owner_uid, project);
