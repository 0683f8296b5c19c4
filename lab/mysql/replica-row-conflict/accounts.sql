-- The server is its own source: what is written to feed_source is applied to the shop's table of the same name.
SET sql_log_bin = 0;
GRANT SELECT, INSERT, UPDATE, DELETE ON feed_source.* TO 'shop_app'@'%';
GRANT REFERENCES ON feed_source.* TO 'dbm_mon'@'%';
GRANT SELECT ON feed_source.* TO 'dbm_plan'@'%';
CREATE USER 'feeder'@'127.0.0.1' IDENTIFIED BY 'loopback-only-1';
GRANT REPLICATION SLAVE ON *.* TO 'feeder'@'127.0.0.1';
-- A new file, so that its name and its beginning are known.
FLUSH BINARY LOGS;
SET @change = IF(@@version LIKE '%MariaDB%',
  CONCAT("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=", @@port, ", MASTER_USER='feeder', MASTER_PASSWORD='loopback-only-1', MASTER_LOG_FILE='lab.000002', MASTER_LOG_POS=4, MASTER_USE_GTID=no"),
  CONCAT("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=", @@port, ", SOURCE_USER='feeder', SOURCE_PASSWORD='loopback-only-1', SOURCE_LOG_FILE='lab.000002', SOURCE_LOG_POS=4, GET_SOURCE_PUBLIC_KEY=1"));
PREPARE change_source FROM @change;
EXECUTE change_source;
START REPLICA;
