/** Small files as servers write them, for the commands that read files. */

/** `SHOW ENGINE INNODB STATUS` of MariaDB 10.11 with one deadlock, shortened to what is read. */
export const DEADLOCK_TEXT = `
=====================================
2026-11-21 09:15:02 0x7f2f68dff6c0 INNODB MONITOR OUTPUT
=====================================
------------------------
LATEST DETECTED DEADLOCK
------------------------
2026-11-21 09:15:00 0x7f2f68dff6c0
*** (1) TRANSACTION:
TRANSACTION 38, ACTIVE 1 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s), undo log entries 1
MariaDB thread id 12, OS thread handle 139840, query id 105 localhost shop_app Updating
UPDATE stock SET reserved = reserved - 1 WHERE id = 22
*** WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 6 page no 3 n bits 568 index PRIMARY of table \`shop\`.\`stock\` trx id 38 lock_mode X locks rec but not gap waiting
Record lock, heap no 23 PHYSICAL RECORD: n_fields 5; compact format; info bits 0
 0: len 4; hex 80000016; asc     ;;

*** CONFLICTING WITH:
RECORD LOCKS space id 6 page no 3 n bits 568 index PRIMARY of table \`shop\`.\`stock\` trx id 39 lock_mode X locks rec but not gap
Record lock, heap no 23 PHYSICAL RECORD: n_fields 5; compact format; info bits 0
 0: len 4; hex 80000016; asc     ;;


*** (2) TRANSACTION:
TRANSACTION 39, ACTIVE 1 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s), undo log entries 1
MariaDB thread id 13, OS thread handle 139841, query id 106 localhost shop_app Updating
UPDATE stock SET reserved = reserved - 1 WHERE id = 21
*** WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 6 page no 3 n bits 568 index PRIMARY of table \`shop\`.\`stock\` trx id 39 lock_mode X locks rec but not gap waiting
Record lock, heap no 22 PHYSICAL RECORD: n_fields 5; compact format; info bits 0
 0: len 4; hex 80000015; asc     ;;

*** CONFLICTING WITH:
RECORD LOCKS space id 6 page no 3 n bits 568 index PRIMARY of table \`shop\`.\`stock\` trx id 38 lock_mode X locks rec but not gap
Record lock, heap no 22 PHYSICAL RECORD: n_fields 5; compact format; info bits 0
 0: len 4; hex 80000015; asc     ;;

*** WE ROLL BACK TRANSACTION (2)
------------
TRANSACTIONS
------------
Trx id counter 40
`

/** A slow log of three statements of two classes. */
export const SLOW_LOG = `# Time: 2026-11-21T09:00:00.000000Z
# User@Host: shop_app[shop_app] @ localhost []  Id:    12
# Query_time: 2.000000  Lock_time: 0.000100  Rows_sent: 1  Rows_examined: 300000
SET timestamp=1795251600;
SELECT COUNT(*) FROM orders WHERE customer_id = 42;
# Time: 2026-11-21T09:00:05.000000Z
# User@Host: shop_app[shop_app] @ localhost []  Id:    12
# Query_time: 4.000000  Lock_time: 0.000100  Rows_sent: 1  Rows_examined: 300000
SET timestamp=1795251605;
SELECT COUNT(*) FROM orders WHERE customer_id = 43;
# Time: 2026-11-21T09:00:09.000000Z
# User@Host: shop_app[shop_app] @ localhost []  Id:    13
# Query_time: 1.000000  Lock_time: 0.500000  Rows_sent: 0  Rows_examined: 1
SET timestamp=1795251609;
UPDATE stock SET reserved = reserved + 1 WHERE id = 7;
`
