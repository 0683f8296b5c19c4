CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} ${type} NOT NULL, amount INT NOT NULL, KEY by_text (${column})
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, amount) SELECT CAST(id AS CHAR), id % 100 FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
