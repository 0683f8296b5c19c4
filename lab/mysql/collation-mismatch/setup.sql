CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} VARCHAR(40) CHARACTER SET ${cause.own} NOT NULL, amount INT NOT NULL,
  KEY by_code (${column})
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, amount) SELECT CONCAT('C-', id), id % 100 FROM orders ORDER BY id LIMIT ${rows};
CREATE TABLE request (id INT PRIMARY KEY, wanted VARCHAR(40) CHARACTER SET ${cause.other} NOT NULL) ENGINE=InnoDB;
INSERT INTO request SELECT id, CONCAT('C-', id * 3) FROM orders ORDER BY id LIMIT 500;
ANALYZE TABLE ${table}, request;
