-- Only what is done is forgotten. Until now everything was stored when it was.
ALTER TABLE operations ADD COLUMN done BIGINT NOT NULL DEFAULT 1;
DROP INDEX operations_by_time;
CREATE INDEX operations_done_by_time ON operations (done, create_time, name);
