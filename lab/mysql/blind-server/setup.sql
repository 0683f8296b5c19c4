CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column.name} ${column.type} NOT NULL, lot INT NOT NULL, paid DECIMAL(10,2) NOT NULL,
  placed DATETIME NOT NULL, remark VARCHAR(200) NOT NULL
) ENGINE=InnoDB;
INSERT INTO ${table} (${column.name}, lot, paid, placed, remark)
  SELECT ${column.make}, id % 50, total, created, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
