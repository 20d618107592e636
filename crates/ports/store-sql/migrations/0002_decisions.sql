-- Decisions are of every request now, and several of one. Those of the gate so far are given up: they explained
-- requests that are over, and nothing else is known by them.
DROP TABLE gate_decisions;

CREATE TABLE decisions (
    request_id {word} NOT NULL,
    ordinal BIGINT NOT NULL,
    time BIGINT NOT NULL,
    decision TEXT NOT NULL,
    PRIMARY KEY (request_id, ordinal)
);

CREATE INDEX decisions_by_time ON decisions (time);
