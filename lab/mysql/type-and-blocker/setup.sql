CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, region CHAR(2) NOT NULL, doc_no ${type} NOT NULL, amount INT NOT NULL, pad VARCHAR(120) NOT NULL,
  KEY by_document (region, doc_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO ${table} (region, doc_no, amount, pad)
  SELECT ELT(1 + id % 3, 'DE', 'FR', 'US'), CAST(id AS CHAR), id % 100, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
