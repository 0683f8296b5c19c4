-- fact.grp has 1,600 distinct values when its statistics are taken, for the last time; MySQL 8+, MariaDB 10.6+
CREATE TABLE fact (
  id INT AUTO_INCREMENT PRIMARY KEY, grp INT, val INT, pad CHAR(60), KEY kg (grp)
) ENGINE=InnoDB STATS_PERSISTENT=1 STATS_AUTO_RECALC=0;
CREATE TABLE dim (id INT PRIMARY KEY, grp INT, flag INT, KEY (flag)) ENGINE=InnoDB;
CREATE TABLE h (id INT AUTO_INCREMENT PRIMARY KEY, did INT, x INT, KEY (did)) ENGINE=InnoDB;
INSERT INTO fact (grp, val, pad) SELECT id, id, 'x' FROM orders ORDER BY id LIMIT 1600;
ANALYZE TABLE fact;
INSERT INTO dim SELECT id, id % 2, id % 200 FROM customers ORDER BY id LIMIT 1000;
ANALYZE TABLE dim;
-- 20 rows a did, so that a join order by these statistics reads fact before h.
INSERT INTO h (did, x) SELECT 1 + id % 1000, id % 20000 FROM orders ORDER BY id LIMIT 20000;
ANALYZE TABLE h;
