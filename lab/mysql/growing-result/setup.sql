CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} ${type} NOT NULL, body VARCHAR(200) NOT NULL, KEY by_owner (${column})
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, body) SELECT 1 + id % 500, REPEAT('b', 80) FROM orders ORDER BY id LIMIT 10000;
ANALYZE TABLE ${table};
