CREATE TABLE ${table} (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, ${token.name} ${token.type} NOT NULL,
  state ENUM('new', 'taken', 'void') NOT NULL DEFAULT 'new', tries SMALLINT NOT NULL DEFAULT 0, touched DATETIME NULL,
  c1 VARCHAR(60) NOT NULL DEFAULT 'first', c2 VARCHAR(60) NOT NULL DEFAULT 'second', c3 INT NOT NULL DEFAULT 3, c4 INT NULL,
  c5 DATE NULL, c6 DECIMAL(12,4) NOT NULL DEFAULT 0, c7 CHAR(20) NOT NULL DEFAULT 'x', c8 VARCHAR(200) NULL, c9 TINYINT NOT NULL DEFAULT 0,
  KEY by_state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
INSERT INTO ${table} (${token.name}, c4, c8) SELECT ${token.make}, id, note FROM orders ORDER BY id LIMIT ${rows};
ANALYZE TABLE ${table};
