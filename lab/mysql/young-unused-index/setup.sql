CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} ${type} NOT NULL, amount INT NOT NULL, KEY never_read (${column}, amount)
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, amount) SELECT customer_id, total FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
