CREATE TABLE ${table} (id INT NOT NULL, amount INT NOT NULL, ${key} (id)) ENGINE=InnoDB;
INSERT INTO ${table} SELECT id, 1 FROM stock WHERE id <= ${rows};
ANALYZE TABLE ${table};
