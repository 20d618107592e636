-- Which logs a project has, and the entries of one of them, without a look at the others.
CREATE INDEX logs_by_id ON logs (project, log_id, time, insert_id);
