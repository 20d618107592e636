-- How much there is of what one who may write can write without end, in bytes of JSON.
INSERT INTO counters (name, value) SELECT 'audit_bytes', COALESCE(SUM(OCTET_LENGTH(entry)), 0) FROM audit;
INSERT INTO counters (name, value) SELECT 'operation_bytes', COALESCE(SUM(OCTET_LENGTH(operation)), 0) FROM operations;
