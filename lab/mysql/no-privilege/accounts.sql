GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO 'shop_app'@'%';
-- Neither the planner nor the executor has anything on this schema; the monitor may see its names or not even those.
${granted} ON ${schema}.* TO 'dbm_mon'@'%';
