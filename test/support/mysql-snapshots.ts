/** Builders of windows as the instruments of MySQL and MariaDB give them: healthy unless told otherwise. */
import type {
  Activity,
  CatalogFindings,
  ConnectionUse,
  DeadlockReport,
  DeadlockWindow,
  Replication,
  ServerErrors,
  Session,
  SlowLogClass,
  SlowLogUnread,
  SlowLogWindow,
  StatementDelta,
  StatementWindow,
  StatusWindow,
  TableSize,
  TableSizes,
  Transaction,
  Window,
} from '../../src/engines/mysql/shapes.ts'

const EPOCH = '2026-01-05T00:00:00.000000Z'
const START_MS = Date.parse('2026-01-05T10:00:00Z')
const instant = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')

/** The `n`th window of `elapsedMs` after ten in the morning. */
export const windowNumber = (n: number, elapsedMs = 10_000): Window => ({
  windowStart: instant(START_MS + n * elapsedMs),
  windowEnd: instant(START_MS + (n + 1) * elapsedMs),
  elapsedMs,
  epoch: EPOCH,
})

/** A cheap, well-indexed statement class. */
export const statement = (part: Partial<StatementDelta> = {}): StatementDelta => ({
  fingerprintId: 'a1b2c3d4e5f60718',
  fingerprint: 'select * from orders where id = ?',
  schema: 'shop',
  calls: 100,
  totalMs: 20,
  lockMs: 0,
  rowsExamined: 100,
  rowsSent: 100,
  rowsAffected: 0,
  noIndexUsed: 0,
  selectScan: 0,
  selectFullJoin: 0,
  tmpTables: 0,
  tmpDiskTables: 0,
  sortMergePasses: 0,
  errors: 0,
  partial: false,
  ...part,
})

/** A window of statement classes; totals are their sums unless given. */
export function statementWindow(
  statements: readonly StatementDelta[],
  part: Partial<StatementWindow> = {},
): StatementWindow {
  const sum = (of: (s: StatementDelta) => number): number => statements.reduce((t, s) => t + of(s), 0)
  return {
    ...windowNumber(0),
    statements,
    totalCalls: sum((s) => s.calls),
    totalMs: sum((s) => s.totalMs),
    blindPercent: 0,
    digestsLost: 0,
    ...part,
  }
}

/** An idle session of the application. */
export const session = (part: Partial<Session> = {}): Session => ({
  connectionId: '10',
  user: 'app',
  host: '10.0.0.7',
  database: 'shop',
  command: 'Sleep',
  state: '',
  seconds: 0,
  queryId: null,
  fingerprintId: null,
  fingerprint: null,
  kind: 'client',
  ...part,
})

/** A young transaction that changed nothing. */
export const transaction = (part: Partial<Transaction> = {}): Transaction => ({
  transactionId: '421',
  connectionId: '10',
  startedAt: instant(START_MS),
  ageSeconds: 1,
  state: 'RUNNING',
  rowsLocked: 0,
  rowsModified: 0,
  idleSeconds: null,
  ...part,
})

/** One moment with nobody waiting. */
export const activity = (part: Partial<Activity> = {}): Activity => ({
  at: instant(START_MS),
  epoch: EPOCH,
  sessions: [],
  transactions: [],
  lockWaits: [],
  metadataWaits: [],
  threadsRunning: 1,
  ...part,
})

/** A window of status counters. */
export const statusWindow = (part: Partial<StatusWindow> = {}): StatusWindow => ({
  ...windowNumber(0),
  deltas: {},
  values: {},
  variables: {},
  ...part,
})

/** A tenth of the connections in use. */
export const connectionUse = (part: Partial<ConnectionUse> = {}): ConnectionUse => ({
  ...windowNumber(0, 5_000),
  maxConnections: 100,
  threadsConnected: 10,
  threadsRunning: 2,
  refused: 0,
  abortedConnects: 0,
  counts: [],
  ...part,
})

/** Two transactions that wait for each other on two tables. */
export const deadlockReport = (signature: string): DeadlockReport => ({
  signature,
  edges: [],
  deadlock: {
    at: null,
    victim: 2,
    incomplete: false,
    missing: [],
    notes: [],
    transactions: ['orders', 'customers'].map((table, i) => ({
      n: i + 1,
      trxId: String(100 + i),
      threadId: 20 + i,
      user: 'app',
      host: 'web-1.internal',
      statement: `UPDATE ${table} SET note = ? WHERE id = ?`,
      holds: [],
      waitsFor: {
        table: `shop.${table}`,
        index: 'PRIMARY',
        mode: 'X' as const,
        gap: 'rec_not_gap' as const,
        record: { space: 3, page: 4, heap: 2 },
      },
      queued: [],
    })),
  },
})

/** A window without deadlocks. */
export const deadlockWindow = (part: Partial<DeadlockWindow> = {}): DeadlockWindow => ({
  ...windowNumber(0, 5_000),
  counted: part.reports?.length ?? 0,
  reports: [],
  missed: 0,
  ...part,
})

/** A class with one slow run. */
export const slowLogClass = (part: Partial<SlowLogClass> = {}): SlowLogClass => ({
  fingerprintId: 'a1b2c3d4e5f60718',
  fingerprint: 'select * from orders where customer_id = ?',
  schema: 'shop',
  count: 1,
  totalMs: 2_000,
  maxMs: 2_000,
  rowsExamined: 300_000,
  rowsSent: 1,
  fullScans: 1,
  ...part,
})

/** A slow log that was read to its end. */
export const ALL_READ: SlowLogUnread = { skippedBytes: 0, behindBytes: 0, behindRows: 0, endLost: false }

/** A window of the slow log. */
export const slowLogWindow = (
  classes: readonly SlowLogClass[],
  part: Partial<SlowLogWindow> = {},
): SlowLogWindow => ({
  ...windowNumber(0),
  classes,
  events: classes.reduce((n, c) => n + c.count, 0),
  malformed: 0,
  unread: ALL_READ,
  ...part,
})

/** A table of 100 MiB with 200 bytes a row. */
export const tableSize = (part: Partial<TableSize> = {}): TableSize => ({
  schema: 'shop',
  table: 'orders',
  rows: 500_000,
  dataBytes: 100_000_000,
  indexBytes: 20_000_000,
  bytesPerRow: 200,
  statisticsAt: instant(START_MS),
  changedAt: instant(START_MS),
  autoRecalc: true,
  ...part,
})

/** Sizes of all tables. */
export const tableSizes = (tables: readonly TableSize[], part: Partial<TableSizes> = {}): TableSizes => ({
  at: instant(START_MS),
  epoch: EPOCH,
  tables,
  truncated: false,
  ...part,
})

/** A catalog with nothing to find fault with. */
export const catalogFindings = (part: Partial<CatalogFindings> = {}): CatalogFindings => ({
  at: instant(START_MS),
  epoch: EPOCH,
  redundant: [],
  unused: [],
  autoIncrement: [],
  ...part,
})

/** Channels of a replica. */
export const replication = (channels: Replication['channels']): Replication => ({
  at: instant(START_MS),
  epoch: EPOCH,
  channels,
})

/** Errors raised in a window. */
export const serverErrors = (errors: ServerErrors['errors']): ServerErrors => ({
  ...windowNumber(0),
  errors,
})
