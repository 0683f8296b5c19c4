/** A target that answers from data: healthy unless a test says otherwise, and unknown where nobody gave an answer. */
import type { Ask } from '../../src/core/observer.ts'
import type { ConnectionNow, MysqlQuestions, TableDefinition } from '../../src/engines/mysql/shapes.ts'

/** Answers by question: the answer, `unknown`, or a function of the parameters. */
export type Answers = {
  readonly [K in keyof MysqlQuestions]?:
    | MysqlQuestions[K]['answer']
    | 'unknown'
    | ((params: MysqlQuestions[K]['params']) => MysqlQuestions[K]['answer'])
}

/** The target's clock in every answer. */
export const NOW = '2026-11-21T12:00:00.000000Z'

const column = (name: string, position: number, more: Partial<TableDefinition['columns'][number]> = {}) => ({
  column: name,
  position,
  dataType: 'int',
  columnType: 'int',
  nullable: true,
  characterSet: null,
  collation: null,
  maxBytes: 4,
  autoIncrement: false,
  generated: false,
  ...more,
})

const part = (name: string) => ({ column: name, prefix: null, direction: 'ASC' as const, cardinality: 50 })

/** `shop`.`orders`: 300,000 rows, a primary key, one secondary index. */
export const ORDERS: TableDefinition = {
  schema: 'shop',
  table: 'orders',
  tableEngine: 'InnoDB',
  rowFormat: 'Dynamic',
  rows: 300_000,
  dataBytes: 50_000_000,
  indexBytes: 10_000_000,
  createOptions: '',
  partitioned: false,
  columns: [
    column('id', 1, { nullable: false, autoIncrement: true }),
    column('customer', 2),
    column('note', 3, {
      dataType: 'varchar',
      columnType: 'varchar(80)',
      characterSet: 'utf8mb4',
      collation: 'utf8mb4_general_ci',
      maxBytes: 320,
    }),
    column('placed', 4, { dataType: 'date', columnType: 'date', maxBytes: 3 }),
    column('body', 5, {
      dataType: 'text',
      columnType: 'text',
      characterSet: 'utf8mb4',
      collation: 'utf8mb4_general_ci',
      maxBytes: null,
    }),
    column('extra', 6, { dataType: 'json', columnType: 'json', maxBytes: null }),
  ],
  indexes: [
    {
      index: 'PRIMARY',
      unique: true,
      primary: true,
      kind: 'BTREE',
      visible: true,
      columns: [part('id')],
      supportsForeignKey: false,
    },
    {
      index: 'by_customer',
      unique: false,
      primary: false,
      kind: 'BTREE',
      visible: true,
      columns: [part('customer')],
      supportsForeignKey: false,
    },
  ],
  foreignKeys: [],
  referencedBy: 0,
  statisticsAt: '2026-11-01T00:00:00.000000Z',
  createdAt: '2026-01-01T00:00:00.000000Z',
  autoRecalc: true,
  definitionDigest: 'd1',
}

/** The table with its secondary index changed. */
export const withIndex = (more: Partial<TableDefinition['indexes'][number]>): TableDefinition => ({
  ...ORDERS,
  indexes: ORDERS.indexes.map((index) => (index.primary ? index : { ...index, ...more })),
})

/** A bound connection that sleeps inside a transaction that modified nothing, and that two sessions wait for. */
export const READER: ConnectionNow = {
  present: true,
  same: true,
  differences: [],
  command: 'Sleep',
  kind: 'client',
  idleSeconds: 900,
  rowsModified: 0,
  hasTransaction: true,
  blocksOthers: 2,
  queryId: null,
}

const VARIABLES: { readonly [name: string]: string } = {
  wsrep_on: 'OFF',
  innodb_page_size: '16384',
  long_query_time: '10.000000',
  slow_query_log: 'OFF',
  log_output: 'FILE',
  innodb_print_all_deadlocks: 'OFF',
  log_error_verbosity: '3',
  max_connections: '151',
  table_open_cache: '2000',
  open_files_limit: '20000',
  innodb_lock_wait_timeout: '50',
  wait_timeout: '28800',
  idle_transaction_timeout: '0',
  max_execution_time: '0',
  max_statement_time: '0.000000',
  innodb_buffer_pool_size: '134217728',
  innodb_buffer_pool_chunk_size: '134217728',
  innodb_buffer_pool_instances: '1',
  tmp_table_size: '16777216',
  max_heap_table_size: '16777216',
  innodb_io_capacity: '200',
  innodb_io_capacity_max: '2000',
  use_stat_tables: 'PREFERABLY_FOR_QUERIES',
  key_buffer_size: '8388608',
  innodb_log_buffer_size: '16777216',
  sort_buffer_size: '262144',
  join_buffer_size: '262144',
  read_buffer_size: '131072',
  read_rnd_buffer_size: '262144',
  thread_stack: '299008',
  net_buffer_length: '16384',
  binlog_cache_size: '32768',
  thread_pool_size: '16',
}

const STATUS: { readonly [name: string]: number } = {
  max_used_connections: 20,
  innodb_buffer_pool_pages_total: 8192,
  innodb_page_size: 16_384,
}

const HEALTHY: Answers = {
  table: ({ schema, table }) => (schema === 'shop' && table === 'orders' ? ORDERS : null),
  'table-blockers': { oldestTransactionSeconds: 2, metadataHolders: 1, pendingMetadata: 0 },
  topology: { writable: true, isReplica: false, replicas: 0, lagSeconds: null },
  health: {
    threadsRunning: 3,
    threadsConnected: 30,
    maxConnections: 151,
    uptimeSeconds: 864_000,
    historyListLength: 10,
  },
  variables: ({ names }) => pick(VARIABLES, names),
  status: ({ names }) =>
    pick(
      STATUS,
      names.map((name) => name.toLowerCase()),
    ),
  connection: READER,
  account: { maxUserConnections: 0, locked: false },
  instrument: { enabled: false, timed: false },
  'index-reads': { reads: 0, sinceSeconds: 864_000 },
  'histogram-columns': [],
  'binary-logs': [
    { name: 'binlog.000007', bytes: 1_000_000 },
    { name: 'binlog.000008', bytes: 500 },
  ],
  'replication-channels': [
    { channel: '', lagSeconds: null, receiverRunning: true, applierRunning: false, lastErrorNumber: 1205 },
  ],
}

function pick<T>(from: { readonly [name: string]: T }, names: readonly string[]): { [name: string]: T } {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])))
}

/** Variables of the healthy target, some of them changed. */
export const variables =
  (more: { readonly [name: string]: string }) =>
  ({ names }: { readonly names: readonly string[] }): { readonly [name: string]: string } =>
    pick({ ...VARIABLES, ...more }, names)

/** What was asked of a fake target, by question. */
export type Asked = Set<keyof MysqlQuestions>

/** The `ask` of a fake target; `asked` collects the questions. */
export function fakeAsk(more: Answers = {}, asked: Asked = new Set()): Ask<MysqlQuestions> {
  const answers: Answers = { ...HEALTHY, ...more }
  return (async (kind: keyof MysqlQuestions, params: never) => {
    asked.add(kind)
    const answer = answers[kind] as unknown
    if (answer === undefined || answer === 'unknown') {
      return { known: false, because: `${kind} cannot be read`, toProceed: 'Grant what is missing.' }
    }
    const value = typeof answer === 'function' ? (answer as (given: never) => unknown)(params) : answer
    return { known: true, value, at: NOW, source: 'fake' }
  }) as Ask<MysqlQuestions>
}
