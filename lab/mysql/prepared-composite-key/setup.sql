CREATE TABLE ${table} (
  tenant_id INT NOT NULL, ${second.name} ${second.type} NOT NULL, amount INT NOT NULL, placed DATETIME NOT NULL,
  remark VARCHAR(200) NOT NULL, PRIMARY KEY (tenant_id, ${second.name})
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO ${table} (tenant_id, ${second.name}, amount, placed, remark)
  SELECT 1 + id % ${tenants}, ${second.make}, id % 100, created, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
