CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} ${type} NOT NULL, b INT NOT NULL, c INT NOT NULL DEFAULT 0,
  KEY k1 (${column}), KEY k2 (${column}${shape.second}), KEY k3 (${column}${shape.third})
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, b) SELECT id % 1000, id % 7 FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
