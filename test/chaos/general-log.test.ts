/** The general logs of both servers, as they write them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGeneralLog } from './general-log.ts'

const MARIADB = `/usr/sbin/mariadbd, Version: 10.11.19-MariaDB (Debian 12). started with:
Tcp port: 0  Unix socket: /tmp/s
Time\t\t    Id Command\tArgument
251121  8:36:08\t     5 Connect\tdbm_exec@127.0.0.1 on  using TCP/IP
\t\t     5 Query\tSELECT 1
\t\t     6 Connect\troot@127.0.0.1 on  using TCP/IP
\t\t     6 Query\tDROP TABLE x
251121  8:36:09\t     5 Prepare\tSELECT ?
\t\t     5 Execute\tSELECT 'two
lines'
\t\t     5 Quit\t
251121  8:36:10\t     7 Connect\tdbm_exec@127.0.0.1 on  using TCP/IP
\t\t     7 Connect\tAccess denied for user 'dbm_exec'@'127.0.0.1' (using password: YES)
/usr/sbin/mariadbd, Version: 10.11.19-MariaDB (Debian 12). started with:
Tcp port: 0  Unix socket: /tmp/s
Time\t\t    Id Command\tArgument
251121  8:36:12\t     5 Connect\tdbm_exec@127.0.0.1 on  using TCP/IP
\t\t     5 Query\tCREATE INDEX i ON t (a)
`
const MYSQL = `/opt/mysqld, Version: 9.7.4 (MySQL Community). started with:
Tcp port: 3306  Unix socket: /tmp/s
Time                 Id Command    Argument
2026-11-21T08:36:08.250000Z\t    8 Connect\tdbm_exec@127.0.0.1 on  using SSL/TLS
2026-11-21T08:36:08.500000Z\t    8 Query\tKILL CONNECTION 4
2026-11-21T08:36:08.600000Z\t    8 Close stmt\t
`

test('MariaDB: lives, connections, whole texts, and times that are written once a second', () => {
  const found = parseGeneralLog(MARIADB).filter(({ user }) => user === 'dbm_exec')
  assert.deepEqual(
    found.map(({ life, id, sent }) => [life, id, sent.map(({ text }) => text)]),
    [
      [0, '5', ['SELECT 1', "SELECT 'two\nlines'"]],
      [0, '7', []],
      [1, '5', ['CREATE INDEX i ON t (a)']],
    ],
  )
  assert.equal(found[2]?.openedMs, new Date(2025, 10, 21, 8, 36, 12).getTime())
  assert.equal(found[2]?.sent[0]?.atMs, found[2]?.openedMs)
})

test('MySQL: the same, to the microsecond in UTC', () => {
  const [found] = parseGeneralLog(MYSQL)
  assert.equal(found?.user, 'dbm_exec')
  assert.deepEqual(
    found?.sent.map(({ text, atMs }) => [text, atMs]),
    [['KILL CONNECTION 4', Date.parse('2026-11-21T08:36:08.500Z')]],
  )
})
