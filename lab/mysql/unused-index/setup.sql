CREATE TABLE hauliers (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL) ENGINE=InnoDB;
INSERT INTO hauliers SELECT id, email FROM customers ORDER BY id LIMIT 2000;
CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column.name} ${column.type} NOT NULL, serial BIGINT NULL, haulier_id INT NOT NULL, lot INT NOT NULL, amount INT NOT NULL,
  UNIQUE KEY one_serial (serial),
  KEY for_haulier (haulier_id),
  KEY by_lot (lot),
  KEY never_read (${column.name}${also}),
  CONSTRAINT hauled_by FOREIGN KEY (haulier_id) REFERENCES hauliers (id)
) ENGINE=InnoDB;
INSERT INTO ${table} (${column.name}, serial, haulier_id, lot, amount)
  SELECT ${column.make}, id, 1 + id % 2000, id % 4000, total FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
