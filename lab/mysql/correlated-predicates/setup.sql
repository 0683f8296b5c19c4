CREATE TABLE ${table} (
  id INT AUTO_INCREMENT PRIMARY KEY, city ${type} NOT NULL, code ${type} NOT NULL, district ${type} NOT NULL, area ${type} NOT NULL,
  amount INT NOT NULL, pad CHAR(40) NOT NULL,
  KEY by_city (city), KEY by_code (code), KEY by_district (district), KEY by_area (area)
) ENGINE=InnoDB;
INSERT INTO ${table} (city, code, district, area, amount, pad)
  SELECT customer_id % ${values}, 10 + customer_id % ${values}, 20 + customer_id % ${values}, 30 + customer_id % ${values}, id % 100, 'x'
  FROM orders ORDER BY id LIMIT ${rows};
CREATE TABLE visit (id INT AUTO_INCREMENT PRIMARY KEY, place_id INT NOT NULL, day INT NOT NULL, KEY by_place (place_id), KEY by_day (day)) ENGINE=InnoDB;
INSERT INTO visit (place_id, day) SELECT 1 + id % ${rows}, (id * 7919 DIV 7) % ${days} FROM orders WHERE id <= ${rows} * ${visits} ORDER BY id;
ANALYZE TABLE ${table}, visit;
