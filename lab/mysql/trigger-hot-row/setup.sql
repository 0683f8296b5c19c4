CREATE TABLE ${totals} (
  day DATE NOT NULL, shard SMALLINT NOT NULL, kind VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL, n BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (day, kind, shard)
) ENGINE=InnoDB;
INSERT INTO ${totals} SELECT '2026-01-01', id - 1, 'page', 0 FROM stock;
CREATE TABLE ${table} (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, shard SMALLINT NOT NULL, page INT NOT NULL, seen DATETIME NOT NULL
) ENGINE=InnoDB;
CREATE TRIGGER count_it AFTER INSERT ON ${table} FOR EACH ROW
  UPDATE ${totals} SET n = n + 1 WHERE day = '2026-01-01' AND kind = 'page' AND shard = NEW.shard;
ANALYZE TABLE ${table}, ${totals};
