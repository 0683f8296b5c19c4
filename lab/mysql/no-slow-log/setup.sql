CREATE TABLE ${parent} (id ${type} PRIMARY KEY, ${name} VARCHAR(60) NOT NULL, KEY by_name (${name})) ENGINE=InnoDB;
INSERT INTO ${parent} SELECT id, IF(id = ${big}, 'the big one', email) FROM customers ORDER BY id LIMIT 5000;
CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, parent_id ${type} NOT NULL, amount INT NOT NULL, pad CHAR(40) NOT NULL, KEY by_parent (parent_id)
) ENGINE=InnoDB;
INSERT INTO ${table} (parent_id, amount, pad)
  SELECT IF(id % 100 < ${share}, ${big}, 1 + customer_id % 5000), id % 100, 'x' FROM orders ORDER BY id LIMIT ${rows};
CREATE TABLE mark (id INT AUTO_INCREMENT PRIMARY KEY, item_id INT NOT NULL, day INT NOT NULL, KEY by_item (item_id), KEY by_day (day)) ENGINE=InnoDB;
INSERT INTO mark (item_id, day) SELECT id, customer_id % 300 FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${parent}, ${table}, mark;
