-- In the code, and not yet in the database: nobody ran this file after the last deployment.
CREATE TABLE coupons (
  code VARCHAR(20) PRIMARY KEY,
  percent_off INT NOT NULL,
  valid_until DATE NULL
) ENGINE=InnoDB;

CREATE INDEX by_end ON coupons (valid_until);
