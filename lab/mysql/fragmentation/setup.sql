-- A bulk load just before anybody watches: DATA_FREE says 99 % free on MariaDB, and nothing can be reclaimed.
CREATE TABLE archive (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, pad CHAR(200) NOT NULL) ENGINE=InnoDB;
INSERT INTO archive (k, pad) SELECT id, REPEAT('y', 200) FROM orders ORDER BY id LIMIT 300000;
ANALYZE TABLE archive;
