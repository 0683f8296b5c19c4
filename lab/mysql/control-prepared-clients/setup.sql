CREATE TABLE ${table} (
  tenant SMALLINT NOT NULL, no INT NOT NULL, word VARCHAR(60) NOT NULL, doc JSON NULL,
  upper_word VARCHAR(60) GENERATED ALWAYS AS (UPPER(word)) STORED, PRIMARY KEY (tenant, no), KEY by_word (tenant, upper_word)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${collation};
INSERT INTO ${table} (tenant, no, word) SELECT id % 20, id, CONCAT('w', customer_id) FROM orders ORDER BY id LIMIT 40000;
ANALYZE TABLE ${table};
