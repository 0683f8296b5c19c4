CREATE TABLE ${parent} (
  region SMALLINT NOT NULL, no INT NOT NULL, balance BIGINT NOT NULL, PRIMARY KEY (region, no)
) ENGINE=InnoDB;
INSERT INTO ${parent} SELECT 1, id, 0 FROM stock;
CREATE TABLE ${child} (
  id INT AUTO_INCREMENT PRIMARY KEY, region SMALLINT NOT NULL, of_no INT NOT NULL, amount INT NOT NULL, note VARCHAR(60) NOT NULL,
  KEY by_parent (region, of_no), CONSTRAINT of_parent FOREIGN KEY (region, of_no) REFERENCES ${parent} (region, no) ${rule}
) ENGINE=InnoDB;
INSERT INTO ${child} (region, of_no, amount, note) SELECT 1, 100 + id % 400, 1, 'loaded' FROM orders ORDER BY id LIMIT 20000;
ANALYZE TABLE ${parent}, ${child};
