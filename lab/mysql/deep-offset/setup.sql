CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column.name} ${column.type} NOT NULL, amount INT NOT NULL, pad CHAR(60) NOT NULL
) ENGINE=InnoDB;
INSERT INTO ${table} (${column.name}, amount, pad) SELECT ${column.make}, id % 100, 'x' FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
