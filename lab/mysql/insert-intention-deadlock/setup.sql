CREATE TABLE ${table} (${column} INT NOT NULL, owner INT NOT NULL, ${key} (${column})) ENGINE=InnoDB;
INSERT INTO ${table} SELECT id, 1 FROM stock;
ANALYZE TABLE ${table};
