CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, state TINYINT NOT NULL DEFAULT 0, payload VARCHAR(200) NOT NULL, KEY by_state (state, id)
) ENGINE=InnoDB;
INSERT INTO ${table} (payload) SELECT note FROM orders ORDER BY id LIMIT 8000;
UPDATE ${table} SET state = 1 WHERE id <= 500;
ANALYZE TABLE ${table};
