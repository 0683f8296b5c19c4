CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${kind} ${type} NOT NULL, placed DATETIME NOT NULL, amount INT NOT NULL, pad CHAR(80) NOT NULL,
  KEY by_kind (${kind}, placed)
) ENGINE=InnoDB;
INSERT INTO ${table} (${kind}, placed, amount, pad)
  SELECT IF(id <= ${old}, 7 + id % 2, 10 + id % 9), '2020-01-01' + INTERVAL id MINUTE, id % 100, 'x' FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
