/** Builders of answers: a table of 300,000 orders without an index on the customer, and what goes with it. */
import type {
  ColumnDefinition,
  ColumnSelectivity,
  IndexDefinition,
  LockGraph,
  PlanNode,
  RootBlocker,
  StatementHistory,
  StatementPlan,
  StatementProfile,
  StatementUse,
  StatisticsDrift,
  TableDefinition,
  TableUse,
} from '../../src/engines/mysql/shapes.ts'
import type { Answer } from './diagnosis-case.ts'

const AT = '2026-01-05T10:00:00.000000Z'
/** The statement class all of these are about. */
export const FINGERPRINT_ID = 'a1b2c3d4e5f60718'

/** A BIGINT column. */
export const column = (name: string, part: Partial<ColumnDefinition> = {}): ColumnDefinition => ({
  column: name,
  position: 1,
  dataType: 'bigint',
  columnType: 'bigint(20)',
  nullable: false,
  characterSet: null,
  collation: null,
  maxBytes: 8,
  autoIncrement: false,
  generated: false,
  ...part,
})

/** A visible BTREE index. */
export const index = (
  name: string,
  columns: readonly string[],
  part: Partial<IndexDefinition> = {},
): IndexDefinition => ({
  index: name,
  unique: name === 'PRIMARY',
  primary: name === 'PRIMARY',
  kind: 'BTREE',
  visible: true,
  columns: columns.map((c) => ({ column: c, prefix: null, direction: 'ASC' as const, cardinality: 1_000 })),
  supportsForeignKey: false,
  ...part,
})

/** Orders: id, customer_id, status, created_at, note; primary key id. */
export const ordersTable = (part: Partial<TableDefinition> = {}): TableDefinition => ({
  schema: 'shop',
  table: 'orders',
  tableEngine: 'InnoDB',
  rowFormat: 'Dynamic',
  rows: 300_000,
  dataBytes: 60_000_000,
  indexBytes: 0,
  createOptions: '',
  partitioned: false,
  columns: [
    column('id', { autoIncrement: true }),
    column('customer_id'),
    column('status', { dataType: 'varchar', columnType: 'varchar(20)', maxBytes: 80 }),
    column('created_at', { dataType: 'datetime', columnType: 'datetime', maxBytes: 5 }),
    column('note', { dataType: 'text', columnType: 'text', maxBytes: 65_535 }),
  ],
  indexes: [index('PRIMARY', ['id'])],
  foreignKeys: [],
  referencedBy: 0,
  statisticsAt: AT,
  createdAt: '2025-06-01T00:00:00.000000Z',
  autoRecalc: true,
  definitionDigest: 'e'.repeat(64),
  ...part,
})

/** A full read of orders. */
export const planNode = (part: Partial<PlanNode> = {}): PlanNode => ({
  schema: 'shop',
  table: 'orders',
  alias: 'orders',
  access: 'ALL',
  key: null,
  possibleKeys: [],
  estimatedRows: 300_000,
  estimatedFilteredPercent: 10,
  actualRows: null,
  usesFilesort: false,
  usesTemporary: false,
  ...part,
})

/** A plan of one full read. */
export const statementPlan = (part: Partial<StatementPlan> = {}): StatementPlan => ({
  fingerprintId: FINGERPRINT_ID,
  nodes: [planNode()],
  planHash: 'plan-now',
  estimatedCost: null,
  warnings: [],
  origin: 'explain',
  statementKind: 'SELECT',
  ...part,
})

/** `WHERE customer_id = ?`. */
export const tableUse = (part: Partial<TableUse> = {}): TableUse => ({
  schema: 'shop',
  table: 'orders',
  alias: null,
  equal: ['customer_id'],
  range: [],
  sort: [],
  output: ['id'],
  wrapped: [],
  mismatched: [],
  ...part,
})

/** The use of one table. */
export const statementUse = (
  tables: readonly TableUse[] = [tableUse()],
  part: Partial<StatementUse> = {},
): StatementUse => ({
  fingerprintId: FINGERPRINT_ID,
  statement: 'select id from orders where customer_id = ?',
  statementKind: 'SELECT',
  tables,
  unresolved: [],
  hasLimit: false,
  offset: null,
  ...part,
})

/** 30 ms a call, 300,000 rows read to return 15. */
export const profile = (part: Partial<StatementProfile> = {}): StatementProfile => ({
  calls: 500,
  callsPerSecond: 10,
  meanMs: 30,
  lockMsPerCall: 0,
  rowsExaminedPerCall: 300_000,
  rowsSentPerCall: 15,
  rowsAffectedPerCall: 0,
  timeSharePercent: 60,
  ...part,
})

/** Now and before. */
export const statementHistory = (
  current: Partial<StatementProfile> = {},
  part: Partial<StatementHistory> = {},
): StatementHistory => ({
  fingerprintId: FINGERPRINT_ID,
  current: profile(current),
  isFirstWindow: false,
  baseline: null,
  baselineFrom: 'none: too few calls are on record',
  planHashes: [],
  ...part,
})

/** Statistics that a sample confirms, or is `factor` off. */
export const statisticsDrift = (factor = 1, part: Partial<StatisticsDrift> = {}): StatisticsDrift => ({
  schema: 'shop',
  table: 'orders',
  statisticsAt: AT,
  ageSeconds: 86_400,
  autoRecalc: true,
  rowsStored: 300_000,
  prefixes: [
    {
      index: 'k_status',
      columns: ['status'],
      storedDistinct: 2_000,
      sampledDistinct: 2_000 * factor,
      factor,
    },
  ],
  sampledRows: 2_000,
  ...part,
})

/** Every column has 20,000 values, evenly spread. */
export const selectivity = (
  columns: readonly string[],
  part: Partial<ColumnSelectivity['columns'][number]> = {},
): ColumnSelectivity => ({
  schema: 'shop',
  table: 'orders',
  rows: 300_000,
  columns: columns.map((name) => ({
    column: name,
    distinct: 20_000,
    topShare: 0.001,
    nullShare: 0,
    averageBytes: 8,
    ...part,
  })),
  from: 'statistics',
  sampledRows: 0,
})

/** Parts of a statement's evidence that a test changes; null: not known. */
export interface Evidence {
  readonly plan?: StatementPlan | null
  readonly use?: StatementUse | null
  readonly history?: StatementHistory | null
  readonly table?: TableDefinition | null
  readonly drift?: StatisticsDrift | null
  readonly selectivity?: ColumnSelectivity | null
  readonly waitingPercent?: number
}

/** All answers about the statement: a missing index on orders.customer_id, unless told otherwise. */
export function statementAnswers(evidence: Evidence = {}): readonly Answer[] {
  const of = <T>(given: T | null | undefined, usual: T): { readonly value?: T } => {
    if (given === null) return {}
    return { value: given ?? usual }
  }
  return [
    { kind: 'statement-plan', ...of(evidence.plan, statementPlan()) },
    { kind: 'statement-use', ...of(evidence.use, statementUse()) },
    { kind: 'statement-history', ...of(evidence.history, statementHistory()) },
    { kind: 'table', ...of<TableDefinition | null>(evidence.table, ordersTable()) },
    { kind: 'statistics-drift', ...of(evidence.drift, statisticsDrift()) },
    { kind: 'column-selectivity', ...of(evidence.selectivity, selectivity(['customer_id'])) },
    {
      kind: 'wait-profile',
      value: {
        samples: 20,
        seconds: 60,
        lockWaitPercent: evidence.waitingPercent ?? 0,
        // Waits for metadata are among the waits of the figure above: they are not added to it.
        metadataWaitPercent: evidence.waitingPercent ?? 0,
      },
    },
  ]
}

/** An idle client that changed nothing and blocks one session on shop.orders. */
export const rootBlocker = (part: Partial<RootBlocker> = {}): RootBlocker => ({
  connectionId: '10',
  user: 'app',
  host: '10.0.0.7',
  database: 'shop',
  command: 'Sleep',
  kind: 'client',
  idleSeconds: 60,
  transactionId: '421',
  transactionStartedAt: AT,
  rowsModified: 0,
  rowsLocked: 1,
  queryId: null,
  fingerprintId: null,
  fingerprint: null,
  isDdl: false,
  waiters: ['20'],
  longestWaitSeconds: 8,
  lock: 'row',
  objects: ['shop.orders'],
  ...part,
})

/** A graph with these roots. */
export const lockGraph = (roots: readonly RootBlocker[], part: Partial<LockGraph> = {}): LockGraph => ({
  at: AT,
  epoch: AT,
  instanceUid: 'uid-1',
  roots,
  lockWaits: [],
  metadataWaits: [],
  pendingDdl: null,
  metadataBlockersKnown: true,
  ...part,
})
