CREATE DATABASE ${schema};
CREATE TABLE ${schema}.${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column.name} ${column.type} NOT NULL, paid DECIMAL(10,2) NOT NULL, remark VARCHAR(200) NOT NULL
) ENGINE=InnoDB;
INSERT INTO ${schema}.${table} (${column.name}, paid, remark)
  SELECT ${column.make}, total, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${schema}.${table};
