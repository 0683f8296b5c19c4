CREATE TABLE ${parent} (id ${type} PRIMARY KEY, total INT NOT NULL) ENGINE=InnoDB;
INSERT INTO ${parent} SELECT id, 0 FROM stock WHERE id <= 100;
CREATE TABLE ${child} (
  id INT AUTO_INCREMENT PRIMARY KEY, parent_id ${type} NOT NULL, amount INT NOT NULL,
  FOREIGN KEY of_parent (parent_id) REFERENCES ${parent} (id)
) ENGINE=InnoDB;
ANALYZE TABLE ${parent}, ${child};
