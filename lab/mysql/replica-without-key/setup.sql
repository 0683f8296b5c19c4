SET sql_log_bin = 0;
CREATE DATABASE feed_source CHARACTER SET utf8mb4;
CREATE TABLE feed_source.${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} ${type} NOT NULL, amount INT NOT NULL, pad VARCHAR(80) NOT NULL
) ENGINE=InnoDB;
INSERT INTO feed_source.${table} (${column}, amount, pad) SELECT customer_id, total, REPEAT('p', 40) FROM orders ORDER BY id LIMIT ${rows};
CREATE TABLE ${table} (id INT NOT NULL, ${column} ${type} NOT NULL, amount INT NOT NULL, pad VARCHAR(80) NOT NULL) ENGINE=InnoDB;
INSERT INTO ${table} SELECT * FROM feed_source.${table};
