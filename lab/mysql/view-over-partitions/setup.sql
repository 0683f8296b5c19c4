CREATE TABLE ${table} (
  id INT NOT NULL AUTO_INCREMENT, day INT NOT NULL, ${device} INT NOT NULL, value INT NOT NULL, raw VARCHAR(120) NOT NULL,
  PRIMARY KEY (id, day), KEY by_day (day)
) ENGINE=InnoDB ${by};
INSERT INTO ${table} (day, ${device}, value, raw) SELECT id % 300, customer_id, id % 100, note FROM orders ORDER BY id LIMIT ${rows};
CREATE VIEW ${table}_valid AS SELECT r.id, r.day, r.${device}, r.value FROM ${table} r WHERE r.value >= 0;
ANALYZE TABLE ${table};
