CREATE TABLE ${parent} (id ${type} PRIMARY KEY, ${name} VARCHAR(60) NOT NULL, KEY by_name (${name})) ENGINE=InnoDB;
INSERT INTO ${parent} SELECT id, CONCAT('n-', id) FROM customers ORDER BY id LIMIT 5000;
CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} ${type} NOT NULL, amount INT NOT NULL, starts DATETIME NOT NULL, remark VARCHAR(200) NOT NULL
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, amount, starts, remark)
  SELECT 1 + (id * 7919) % 5000, id % 100, created, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${parent}, ${table};
