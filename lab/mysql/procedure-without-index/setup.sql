CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, ${column} INT UNSIGNED NOT NULL, premium DECIMAL(12,2) NOT NULL, signed DATETIME(3) NOT NULL,
  text_of VARCHAR(200) NOT NULL
) ENGINE=InnoDB;
INSERT INTO ${table} (${column}, premium, signed, text_of) SELECT customer_id, total, created, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
CREATE PROCEDURE ${procedure}(IN who INT UNSIGNED)
BEGIN
  SELECT ${shape.what} FROM ${table} t WHERE t.${column} = who ${shape.and};
END;
