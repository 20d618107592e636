-- Words in braces are those of the dialect. Instants are microseconds since 1970; a revision counts changes.

CREATE TABLE counters (
    name {word} PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('revision', 0);

-- All configuration. Rows with a name are the index of resources.
CREATE TABLE records (
    kind {word} NOT NULL,
    key {word} NOT NULL,
    uid {word} NOT NULL,
    name {word},
    parent {word},
    revision BIGINT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE INDEX records_by_uid ON records (uid);
CREATE INDEX records_by_name ON records (name);
CREATE INDEX records_by_parent ON records (parent, kind);

-- What followers are told, in order and without a gap.
CREATE TABLE changes (
    revision BIGINT PRIMARY KEY,
    kind {word} NOT NULL,
    change TEXT NOT NULL
);

-- available_at is due_at, or the end of the lease while there is one.
CREATE TABLE deliveries (
    uid {word} PRIMARY KEY,
    owner_uid {word} NOT NULL,
    due_at BIGINT NOT NULL,
    available_at BIGINT NOT NULL,
    lease_holder {word},
    fence BIGINT NOT NULL,
    project {word} NOT NULL,
    delivery TEXT NOT NULL
);

CREATE INDEX deliveries_by_availability ON deliveries (available_at, due_at);
CREATE INDEX deliveries_by_owner ON deliveries (owner_uid, due_at);
CREATE INDEX deliveries_by_holder ON deliveries (lease_holder);

CREATE TABLE job_states (
    job_uid {word} PRIMARY KEY,
    job {word} NOT NULL,
    next_at BIGINT,
    version BIGINT NOT NULL,
    state TEXT NOT NULL
);

CREATE INDEX job_states_by_next ON job_states (next_at);
CREATE INDEX job_states_by_job ON job_states (job);

CREATE TABLE logs (
    project {word} NOT NULL,
    time BIGINT NOT NULL,
    insert_id {word} NOT NULL,
    log_id {word} NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (project, time, insert_id, log_id)
);

CREATE TABLE operations (
    name {word} PRIMARY KEY,
    parent {word} NOT NULL,
    create_time BIGINT NOT NULL,
    operation TEXT NOT NULL
);

CREATE INDEX operations_by_parent ON operations (parent, create_time, name);

CREATE TABLE audit (
    request_id {word} NOT NULL,
    ordinal BIGINT NOT NULL,
    time BIGINT NOT NULL,
    resource {word} NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (request_id, ordinal)
);

CREATE INDEX audit_by_resource ON audit (resource, time);

CREATE TABLE gate_decisions (
    request_id {word} PRIMARY KEY,
    time BIGINT NOT NULL,
    decision TEXT NOT NULL
);

CREATE INDEX gate_decisions_by_time ON gate_decisions (time);
