/** What is kept of a person, read by the schema's own account of whose each row is; and its erasure. */
import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import {
  type Erasure,
  KEPT_ROWS_MOST,
  type KeptOfPerson,
  type KeptRows,
  type KeptValue,
  type PersonRecords,
} from '../../../core/erasures.ts'
import { statement } from '../../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../../database/store-database.ts'
import { utc } from '../../rows/cells.ts'
import { readableTables } from '../../schema/access.ts'
import type { Column } from '../../schema/columns.ts'
import type { Table } from '../../schema/table.ts'
import { tableNamed } from '../../schema/tables.ts'
import type { PersonErasuresTable } from '../../tables.ts'
import { listAuditContaining } from '../list-audit.ts'
import { unknown } from '../people-and-targets.ts'

/** Persons listed at once. */
const ERASURES_MOST = 1000
/** Links read at once, and looked through for them. */
const LINKS_PAGE = 1000
const LINKS_BLOCK = 20_000

/** Person records over serve's store. */
export function personRecords(db: StoreDatabase): PersonRecords {
  return {
    erasePerson: (wish) => erasePerson(db, wish),
    erasures: () => erasures(db),
    keptOf: (userName, withLinks) => keptOf(db, userName, withLinks),
  }
}

async function erasures(db: StoreDatabase): Promise<readonly Erasure[]> {
  const q = queriesOf(db.dialect)
  const rows = await db.all(
    q
      .selectFrom('person_erasures')
      .selectAll()
      .orderBy('erased_at', 'desc')
      .orderBy('person_id', 'desc')
      .limit(ERASURES_MOST),
  )
  if (rows.length === 0) return []
  const logins = await db.all(
    q
      .selectFrom('users')
      .select(['user_id', 'person_id'])
      .where(
        'person_id',
        'in',
        rows.map((row) => row.person_id),
      )
      .orderBy('user_id'),
  )
  const namesOf = Map.groupBy(logins, (each) => each.person_id)
  return rows.map((row) =>
    erasureOf(
      row,
      (namesOf.get(row.person_id) ?? []).map((each) => each.user_id),
    ),
  )
}

const erasureOf = (row: Selectable<PersonErasuresTable>, userNames: readonly string[]): Erasure => ({
  personId: row.person_id,
  userNames,
  erasedBy: row.erased_by,
  reason: row.reason,
  erasedAt: utc(row.erased_at),
})

/** The person behind a login, or whom an invitation under that name is for. */
async function personIdOf(runner: Runner, userName: string): Promise<number> {
  const q = queriesOf(runner.dialect)
  const row =
    (await runner.first(q.selectFrom('users').select('person_id').where('user_id', '=', userName))) ??
    (await runner.first(
      q.selectFrom('invitations').select('person_id').where('user_id', '=', userName).limit(1),
    ))
  return row?.person_id ?? unknown(`user ${userName}`)
}

async function loginsOf(runner: Runner, personId: number): Promise<readonly string[]> {
  const rows = await runner.all(
    queriesOf(runner.dialect)
      .selectFrom('users')
      .select('user_id')
      .where('person_id', '=', personId)
      .orderBy('user_id'),
  )
  return rows.map((row) => row.user_id)
}

const erasureRow = (runner: Runner, personId: number) =>
  runner.first(
    queriesOf(runner.dialect).selectFrom('person_erasures').selectAll().where('person_id', '=', personId),
  )

async function erasePerson(
  db: StoreDatabase,
  { userName, by, reason }: Parameters<PersonRecords['erasePerson']>[0],
): Promise<Erasure> {
  const sqlite = db.dialect === 'sqlite'
  const pragma = (text: string) => db.all(statement(db.dialect, sql.raw(`PRAGMA ${text}`)))
  // What a file forgets stays in its free pages and its log unless it is told to overwrite them.
  if (sqlite) await pragma('secure_delete = ON')
  try {
    return await db.transaction(async (runner) => {
      const personId = await personIdOf(runner, userName)
      await runner.write(
        queriesOf(runner.dialect)
          .insertInto('person_erasures')
          .values({ person_id: personId, erased_by: by, reason }),
      )
      const row = (await erasureRow(runner, personId)) ?? unknown(`erasure of ${userName}`)
      return erasureOf(row, await loginsOf(runner, personId))
    })
  } finally {
    if (sqlite) {
      // Somebody who reads just then keeps the log: the next checkpoint empties it.
      await pragma('wal_checkpoint(TRUNCATE)').catch(() => undefined)
      await pragma('secure_delete = OFF')
    }
  }
}

/** What somebody signs in with, sealed keys and answers that hold them: no export needs them, and each is worth stealing. */
const SECRET: Readonly<Record<string, readonly string[]>> = {
  passwords: ['password_hash'],
  sealed_keys: ['sealed_key'],
  sessions: ['session_digest'],
  api_tokens: ['token_digest'],
  sign_in_links: ['link_digest'],
  request_answers: ['key_digest', 'request_digest', 'answer'],
  second_factors: ['sealed_secret', 'last_step'],
  recovery_codes: ['code_digest'],
  invitations: ['link_digest', 'sealed_key', 'password_hash'],
  passkey_challenges: ['challenge_digest', 'bound_digest'],
}

/** Whose rows are looked for. */
interface Whose {
  readonly personId: number
  readonly userNames: readonly string[]
}

const namesLogin = ({ name, kind }: Column): boolean =>
  kind.is === 'user' || name === 'requested_by' || name === 'assessed_by'

async function keptOf(db: StoreDatabase, userName: string, withLinks: boolean): Promise<KeptOfPerson> {
  const personId = await personIdOf(db, userName)
  const whose = { personId, userNames: await loginsOf(db, personId) }
  const tables: KeptRows[] = []
  for (const name of readableTables('serve')) {
    const kept = await keptIn(db, tableNamed(name), whose)
    if (kept !== null && kept.rows.length > 0) tables.push(kept)
  }
  const links = withLinks ? await linksOf(db, whose) : null
  if (links !== null && links.rows.length > 0) tables.push(links)
  const erased = await erasureRow(db, personId)
  return { ...whose, erasure: erased === null ? null : erasureOf(erased, whose.userNames), tables }
}

/** Rows of a table that name the person; null: it names nobody. */
async function keptIn(db: StoreDatabase, table: Table, whose: Whose): Promise<KeptRows | null> {
  const columns = table.columns.filter((each) => each.generated === undefined)
  const logins = columns.filter(namesLogin).map((each) => sql.ref(each.name))
  const names = whose.userNames.map((each) => each.toLowerCase())
  const conditions = [
    ...(names.length === 0 ? [] : logins.map((column) => sql`${column} IN (${sql.join(whose.userNames)})`)),
    ...(columns.some((each) => each.name === 'person_id') ? [sql`person_id = ${whose.personId}`] : []),
    ...(table.name === 'sign_in_attempts' && names.length > 0
      ? [sql`account_digest IN (${sql.join(names.map(digestOf))})`]
      : []),
  ]
  if (conditions.length === 0) return null
  const shown = columns.filter((each) => SECRET[table.name]?.includes(each.name) !== true)
  const found = await db.all(
    statement<Record<string, unknown>>(
      db.dialect,
      sql`SELECT ${sql.join(shown.map((each) => sql.ref(each.name)))} FROM ${sql.table(table.name)} WHERE ${sql.join(conditions, sql` OR `)} ORDER BY ${sql.join(table.primaryKey.map((each) => sql.ref(each)))} LIMIT ${sql.lit(KEPT_ROWS_MOST + 1)}`,
    ),
  )
  const rows = found
    .slice(0, KEPT_ROWS_MOST)
    .map((row) => Object.fromEntries(shown.map((each) => [each.name, keptValue(each, row[each.name])])))
  return { table: table.name, purpose: table.purpose, rows, hasMore: found.length > KEPT_ROWS_MOST }
}

/** As the lockout keeps the name of an account. */
const digestOf = (name: string): string => createHash('sha256').update(name, 'utf8').digest('hex')

function keptValue({ kind }: Column, cell: unknown): KeptValue {
  if (cell === null || cell === undefined) return null
  if (Buffer.isBuffer(cell)) return cell.toString('base64')
  if (['time', 'stamp', 'mark'].includes(kind.is)) return utc(String(cell))
  if (kind.is === 'bool') return Number(cell) === 1
  return typeof cell === 'number' ? cell : String(cell)
}

/** Links of the chain that name a login of the person, or are of the person's own row. */
async function linksOf(db: StoreDatabase, { personId, userNames }: Whose): Promise<KeptRows> {
  const own = ['persons', 'person_erasures'].map((kind) => ({
    kind,
    contains: [{ oneOf: [`"key":${personId},`, `"key": ${personId},`] }],
  }))
  const named = userNames.map((each) => ({
    contains: [{ oneOf: [`"${each.toLowerCase()}"`], anyCase: true as const }],
  }))
  const found = new Map<number, { readonly [column: string]: KeptValue }>()
  const head = await db.first(queriesOf(db.dialect).selectFrom('audit_head').select('last_seq'))
  for (const wanted of [...own, ...named]) {
    // Of a kind they are looked up; those that name a login are read for, a block at a time.
    const block = 'kind' in wanted ? Number.MAX_SAFE_INTEGER : LINKS_BLOCK
    for (let to = head?.last_seq ?? 0; to > 0 && found.size <= KEPT_ROWS_MOST; ) {
      const from = Math.max(1, to - block + 1)
      const page = await listAuditContaining(db, { from, to, ...wanted, limit: LINKS_PAGE })
      for (const { seq, at, canonical } of page) found.set(seq, { seq, at, canonical })
      to = page.length < LINKS_PAGE ? from - 1 : (page.at(-1)?.seq ?? 1) - 1
    }
  }
  const rows = [...found.entries()].sort(([a], [b]) => a - b).map(([, row]) => row)
  return {
    table: 'audit_log',
    purpose: 'Links of the audit chain; what is personal in them is sealed, or older than that.',
    rows: rows.slice(0, KEPT_ROWS_MOST),
    hasMore: rows.length > KEPT_ROWS_MOST,
  }
}
