CREATE TABLE staging (
  id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, total DECIMAL(10,2) NOT NULL, KEY by_customer (customer_id)
) ENGINE=InnoDB;
