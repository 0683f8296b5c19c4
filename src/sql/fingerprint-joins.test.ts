// One statement, seen by the client, by performance_schema and by the slow log of a real server, has one
// fingerprint. What cannot join is listed at the end, each with the reason.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { onEachServer } from '../../test/support/each-server.ts'
import { digestTextMayBeCut, fingerprint, MARIADB, MYSQL, normaliseStatement } from './index.ts'

const S = String.raw

const STATEMENTS: readonly string[] = [
  'select * from orders where id = 1',
  'SELECT COUNT(*) FROM orders WHERE id=-1',
  'select -1, +1, - - 1, a.id-1, a.id - -1, (-1) from orders a',
  'select total*-1, total * - 1, total / +2, id div -2, id = -5, id > -5, id <=> -5 from orders',
  'select case when id = -1 then -2 else -3 end from orders order by -id',
  'select distinct -1, o.id from orders o',
  "select * from orders where id in (1,2,3) and status in ('a')",
  'select * from orders where id not in (1)',
  'select * from orders where (id, customer_id) in ((1,2),(3,4))',
  'select * from orders where id in (1, id, 3)',
  'select * from orders where id in (1, 2+3, 4)',
  'select * from orders where id in (null, 1)',
  'select * from orders where id in (true, 1)',
  "insert into orders(customer_id, status) values (1,'a'),(2,'b')",
  'insert into orders(customer_id, status) values (1, null)',
  "insert into orders(customer_id, created) values (1, now()), (2, '2020-01-01')",
  'insert into orders(customer_id) values (1),(2),(3)',
  "insert into orders set customer_id = 5, status = 'x'",
  "insert into orders(id, status) values (1, 'a') on duplicate key update status = values(status)",
  "replace into orders(id, status) values (1, 'a')",
  'insert ignore into orders select * from orders where id = 4',
  'select * from orders where status is null and id is not null and status = null',
  'select true, false, null, 1 is true, 1 is not false',
  'select * from orders limit 10',
  'select * from orders limit 10, 20',
  'select * from orders limit 10 offset 20',
  'select /*+ MAX_EXECUTION_TIME(1000) */ id from orders',
  'select /* hi */ id -- x\nfrom orders # foo\nwhere id = 4',
  'select /*!40001 SQL_NO_CACHE */ id from orders',
  'select /*!80000 STRAIGHT_JOIN */ id from orders',
  'select /*M! STRAIGHT_JOIN */ id from orders',
  'select /*!99999 STRAIGHT_JOIN */ id from orders',
  `select x'4142', 0x4142, b'01', 0b01, n'x', 1e3, .5, 1.5e-3, 5.`,
  `select _utf8mb4'abc', _latin1 x'41'`,
  "select @x, @@version, @@session.sql_mode, @'quoted'",
  'set @x := 5, @y = 7',
  S`select "dq", 'a' 'b', 'it''s', 'x\'y', 'c\\'`,
  "select date '2020-01-01', timestamp'2020-01-01 00:00:00', now() - interval 5 day, now() + interval 1 hour",
  "select substr('a',1), substring('a',1), mid('a',1,1), now(), current_timestamp, localtime(), curdate(), current_date",
  'select id as `alias x`, status st from shop.orders as o where o.id<>1 and o.id!=2 and not o.id && 1 || 0',
  'select count(distinct id), std(id), stddev(id), variance(id), var_pop(id) from orders',
  "select * from orders where status like 'x%' and status regexp 'a' and status rlike 'b'",
  'show tables',
  'show databases',
  'show columns from orders',
  'explain select * from orders where id = 3',
  'describe orders',
  'begin',
  'commit',
  'select f.id from orders f join orders g using (id) where f.id between 1 and -2',
  'select `select`, users_2009 from orders where `select` - 1 = 2',
  'SELECT ID, STATUS FROM orders WHERE `ID` = 1',
  "update orders set status='x', total = total + 1.5 where id = 4",
  'delete from orders where id > 100000 limit 5',
  "select concat(status, '-', id), if(id=1, 'a', 'b'), coalesce(status, 'x') from orders",
  'select * from (select 1 union all select 2) t',
  'with recursive c(n) as (select 1 union all select n+1 from c where n<5) select * from c',
  S`select json_extract('{"a":1}', '$.a')`,
  'set names utf8mb4',
  "select id from orders where created > '2020-01-01' group by 1 having count(*) > 1 order by 1 desc",
  'select cast(id as char(10)), convert(id, signed integer) from orders',
  "create table t1 (id int(11) default null, v varchar(20) default 'x', n int not null default -1)",
  'alter table t1 add column z bigint default 5, add index k (v(10))',
  'drop table t1',
  'select user(), current_user(), database()',
  "select group_concat(id order by id separator ',') from orders",
  'select * from orders where id = 1 for update',
  'select * from orders use index (customer_id) where customer_id = 1',
  'select row_number() over (partition by id order by customer_id) from orders',
  'select 1 union select 2 union distinct select 3',
  'select 12345678901234567890, 123456789012345678901234567890.5',
  "select {d '2020-01-01'}",
  'select !1, ~1, 1|1, 1&1, 1^1, 1<<1, 1>>1, 1 xor 1',
  'select o.*, p.`status` from orders o left join orders p on o.id = p.customer_id where p.id is null',
  "select * from orders where created between '2020-01-01' and now() and customer_id = 5;",
  'lock tables orders read',
  'unlock tables',
]

/** [statement, why its digest text cannot have its fingerprint]. Besides these, only cut digest texts cannot join. */
const CANNOT_JOIN: readonly (readonly [string, string])[] = [
  ['select 1 as `a``b`', 'MySQL does not double a backtick inside a name; MariaDB does'],
  [
    "prepare s from 'select 1'",
    'MySQL shows the prepared statement after the word PREPARE; MariaDB shows PREPARE',
  ],
]

const TABLE = `CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT, status VARCHAR(20), \`select\` INT,
  total DECIMAL(10,2), created DATETIME, users_2009 INT, KEY (customer_id))`

interface Observed {
  readonly sql: string
  readonly digestText: string
}

async function observe(uri: string, statements: readonly string[]): Promise<Observed[]> {
  const worker = await createConnection({ uri, database: 'shop' })
  const watcher = await createConnection({ uri })
  try {
    const thread = await threadOf(worker)
    const observed: Observed[] = []
    for (const sql of statements) {
      await worker.query(sql)
      observed.push({ sql, digestText: await digestTextOf(watcher, thread) })
    }
    return observed
  } finally {
    await Promise.all([worker.end(), watcher.end()])
  }
}

/** The digest text of the thread's last statement. The server records it only after it has answered the client. */
async function digestTextOf(watcher: Connection, thread: number): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const [rows] = await watcher.query<RowDataPacket[]>(
      `SELECT DIGEST_TEXT AS digestText FROM performance_schema.events_statements_current
        WHERE THREAD_ID = ? ORDER BY NESTING_EVENT_LEVEL LIMIT 1`,
      [thread],
    )
    const text: unknown = rows[0]?.digestText
    if (typeof text === 'string') return text
  }
  throw new Error('the server recorded no digest text')
}

async function threadOf(connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT THREAD_ID AS thread FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID()',
  )
  return Number(rows[0]?.thread)
}

onEachServer(
  'the fingerprint of a statement',
  ({ flavour, server }) => {
    const dialect = flavour === 'mariadb' ? MARIADB : MYSQL
    let observed: Observed[] = []

    test(`is that of its digest text, for ${STATEMENTS.length} statements`, async () => {
      const admin = await createConnection({ uri: server().rootUri, multipleStatements: true })
      await admin.query(`CREATE DATABASE shop; USE shop; ${TABLE};
        UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME LIKE 'events_statements%'`)
      await admin.end()
      observed = await observe(server().rootUri, STATEMENTS)
      assert.equal(observed.length, STATEMENTS.length)
      for (const { sql, digestText } of observed) {
        assert.equal(
          normaliseStatement(digestText, dialect).text,
          normaliseStatement(sql, dialect).text,
          digestText,
        )
        assert.deepEqual(fingerprint(digestText, dialect), fingerprint(sql, dialect))
      }
      assert.ok(
        new Set(observed.map(({ sql }) => fingerprint(sql, dialect).id)).size > STATEMENTS.length * 0.9,
      )
    })

    test('is that of its text in the slow log', () => {
      const log = readFileSync(server().slowLogPath, 'utf8')
      const logged = new Set(
        log
          .split(/;\n(?=#|$)/)
          .map((entry) =>
            entry.slice(entry.search(/^SET timestamp=\d+;$/m)).replace(/^SET timestamp=\d+;\n/, ''),
          )
          .map((text) => fingerprint(text, dialect).id),
      )
      for (const { sql } of observed) assert.ok(logged.has(fingerprint(sql, dialect).id), sql)
    })

    test('cannot be had from a digest text that the server cut, and that is known', async () => {
      for (const { digestText } of observed) assert.equal(digestTextMayBeCut(digestText), false)
      const columns = (count: number): string =>
        Array.from({ length: count }, (_, at) => `id as column_number_${at}`).join(', ')
      for (const count of [40, 60, 400]) {
        const [long] = await observe(server().rootUri, [`select ${columns(count)} from orders`])
        assert.ok(long !== undefined)
        assert.equal(digestTextMayBeCut(long.digestText), true, long.digestText)
        assert.notEqual(fingerprint(long.digestText, dialect).id, fingerprint(long.sql, dialect).id)
      }
      const [short] = await observe(server().rootUri, [`select ${columns(28)} from orders`])
      assert.equal(digestTextMayBeCut(String(short?.digestText)), false)
    })

    test('cannot be had from the digest text of the listed shapes', {
      skip: flavour === 'mariadb' ? 'of MariaDB these shapes join' : false,
    }, async () => {
      for (const [sql, reason] of CANNOT_JOIN) {
        const [seen] = await observe(server().rootUri, [sql])
        assert.notEqual(
          fingerprint(String(seen?.digestText), dialect).id,
          fingerprint(sql, dialect).id,
          reason,
        )
      }
    })
  },
  { settings: { long_query_time: '0', log_slow_admin_statements: 'ON' } },
)
