/**
 * The accounts of a MySQL-family store, as exact column-level GRANTs: one account a role, and an owner nobody can
 * log in as, under which triggers and routines run. Made from ../schema/access.ts; nothing else grants anything.
 */
import { ACCESS, ACCOUNT_ROLES, type AccountRole, insertColumns, readableTables } from '../schema/access.ts'
import { CLEANUP_PROCEDURE } from '../schema/cleanup-procedure.ts'
import { VIEWS } from '../schema/routines.ts'
import type { Session } from '../session.ts'

/** What the accounts are called and where they may come from. */
export interface AccountOptions {
  /** Name of the store's database. */
  readonly database: string
  /** Accounts are `<prefix>_<role>`; triggers read the role from the name. Default `dbmedic`. */
  readonly prefix?: string
  /** Host part, e.g. `10.0.%`. Default `localhost`. */
  readonly host?: string
  /** Password of each role; in a printed text a placeholder stands where one is missing. */
  readonly passwords?: Partial<Readonly<Record<AccountRole, string>>>
  /** Only connections under TLS. Default true; tests on a loopback socket turn it off. */
  readonly requireTls?: boolean
}

/** A statement and, for the printed text, what it is for. */
export interface AccountStatement {
  readonly role: AccountRole | 'owner'
  readonly sql: string
}

const NAME = /^[A-Za-z0-9_]{1,40}$/
const HOST = /^[A-Za-z0-9_.%:-]{1,255}$/

/** `'dbmedic_owner'@'localhost'`: the definer of triggers and routines. @throws RangeError for a bad name. */
export function ownerAccount(options: AccountOptions): string {
  return account({ ...options, host: 'localhost' }, 'owner')
}

/** `'<prefix>_<role>'@'<host>'`. @throws RangeError for a name or host with other than plain characters. */
export function account(options: AccountOptions, role: AccountRole | 'owner'): string {
  const { prefix = 'dbmedic', host = 'localhost' } = options
  if (!NAME.test(prefix))
    throw new RangeError(`the account prefix ${prefix} has other than letters, digits and _`)
  if (!HOST.test(host)) throw new RangeError(`the account host ${host} is not a host pattern`)
  return `'${prefix}_${role}'@'${host}'`
}

function database(options: AccountOptions): string {
  if (!NAME.test(options.database)) throw new RangeError(`the database name ${options.database} is not plain`)
  return `\`${options.database}\``
}

/** The owner: made before migrating, locked, with what its triggers and routines do and no more. */
export function ownerStatements(options: AccountOptions): readonly AccountStatement[] {
  const owner = ownerAccount(options)
  return [
    { role: 'owner', sql: `CREATE USER IF NOT EXISTS ${owner} ACCOUNT LOCK` },
    {
      role: 'owner',
      sql: `GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, TRIGGER ON ${database(options)}.* TO ${owner}`,
    },
  ]
}

/** The accounts of the roles: made after migrating, because a column grant needs its table. */
export function roleStatements(options: AccountOptions): readonly AccountStatement[] {
  return ACCOUNT_ROLES.flatMap((role) => statementsOf(role, options))
}

function statementsOf(role: AccountRole, options: AccountOptions): AccountStatement[] {
  const to = account(options, role)
  const db = database(options)
  const tls = options.requireTls === false ? '' : ' REQUIRE SSL'
  const create = `CREATE USER IF NOT EXISTS ${to} IDENTIFIED BY ${password(role, options)}${tls}`
  const views = role === 'retention' ? [] : VIEWS.map(({ name }) => name)
  const own = [...readableTables(role), 'schema_versions', ...views]
  return [
    create,
    ...own.map((table) => `GRANT SELECT ON ${db}.${table} TO ${to}`),
    ...Object.keys(ACCESS[role]).flatMap((table) =>
      tableGrants(role, table).map((what) => `GRANT ${what} ON ${db}.${table} TO ${to}`),
    ),
    ...(['observe', 'auditor'].includes(role)
      ? [`GRANT EXECUTE ON FUNCTION ${db}.dbm_events_digest TO ${to}`]
      : []),
    ...(role === 'retention' ? [`GRANT EXECUTE ON PROCEDURE ${db}.${CLEANUP_PROCEDURE.name} TO ${to}`] : []),
  ].map((sql) => ({ role, sql }))
}

function password(role: AccountRole, options: AccountOptions): string {
  const given = options.passwords?.[role]
  if (given === undefined) return `'<password of ${role}>'`
  if (!/^[!-&(-[\]-~]{12,128}$/.test(given)) {
    throw new RangeError(
      `the password of ${role} must be 12 to 128 printable ASCII characters without ' and \\`,
    )
  }
  return `'${given}'`
}

function tableGrants(role: AccountRole, table: string): string[] {
  const access = ACCESS[role][table]
  const inserted = insertColumns(role, table)
  return [
    ...(inserted.length > 0 ? [`INSERT (${inserted.join(', ')})`] : []),
    ...(access?.update === undefined ? [] : [`UPDATE (${access.update.join(', ')})`]),
    ...(access?.delete === true ? ['DELETE'] : []),
  ]
}

/** What `dbmedic store grants` prints: every statement, with placeholders for passwords that were not given. */
export function grantsText(options: AccountOptions): string {
  const lines = [
    `-- Accounts of the store ${options.database}, for MySQL 8+, MySQL 9 and MariaDB 10.11+.`,
    '-- Run the owner’s part before `dbmedic store migrate`, the rest after it. Choose a password for each role.',
  ]
  let last = ''
  for (const { role, sql } of [...ownerStatements(options), ...roleStatements(options)]) {
    if (role !== last) lines.push('', `-- ${role}`)
    last = role
    lines.push(`${sql};`)
  }
  return `${lines.join('\n')}\n`
}

/** Runs statements over a session that may create accounts. */
export async function runStatements(
  session: Session,
  statements: readonly AccountStatement[],
): Promise<void> {
  for (const { sql } of statements) await session.run(sql)
}
