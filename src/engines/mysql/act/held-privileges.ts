/** What an account may do, read from the text of SHOW GRANTS, and whether that covers what somebody needs. */

/** One privilege as it was granted. */
export interface HeldPrivilege {
  /** Upper case, as the server writes it: `INDEX`, `CONNECTION_ADMIN`, `ALL PRIVILEGES`, `GRANT OPTION`. */
  readonly privilege: string
  /** Null: on everything. May be a pattern of LIKE. */
  readonly schema: string | null
  /** Null: on every table of the schema. */
  readonly table: string | null
  /** Null: on every column. */
  readonly columns: readonly string[] | null
  /** To whom it was granted, quoted for REVOKE: the account, a role of it, or PUBLIC, which is everybody (MariaDB 10.11). */
  readonly to: string
}

/** What an account holds. */
export interface HeldPrivileges {
  readonly granted: readonly HeldPrivilege[]
  /** MySQL's partial revokes: held on everything but these schemas. */
  readonly revoked: readonly HeldPrivilege[]
}

/** How the server reads a schema's name in a GRANT. MySQL with `partial_revokes` takes it as it stands. */
export interface GrantReading {
  readonly schemasArePatterns: boolean
}

const NAME = '(`(?:[^`]|``)*`|\\*)'
const GRANTEE = 'PUBLIC|`(?:[^`]|``)*`(?:@`(?:[^`]|``)*`)?'
const LINE = new RegExp(
  `^(GRANT|REVOKE) (.+?) ON (?:TABLE |FUNCTION |PROCEDURE |PACKAGE |PACKAGE BODY )?${NAME}\\.${NAME} (?:TO|FROM) (${GRANTEE})`,
  's',
)
const ITEM = /\s*([A-Z][A-Z_ ]*[A-Z])\s*(?:\(([^)]*)\))?\s*(?:,|$)/y

/**
 * Reads the lines of SHOW GRANTS under an SQL mode that quotes names with backticks. Lines that grant a role or a
 * proxy hold no privilege of their own; what cannot be read counts as not held.
 */
export function readGrants(lines: readonly string[]): HeldPrivileges {
  const granted: HeldPrivilege[] = []
  const revoked: HeldPrivilege[] = []
  for (const line of lines) {
    const [, verb, list = '', schema = '', table = '', to] = LINE.exec(line) ?? []
    if (to === undefined) continue
    const scope = { schema: unquoted(schema), table: unquoted(table), to }
    const held = privilegesOf(list).map((one) => ({ ...one, ...scope }))
    const into = verb === 'GRANT' ? granted : revoked
    into.push(...held.filter((one) => one.privilege !== 'USAGE'))
    if (verb === 'GRANT' && / WITH (?:.* )?GRANT OPTION\b/.test(line.slice(line.lastIndexOf('`')))) {
      granted.push({ privilege: 'GRANT OPTION', columns: null, ...scope })
    }
  }
  return { granted, revoked }
}

/** `SELECT, INSERT (a, b)` as privileges; nothing of a list that is not read to its end. */
export function privilegesOf(list: string): readonly Pick<HeldPrivilege, 'privilege' | 'columns'>[] {
  const found: Pick<HeldPrivilege, 'privilege' | 'columns'>[] = []
  ITEM.lastIndex = 0
  while (ITEM.lastIndex < list.length) {
    const [, privilege, columns] = ITEM.exec(list) ?? []
    if (privilege === undefined) return []
    found.push({
      privilege,
      columns: columns?.split(',').map((column) => unquoted(column.trim()) ?? '*') ?? null,
    })
  }
  return found
}

function unquoted(name: string): string | null {
  if (name === '*') return null
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name
}

/** What is needed: on every table of the schema if `table` is null, on everything if `schema` is null. */
export type NeededPrivilege = Omit<HeldPrivilege, 'to'>

/**
 * SUPER of old stands for these still (MySQL's check_global_access falls back to it; MariaDB's PRIV_* masks in
 * sql/privilege.h name SUPER_ACL beside each).
 */
const SUPER_STANDS_FOR = new Set([
  'BINLOG_ADMIN',
  'CONNECTION_ADMIN',
  'REPLICATION_SLAVE_ADMIN',
  'SYSTEM_VARIABLES_ADMIN',
  'REPLICATION CLIENT',
  'BINLOG ADMIN',
  'BINLOG MONITOR',
  'CONNECTION ADMIN',
  'REPLICATION SLAVE ADMIN',
  'SLAVE MONITOR',
])

/** Whether what is held covers what is needed. */
export function isHeld(needed: NeededPrivilege, held: HeldPrivileges, reading: GrantReading): boolean {
  const covers = (one: HeldPrivilege): boolean => reaches(one, needed, reading) && means(one, needed)
  return held.granted.some(
    (one) => covers(one) && (one.schema !== null || !held.revoked.some((each) => covers(each))),
  )
}

function means(one: HeldPrivilege, needed: NeededPrivilege): boolean {
  if (one.privilege === 'ALL PRIVILEGES') return true
  if (one.privilege === 'SUPER' && SUPER_STANDS_FOR.has(needed.privilege)) return true
  if (one.privilege !== needed.privilege) return false
  if (one.columns === null) return true
  const columns = new Set(one.columns.map((column) => column.toLowerCase()))
  return needed.columns?.every((column) => columns.has(column.toLowerCase())) ?? false
}

/** Whether a grant's scope holds all that is needed. */
function reaches(one: HeldPrivilege, needed: NeededPrivilege, reading: GrantReading): boolean {
  if (one.schema === null) return true
  if (needed.schema === null || !schemaMatches(one.schema, needed.schema, reading)) return false
  return one.table === null || one.table === needed.table
}

/** Whether the schema of a grant, perhaps a pattern, is or takes in this one. */
export function schemaMatches(given: string, schema: string, { schemasArePatterns }: GrantReading): boolean {
  if (given === schema) return true
  if (!schemasArePatterns) return false
  const source = given.replaceAll(/\\.|[\s\S]/g, (part) => {
    if (part === '%') return '[\\s\\S]*'
    if (part === '_') return '[\\s\\S]'
    return RegExp.escape(part.length === 2 ? part.slice(1) : part)
  })
  return new RegExp(`^${source}$`).test(schema)
}
