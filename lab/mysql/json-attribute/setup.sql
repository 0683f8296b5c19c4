CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, shop_id INT NOT NULL, name VARCHAR(60) NOT NULL, doc JSON NOT NULL, ${keys}
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO ${table} (shop_id, name, doc)
  SELECT id % 300, CONCAT('name ', id), JSON_OBJECT('sku', CONCAT('S-', customer_id), 'no', customer_id, 'tags', JSON_ARRAY('a', 'b'))
  FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
