CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} INT NOT NULL, bucket INT NOT NULL, amount INT NOT NULL, KEY by_bucket (bucket)
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, bucket, amount) SELECT customer_id, 1 + id % 5000, id % 100 FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
