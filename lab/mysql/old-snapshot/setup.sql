CREATE TABLE ${table} (id INT PRIMARY KEY, ${column} BIGINT NOT NULL) ENGINE=InnoDB;
INSERT INTO ${table} SELECT id, 0 FROM stock WHERE id <= ${rows};
ANALYZE TABLE ${table};
CREATE PROCEDURE churn(n INT)
BEGIN
  DECLARE i INT DEFAULT 0;
  WHILE i < n DO
    UPDATE ${table} SET ${column} = ${column} + 1 WHERE id = 1 + (i MOD ${rows});
    SET i = i + 1;
  END WHILE;
END;
