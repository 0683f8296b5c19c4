CREATE TABLE ${parent} (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL) ENGINE=InnoDB;
INSERT INTO ${parent} SELECT id, email FROM customers ORDER BY id LIMIT 5000;
-- only_one is a prefix of pair, and enforces what pair does not; for_parent is all the foreign key has.
CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, serial INT NOT NULL, region INT NOT NULL, parent_id INT NOT NULL, day INT NOT NULL, amount INT NOT NULL,
  UNIQUE KEY only_one (serial), UNIQUE KEY pair (serial, region), KEY region_day (region, day),
  KEY for_parent (parent_id),
  KEY spare ${spare},
  CONSTRAINT child_of FOREIGN KEY (parent_id) REFERENCES ${parent} (id)
) ENGINE=InnoDB;
INSERT INTO ${table} (serial, region, parent_id, day, amount)
  SELECT id, id % 40, 1 + id % 5000, id % 365, total FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
