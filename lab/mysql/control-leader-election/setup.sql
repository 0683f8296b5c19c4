CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, state TINYINT NOT NULL DEFAULT 0, body VARCHAR(100) NOT NULL, KEY by_state (state, id)
) ENGINE=InnoDB;
INSERT INTO ${table} (body) SELECT LEFT(note, 60) FROM orders ORDER BY id LIMIT 20000;
CREATE TABLE ${table}_kept LIKE ${table};
ANALYZE TABLE ${table};
