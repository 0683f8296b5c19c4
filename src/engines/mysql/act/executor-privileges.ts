/**
 * What the executor's account lacks for the actions it is there for, each with the GRANT that gives it, and what it
 * holds beyond them. Reads SHOW GRANTS and changes nothing: an ALTER cannot be tried as a SELECT can.
 */
import type { Credentials, PrivilegeNeed, TargetAddress } from '../../../core/engine.ts'
import { DbmedicError } from '../../../core/errors.ts'
import type { CapabilityReport } from '../../../core/observer.ts'
import { identifierProblem } from '../../../sql/identifiers.ts'
import { quoteIdentifier, quoteQualified } from '../../../sql/quoting.ts'
import { quotedAccount, report } from '../capabilities/capability.ts'
import { isOn, type Row, textOrEmpty } from '../cells.ts'
import { openConnection } from '../open-connection.ts'
import { errorNumber } from '../questions/failure.ts'
import { readServerVersion } from '../server-version.ts'
import { NOT_SYSTEM_SCHEMA, SCHEMAS_MAX, SYSTEM_SCHEMAS } from '../snapshots/app-schemas.ts'
import { type Asker, targetError } from '../target-error.ts'
import { createActuator } from './actuator.ts'
import {
  type GrantReading,
  type HeldPrivilege,
  type HeldPrivileges,
  isHeld,
  type NeededPrivilege,
  privilegesOf,
  readGrants,
  schemaMatches,
} from './held-privileges.ts'

const READ_MS = 10_000
/** Names of one report; the rest is counted. */
const NAMED_MOST = 20

/** What the account was found to hold, and where. */
interface Account {
  readonly flavour: 'mariadb' | 'mysql'
  /** Quoted for GRANT. */
  readonly name: string
  readonly held: HeldPrivileges
  readonly reading: GrantReading
  /** Schemas of applications, without those no action may touch. */
  readonly schemas: Schemas
  /** Schemas no action may touch, the server's own among them. */
  readonly untouched: readonly string[]
}

/** Null: nobody may read which there are. */
type Schemas = readonly string[] | null

/** What to look at. */
export interface ExecutorCheck {
  readonly address: TargetAddress
  readonly executor: Credentials
  readonly monitor: Credentials
  readonly needs: readonly PrivilegeNeed[]
  readonly denySchemas: readonly string[]
}

/**
 * One report for the connection, one a need, one for what is held beyond all needs. Never throws for what the target
 * does: an account that cannot log in has one report.
 */
export async function checkExecutor(check: ExecutorCheck): Promise<readonly CapabilityReport[]> {
  try {
    // As a run does it, with its second connection for the watchdog.
    await (await createActuator(check.address, check.executor).open()).close()
    const account = await readAccount(check)
    const lines = check.needs.map((need) => ({ need, lines: neededBy(need, account.flavour) }))
    return [
      connection(true, `${account.name} logs in`, []),
      ...lines.filter((one) => one.lines.length > 0).map((one) => reportOf(one.need, one.lines, account)),
      excess(
        lines.flatMap((one) => one.lines),
        account,
      ),
    ]
  } catch (error) {
    if (!(error instanceof DbmedicError)) throw error
    return [connection(false, error.message, [error.hint])]
  }
}

const connection = (available: boolean, found: string, remedy: readonly string[]): CapabilityReport =>
  report('executor', available, { found, consequence: 'Nothing can be run on this target.', remedy })

async function readAccount(check: ExecutorCheck): Promise<Account> {
  const schemas =
    (await withAccount(check.address, check.monitor, applicationSchemas).catch(() => null)) ??
    (await withAccount(check.address, check.executor, applicationSchemas))
  const denied = new Set(check.denySchemas.map((schema) => schema.toLowerCase()))
  return withAccount(check.address, check.executor, async (query) => {
    const [row] = await query('SELECT VERSION() AS version, CURRENT_USER() AS account')
    const version = readServerVersion(textOrEmpty(row?.['version']))
    const flavour = version?.flavour === 'mariadb' ? 'mariadb' : 'mysql'
    await query("SET SESSION sql_mode='', sql_quote_show_create=1")
    const lines = await query(await showGrants(query, flavour))
    return {
      flavour,
      name: quotedAccount(textOrEmpty(row?.['account'])),
      held: readGrants(lines.map((line) => textOrEmpty(Object.values(line)[0] ?? null))),
      reading: { schemasArePatterns: flavour === 'mariadb' || !(await partialRevokes(query)) },
      schemas: schemas?.filter((schema) => !denied.has(schema.toLowerCase())) ?? null,
      untouched: [...SYSTEM_SCHEMAS, ...check.denySchemas],
    }
  })
}

/** @throws TargetError for whatever the target does. */
async function withAccount<T>(
  address: TargetAddress,
  credentials: Credentials,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const asker: Asker = {
    target: address.name,
    user: credentials.user,
    fullRemedy: 'raise MAX_USER_CONNECTIONS of the account to 2 or more',
  }
  const door = { host: address.host, port: address.port, socketPath: address.socketPath }
  const { driver, destroy } = await openConnection({ address, credentials, asker, door })
  try {
    return await work(async (sql) => (await driver.query({ sql, timeout: READ_MS }))[0] as Row[])
  } catch (error) {
    throw targetError(error, asker)
  } finally {
    destroy()
  }
}

type Query = (sql: string) => Promise<readonly Row[]>

/** MySQL lists what active roles give only when they are named; MariaDB lists those of the current role by itself. */
async function showGrants(query: Query, flavour: Account['flavour']): Promise<string> {
  if (flavour === 'mariadb') return 'SHOW GRANTS'
  const roles = textOrEmpty((await query('SELECT CURRENT_ROLE() AS roles'))[0]?.['roles'] ?? null)
  // CURRENT_ROLE() quotes each role as SHOW GRANTS wants it.
  return roles === 'NONE' || roles === '' ? 'SHOW GRANTS' : `SHOW GRANTS FOR CURRENT_USER() USING ${roles}`
}

async function partialRevokes(query: Query): Promise<boolean> {
  const rows = await query("SHOW GLOBAL VARIABLES LIKE 'partial_revokes'")
  return isOn(rows[0]?.['Value'] ?? null)
}

/**
 * Every table is in InnoDB's statistics, whoever may see it in the catalog; null without the right to read them. A schema
 * whose name is never put into a statement (control characters, …) is left out: no action is for it.
 */
async function applicationSchemas(query: Query): Promise<Schemas> {
  try {
    const rows = await query(
      `SELECT DISTINCT database_name AS name FROM mysql.innodb_table_stats WHERE database_name ${NOT_SYSTEM_SCHEMA} ORDER BY 1 LIMIT ${SCHEMAS_MAX}`,
    )
    return rows
      .map((row) => textOrEmpty(row['name']))
      .filter((name) => identifierProblem(name, 'mysql') === null)
  } catch (error) {
    if (errorNumber(error) === null) throw error
    return null
  }
}

/** One line of a need, taken apart. */
interface NeedLine {
  readonly privileges: readonly Pick<HeldPrivilege, 'privilege' | 'columns'>[]
  /** `list` as written. */
  readonly list: string
  /** `global`: on everything. `schema`: on each schema of applications. `tables`: there, or on some tables. */
  readonly on: 'global' | 'schema' | 'tables' | { readonly schema: string; readonly table: string | null }
}

const NEED =
  /^(?:\[(MySQL|MariaDB)\] )?GRANT (.+) ON (\*|\{schema\}|[a-z_]+)\.(\*|\{table\}|[a-z_]+) TO \{executor\}$/

/** The lines of a need that are for this flavour. @throws RangeError for a line of another form. */
function neededBy(need: PrivilegeNeed, flavour: Account['flavour']): readonly NeedLine[] {
  return need.grants.flatMap((line) => {
    const [, only, list = '', schema = '', table = ''] = NEED.exec(line) ?? []
    const privileges = privilegesOf(list)
    if (privileges.length === 0) throw new RangeError(`not a GRANT this check can read: ${line}`)
    if (only !== undefined && (only === 'MariaDB') !== (flavour === 'mariadb')) return []
    return [{ privileges, list, on: scopeOf(schema, table) }]
  })
}

function scopeOf(schema: string, table: string): NeedLine['on'] {
  if (schema === '*') return 'global'
  if (schema === '{schema}') return table === '{table}' ? 'tables' : 'schema'
  return { schema, table: table === '*' ? null : table }
}

function reportOf(need: PrivilegeNeed, lines: readonly NeedLine[], account: Account): CapabilityReport {
  const wanted = lines.map((line) => `${line.list} on ${placeOf(line)}`).join('; ')
  const remedy = lines.flatMap((line) => missing(line, account))
  const unseen = account.schemas === null && lines.some(({ on }) => on === 'schema' || on === 'tables')
  if (unseen && remedy.length === 0) {
    return report(`executor:${need.id}`, null, {
      found: `which schemas there are is not known, so neither whether it has ${wanted}`,
      consequence: need.consequence,
      remedy: [`GRANT SELECT ON mysql.innodb_table_stats TO ${account.name}`],
    })
  }
  return report(`executor:${need.id}`, remedy.length === 0, {
    found: remedy.length === 0 ? wanted : `not all of ${wanted}`,
    consequence: need.consequence,
    remedy,
  })
}

function placeOf({ on }: NeedLine): string {
  if (on === 'global') return '*.*'
  if (on === 'schema') return 'each schema'
  if (on === 'tables') return 'each schema or some of its tables'
  return `${on.schema}.${on.table ?? '*'}`
}

/** The GRANTs that give what a line lacks. */
function missing(line: NeedLine, account: Account): readonly string[] {
  const { on, list } = line
  const grant = (scope: string): string => `GRANT ${list} ON ${scope} TO ${account.name}`
  const lacks = (scope: Pick<NeededPrivilege, 'schema' | 'table'>): boolean =>
    line.privileges.some((one) => !isHeld({ ...one, ...scope }, account.held, account.reading))
  if (on === 'global') return lacks({ schema: null, table: null }) ? [grant('*.*')] : []
  if (typeof on === 'object') {
    const scope = on.table === null ? `${on.schema}.*` : quoteQualified([on.schema, on.table], 'mysql')
    return lacks(on) ? [grant(scope)] : []
  }
  return (account.schemas ?? [])
    .filter((schema) => lacks({ schema, table: null }))
    .filter(
      (schema) => on !== 'tables' || !tablesOf(schema, account).some((table) => !lacks({ schema, table })),
    )
    .map((schema) => grant(`${grantedSchema(schema, account.reading)}.*`))
}

/** Tables of a schema on which anything was granted by itself. */
function tablesOf(schema: string, { held }: Account): readonly string[] {
  return held.granted.flatMap((one) => (one.schema === schema && one.table !== null ? [one.table] : []))
}

/** The schema as a GRANT takes it: where names are patterns, `_` and `%` would let in others. */
function grantedSchema(schema: string, { schemasArePatterns }: GrantReading): string {
  const name = quoteIdentifier(schema, 'mysql')
  return schemasArePatterns ? name.replaceAll(/[\\_%]/g, '\\$&') : name
}

/** Reading what is not everything is no power worth a warning. */
const READING = new Set(['SELECT', 'EXECUTE', 'REFERENCES', 'SHOW VIEW'])

/** What a thief of this account could do that no action does. */
function excess(lines: readonly NeedLine[], account: Account): CapabilityReport {
  const beyond = account.held.granted.filter((one) => isBeyond(one, lines, account))
  const scopes = Map.groupBy(beyond, (one) => `${scopeText(one)} FROM ${one.to}`)
  const named = [...scopes.values()].map(heldText)
  const rest = named.length > NAMED_MOST ? ` and ${named.length - NAMED_MOST} more` : ''
  return report('executor:narrow', named.length === 0, {
    found: named.length === 0 ? 'nothing beyond these' : `${named.slice(0, NAMED_MOST).join('; ')}${rest}`,
    consequence:
      'Warning: no action needs it, so it only serves whoever steals this account. Actions run all the same.',
    remedy: [...scopes].slice(0, NAMED_MOST).flatMap(([from, held]) => revokes(from, held)),
  })
}

const privilegesIn = (held: readonly HeldPrivilege[]): readonly string[] => [
  ...new Set(held.map((one) => one.privilege)),
]

/** What is held in one place. What came with a role or with PUBLIC is others' too. */
function heldText(held: readonly HeldPrivilege[]): string {
  const [first] = held
  if (first === undefined) return ''
  const through = first.to.includes('@') ? '' : ` through ${first.to}`
  return `${privilegesIn(held).join(', ')} on ${scopeText(first)}${through}`
}

/** One REVOKE a place, except that the server takes ALL PRIVILEGES only when it stands alone. */
function revokes(from: string, held: readonly HeldPrivilege[]): readonly string[] {
  const [whole, single] = [
    privilegesIn(held).filter((one) => one === 'ALL PRIVILEGES'),
    privilegesIn(held).filter((one) => one !== 'ALL PRIVILEGES'),
  ]
  return [...whole, single.join(', ')]
    .filter((list) => list !== '')
    .map((list) => `REVOKE ${list} ON ${from}`)
}

/** MySQL's way in through `admin_port` while the server is full. It lets nothing else be done. */
const WAY_IN = 'SERVICE_CONNECTION_ADMIN'

function isBeyond(one: HeldPrivilege, lines: readonly NeedLine[], account: Account): boolean {
  if (one.privilege === WAY_IN) return false
  if (one.schema !== null && READING.has(one.privilege)) return false
  return !lines.some(
    ({ on, privileges }) =>
      privileges.some((needed) => needed.privilege === one.privilege) && isWithin(one, on, account),
  )
}

function isWithin(one: HeldPrivilege, on: NeedLine['on'], { reading, untouched }: Account): boolean {
  if (on === 'global') return true
  if (one.schema === null) return false
  const { schema } = one
  if (typeof on !== 'string') return schema === on.schema && (on.table === null || one.table === on.table)
  return !untouched.some((other) => schemaMatches(schema, other, reading))
}

/** A grant's scope as REVOKE takes it. Its schema may be a pattern, and longer than a name with the escapes in it. */
function scopeText({ schema, table }: HeldPrivilege): string {
  const part = (name: string | null): string => (name === null ? '*' : `\`${name.replaceAll('`', '``')}\``)
  return `${part(schema)}.${part(table)}`
}
