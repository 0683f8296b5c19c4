-- A bulk load just before anybody watches: DATA_FREE says 99 % free on MariaDB, and nothing can be reclaimed.
CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, pad ${pad} NOT NULL) ENGINE=InnoDB;
INSERT INTO ${table} (k, pad) SELECT customer_id, REPEAT('y', 200) FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
