-- ${group} has ${distinct} distinct values when its statistics are taken, for the last time; MySQL 8+, MariaDB 10.6+
CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${group} ${type}, val INT, pad CHAR(60), KEY kg (${group})
) ENGINE=InnoDB STATS_PERSISTENT=1 STATS_AUTO_RECALC=0;
CREATE TABLE dim (id INT PRIMARY KEY, ${group} ${type}, flag INT, KEY (flag)) ENGINE=InnoDB;
CREATE TABLE h (id INT AUTO_INCREMENT PRIMARY KEY, did INT, x INT, KEY (did)) ENGINE=InnoDB;
INSERT INTO ${table} (${group}, val, pad) SELECT id, id, 'x' FROM orders ORDER BY id LIMIT ${distinct};
ANALYZE TABLE ${table};
INSERT INTO dim SELECT id, id % ${left}, id % 200 FROM customers ORDER BY id LIMIT 1000;
ANALYZE TABLE dim;
-- 20 rows a did or so, that a join order by these statistics reads ${table} before h.
INSERT INTO h (did, x) SELECT 1 + id % 1000, id % 20000 FROM orders ORDER BY id LIMIT ${size};
ANALYZE TABLE h;
