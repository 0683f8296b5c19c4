CREATE TABLE ${table} (${column} ${type.name} NOT NULL AUTO_INCREMENT PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB AUTO_INCREMENT=${type.next};
INSERT INTO ${table} (amount) VALUES (1), (2), (3);
-- Large ids in a column that counts nothing, and a counter that has hardly begun, are no trouble.
CREATE TABLE imported (id BIGINT NOT NULL PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB;
INSERT INTO imported SELECT 9223372036854770000 + id, 1 FROM orders WHERE id < 500;
CREATE TABLE young (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB AUTO_INCREMENT=900000000;
INSERT INTO young (amount) VALUES (1);
ANALYZE TABLE ${table}, imported, young;
