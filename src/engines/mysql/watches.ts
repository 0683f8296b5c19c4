/**
 * Watches of this engine: which checks a type of failure proposes, and what an answer says of one. A reading that is not
 * known says nothing, and so does one a check cannot be told from.
 */
import type {
  EngineWatches,
  JudgedLook,
  LookedAt,
  WatchedFailures,
  WatchPlan,
} from '../../core/failure-watches.ts'
import type { Reading } from '../../core/observer.ts'
import type { DiskSpace, Health, IdHeadroom, Migrations, TableDefinition } from './shapes.ts'

const HOUR_SECONDS = 3600
const TEN_MINUTES_SECONDS = 600
/** In use, percent: where the detector of connections begins to warn. */
const CONNECTIONS_PERCENT = 80
/** Deadlocks a minute: more of them in a row is CRITICAL to the detector of deadlocks. */
const DEADLOCKS_A_MINUTE = 1
/** Of the ids of a column's type in use, percent: where the detector of ids begins to warn. */
const IDS_PERCENT = 70
/** Of the disk in use, percent: an action that needs room asks for a tenth of it to be free. */
const DISK_PERCENT = 90
const GIB = 2 ** 30

type Planned = (object: string | null) => readonly WatchPlan[]

const pendingMigrations: WatchPlan = {
  kind: 'pending-migrations',
  subject: null,
  question: { kind: 'migrations', params: {} },
  limit: null,
  intervalSeconds: HOUR_SECONDS,
}

/** `shop.orders`; a table whose database is not named could be any. */
const tableExists: Planned = (object) => {
  const [schema, table, more] = (object ?? '').split('.')
  if (!schema || !table || more !== undefined) return []
  const question = { kind: 'table', params: { schema, table } }
  return [{ kind: 'table-exists', subject: object, question, limit: null, intervalSeconds: HOUR_SECONDS }]
}

/** `shop.orders.coupon` */
const columnExists: Planned = (object) => {
  const [schema, table, column, more] = (object ?? '').split('.')
  if (!schema || !table || !column || more !== undefined) return []
  const question = { kind: 'table', params: { schema, table } }
  return [{ kind: 'column-exists', subject: object, question, limit: null, intervalSeconds: HOUR_SECONDS }]
}

const idHeadroom = (named: { readonly schema: string; readonly table: string } | null): WatchPlan => ({
  kind: 'id-headroom',
  subject: named === null ? null : `${named.schema}.${named.table}`,
  question: { kind: 'id-headroom', params: named ?? { schema: null, table: null } },
  limit: IDS_PERCENT,
  intervalSeconds: HOUR_SECONDS,
})

/** `shop.orders.PRIMARY`: where ids are at their end, the next row gets the last one again. */
const ofPrimaryKey: Planned = (object) => {
  const [schema, table, key, more] = (object ?? '').split('.')
  if (!schema || !table || key !== 'PRIMARY' || more !== undefined) return []
  return [idHeadroom({ schema, table })]
}

const PLANS: Readonly<Record<string, Planned>> = {
  TABLE_NOT_FOUND: (object) => [...tableExists(object), pendingMigrations],
  COLUMN_NOT_FOUND: (object) => [...columnExists(object), pendingMigrations],
  TOO_MANY_CONNECTIONS: () => [
    {
      kind: 'connection-headroom',
      subject: null,
      question: { kind: 'health', params: {} },
      limit: CONNECTIONS_PERCENT,
      intervalSeconds: TEN_MINUTES_SECONDS,
    },
  ],
  DEADLOCK: () => [
    {
      kind: 'deadlock-rate',
      subject: null,
      question: { kind: 'deadlock-count', params: {} },
      limit: DEADLOCKS_A_MINUTE,
      intervalSeconds: TEN_MINUTES_SECONDS,
    },
  ],
  DUPLICATE_KEY: ofPrimaryKey,
  LIMIT_EXCEEDED: () => [idHeadroom(null)],
  DISK_FULL: () => [
    {
      kind: 'disk',
      subject: null,
      question: { kind: 'disk-space', params: {} },
      limit: DISK_PERCENT,
      intervalSeconds: TEN_MINUTES_SECONDS,
    },
  ],
}

/** Of these types few failures propose a watch: a key that is met twice, and the id that could not be given (1467). */
const NARROWED: Readonly<Record<string, Omit<WatchedFailures, 'failureType'>>> = {
  DUPLICATE_KEY: { objectEndsWith: '.PRIMARY' },
  LIMIT_EXCEEDED: { code: '1467' },
}

/** The watches. */
export const mysqlWatches: EngineWatches = {
  of: Object.keys(PLANS).map((failureType) => ({ failureType, ...NARROWED[failureType] })),
  plan: ({ failureType, object }) =>
    (Object.hasOwn(PLANS, failureType) ? PLANS[failureType]?.(object) : []) ?? [],
  judge: (look, reading) => (reading.known ? JUDGES[look.kind](look, reading.value) : unknown(reading)),
}

const unknown = ({ because, toProceed }: Reading<unknown> & { readonly known: false }): JudgedLook => ({
  result: 'UNKNOWN',
  value: null,
  says: `Not known: ${because}. ${toProceed}`,
})

const said = (holds: boolean, says: string, value: number | null = null): JudgedLook => ({
  result: holds ? 'HOLDS' : 'FAILS',
  value,
  says,
})

const JUDGES: Readonly<Record<LookedAt['kind'], (look: LookedAt, value: unknown) => JudgedLook>> = {
  'table-exists': ({ subject }, value) =>
    value === null
      ? said(false, `The catalog has no ${subject}, or hides it from the monitor's account.`)
      : said(true, `${subject} is there.`),
  'column-exists': ({ subject }, value) => {
    const definition = value as TableDefinition | null
    const [, table, column = ''] = (subject ?? '').split('.')
    if (definition === null) return said(false, `The table ${table} is not there, and so is no column of it.`)
    const isThere = definition.columns.some((each) => each.column.toLowerCase() === column.toLowerCase())
    return said(isThere, isThere ? `${subject} is there.` : `${table} has no column ${column}.`)
  },
  'pending-migrations': (_look, value) => {
    const found = value as Migrations | null
    if (found === null)
      return {
        result: 'UNKNOWN',
        value: null,
        says: 'Not known: no folder of migrations is configured for the target.',
      }
    if (found.disagreement !== null) return said(false, `${found.disagreement}.`, found.pendingTotal)
    return said(
      found.pendingTotal === 0,
      `${found.pendingTotal} files wait to be applied.`,
      found.pendingTotal,
    )
  },
  'connection-headroom': ({ limit }, value) => {
    const { threadsConnected, maxConnections } = value as Health
    const used = Math.round((threadsConnected / Math.max(1, maxConnections)) * 1000) / 10
    return said(
      used < (limit ?? CONNECTIONS_PERCENT),
      `${threadsConnected} of ${maxConnections} connections are in use (${used} %).`,
      used,
    )
  },
  'deadlock-rate': ({ limit, last, sinceLastSeconds }, value) => {
    const { count } = value as { readonly count: number }
    const before = last?.value ?? null
    if (before === null || count < before || sinceLastSeconds === null || sinceLastSeconds <= 0)
      return { result: 'UNKNOWN', value: count, says: 'Not known: deadlocks are counted from this look on.' }
    const minutes = sinceLastSeconds / 60
    const rate = Math.round(((count - before) / minutes) * 100) / 100
    const says = `${count - before} deadlocks in ${Math.round(minutes)} minutes (${rate} a minute).`
    return said(rate <= (limit ?? DEADLOCKS_A_MINUTE), says, count)
  },
  'id-headroom': ({ subject, limit }, value) => {
    const found = value as IdHeadroom | null
    if (found === null)
      return {
        result: 'UNKNOWN',
        value: null,
        says: `Not known: ${subject ?? 'no table of an application'} has no auto-increment column that the monitor's account sees.`,
      }
    const used = Math.round(found.usedPercent * 10) / 10
    const of = `${found.schema}.${found.table}.${found.column}`
    const read = found.readAt === null ? '' : ` It is the fullest of the catalog as read ${found.readAt}.`
    return said(
      used < (limit ?? IDS_PERCENT),
      `${used} % of the ids of ${of} (${found.columnType}) are used.${read}`,
      used,
    )
  },
  disk: ({ limit }, value) => {
    const { totalBytes, availableBytes } = value as DiskSpace
    const used = Math.round((1 - availableBytes / totalBytes) * 1000) / 10
    const free = Math.round((availableBytes / GIB) * 10) / 10
    return said(
      used < (limit ?? DISK_PERCENT),
      `${used} % of the disk with the data directory are in use; ${free} GiB are free.`,
      used,
    )
  },
}
