CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${shape.column} ${shape.type} NOT NULL, amount INT NOT NULL, KEY by_it (${shape.column})
) ENGINE=InnoDB;
INSERT INTO ${table} (${shape.column}, amount) SELECT ${shape.make}, id % 100 FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
