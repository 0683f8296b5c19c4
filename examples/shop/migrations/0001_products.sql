-- What is sold.
CREATE TABLE products (
  id INT AUTO_INCREMENT PRIMARY KEY,
  sku VARCHAR(20) NOT NULL,
  name VARCHAR(100) NOT NULL,
  stock INT NOT NULL,
  UNIQUE KEY uq_sku (sku)
) ENGINE=InnoDB;
