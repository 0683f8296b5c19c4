GRANT RELOAD ON *.* TO 'shop_batch'@'%';
GRANT LOCK TABLES ON shop.* TO 'shop_batch'@'%';
