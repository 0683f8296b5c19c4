/** The server itself: identity, transport, a door that is left when it is full, counters it may keep. */
import { isOn, number, textOrEmpty } from '../cells.ts'
import { type Probe, report, setAtStart, setGlobal } from './capability.ts'

/** A uid that survives restarts and is no other server's. */
export const identityProbe: Probe = {
  ids: ['identity'],
  async run({ server }) {
    const strong = server.flavour === 'mysql' || server.version >= 101_000
    return [
      report('identity', strong, {
        found: `${server.versionText}, ${strong ? (server.flavour === 'mysql' ? '@@server_uuid' : '@@server_uid') : 'no uid'}`,
        consequence:
          'The server is known by address and settings only: actions of MEDIUM and HIGH risk are refused.',
        remedy: ['upgrade MariaDB to 10.10 or later'],
      }),
    ]
  },
}

/** Whether this connection is encrypted. */
export const tlsProbe: Probe = {
  ids: ['tls'],
  async run({ query, address }) {
    const cipher = textOrEmpty((await query("SHOW SESSION STATUS LIKE 'Ssl_cipher'"))[0]?.['Value'])
    const isHere = address.socketPath !== null || ['127.0.0.1', '::1', 'localhost'].includes(address.host)
    return [
      report('tls', cipher !== '' || isHere, {
        found: cipher !== '' ? cipher : isHere ? 'not encrypted, within this machine' : 'not encrypted',
        consequence:
          'Whoever can listen on the way reads what the monitor reads, texts of statements included.',
        remedy: ['set `tls: verify-full` (or `verify-ca`, `require`) for this target'],
      }),
    ]
  },
}

/** A way in when all connections are taken. */
export const reservedDoorProbe: Probe = {
  ids: ['reserved-connection'],
  async run({ server, variables, options, account }) {
    const isMariadb = server.flavour === 'mariadb'
    const open = isMariadb
      ? (number(variables['extra_port']) ?? 0) > 0
      : textOrEmpty(variables['admin_address']) !== ''
    const found = isMariadb
      ? `extra_port=${variables['extra_port'] ?? '0'}`
      : `admin_address=${variables['admin_address'] ?? ''}, admin_port=${variables['admin_port'] ?? ''}`
    const settings = isMariadb
      ? [...setAtStart('extra_port', '3307'), 'my.cnf, [mysqld]: extra_max_connections=3']
      : [...setAtStart('admin_address', '127.0.0.1'), `GRANT SERVICE_CONNECTION_ADMIN ON *.* TO ${account}`]
    return [
      report('reserved-connection', open && options.adminPort !== null, {
        found: `${found}; option adminPort=${options.adminPort ?? 'not set'}`,
        consequence:
          'While the server is full no approved action can run, and a monitor that lost its connection cannot come back.',
        remedy: [
          ...(open ? [] : settings),
          ...(options.adminPort === null ? ['set the option `adminPort` of this target'] : []),
        ],
      }),
    ]
  },
}

/** Whether prepared statements of the binary protocol have figures that outlive them. */
export const preparedStatementsProbe: Probe = {
  ids: ['prepared-statement-figures'],
  async run({ server, query }) {
    const isMysql = server.flavour === 'mysql'
    const sql = `SELECT COUNT_STAR AS calls FROM performance_schema.events_statements_summary_global_by_event_name
WHERE EVENT_NAME = 'statement/com/Execute'`
    const calls = isMysql ? '' : textOrEmpty((await query(sql))[0]?.['calls'])
    return [
      report('prepared-statement-figures', isMysql, {
        found: isMysql
          ? 'runs of prepared statements have digests'
          : `MariaDB keeps counters of those that are open and no digests; ${calls || '0'} runs since the start`,
        consequence:
          'Statements that applications prepare, run and close at once are seen in the slow log and while they run only; those a client keeps open are seen.',
        remedy: [
          'SET GLOBAL long_query_time = 0.2',
          'or let the driver keep what it prepared (a statement cache), or interpolate instead of prepare',
        ],
      }),
    ]
  },
}

/** Errors by number: MySQL counts them, MariaDB does not. */
export const errorCountersProbe: Probe = {
  ids: ['error-counters'],
  async run({ server }) {
    return [
      report('error-counters', server.flavour === 'mysql', {
        found:
          server.flavour === 'mysql'
            ? 'events_errors_summary_global_by_error'
            : 'MariaDB has no such counters',
        consequence:
          'Errors by number are not seen on the server; reports of applications and the logs remain.',
        remedy: [],
      }),
    ]
  },
}

/** MariaDB's own counters by index and table. MySQL has the Performance Schema's instead. */
export const userstatProbe: Probe = {
  ids: ['userstat'],
  async run(context) {
    if (context.server.flavour === 'mysql') return []
    return [
      report('userstat', isOn(context.variables['userstat']), {
        found: `userstat=${context.variables['userstat'] ?? 'unknown'}`,
        consequence:
          'The write cost of each index is not counted; unused indexes are still seen if instruments are on.',
        remedy: setGlobal(context, 'userstat', 'ON'),
      }),
    ]
  },
}
