GRANT EXECUTE ON shop.* TO 'shop_app'@'%';
