/**
 * What MySQL and MariaDB let us see, as types: windows of their instruments (`MysqlSnapshots`) and typed
 * questions (`MysqlQuestions`). Units stand in the names: Ms, Seconds, Bytes, Rows, Percent. 64-bit ids are
 * strings of digits. No text here holds a literal of a statement or a value of a row.
 */
import type { PlanStep } from '../../core/plan-step.ts'
import type { Deadlock, DeadlockEdge } from './deadlock/index.ts'

/** Connection id, the number KILL takes (PROCESSLIST_ID). */
export type ConnectionId = string & { readonly brand?: 'ConnectionId' }
/** Performance Schema THREAD_ID; never to be used with KILL. */
export type PsThreadId = string & { readonly brand?: 'PsThreadId' }

/** The time a window covers, on the target's clock. */
export interface Window {
  readonly windowStart: string
  readonly windowEnd: string
  readonly elapsedMs: number
  readonly epoch: string
}

/** What one statement class did in one window. */
export interface StatementDelta {
  /** Our own fingerprint id: joins digest text, slow log and samples. */
  readonly fingerprintId: string
  /** Normalised text, at most 1,024 characters. */
  readonly fingerprint: string
  readonly schema: string | null
  readonly calls: number
  readonly totalMs: number
  /** InnoDB row-lock time on MySQL, table/metadata-lock time on MariaDB: never proof by itself. */
  readonly lockMs: number
  readonly rowsExamined: number
  readonly rowsSent: number
  readonly rowsAffected: number
  readonly noIndexUsed: number
  readonly selectScan: number
  readonly selectFullJoin: number
  readonly tmpTables: number
  readonly tmpDiskTables: number
  readonly sortMergePasses: number
  readonly errors: number
  /** A row was recreated inside the window, or not all rows of the class could be read: values are of a part of the window's calls. */
  readonly partial: boolean
  /**
   * The stored program the class runs in, as `procedure shop.totals_of`; left out where it was met outside of programs. Its time is also
   * in the figures of the statement that called the program, and in no total.
   */
  readonly within?: string
}

/** Statement classes of one window. */
export interface StatementWindow extends Window {
  readonly statements: readonly StatementDelta[]
  readonly totalCalls: number
  readonly totalMs: number
  /** Share of calls that fell into the nameless overflow row, percent. */
  readonly blindPercent: number
  readonly digestsLost: number
  /**
   * Calls that nothing is known of but their number: MariaDB keeps no digest of statements prepared in the binary protocol, and no
   * counters of those that were closed before they were read. Left out where there is none. They are in none of the figures above.
   */
  readonly unseenCalls?: number
}

/** One session of the process list. */
export interface Session {
  readonly connectionId: ConnectionId
  readonly user: string
  readonly host: string
  readonly database: string | null
  readonly command: string
  readonly state: string
  /** Seconds in this command (idle time where the command is Sleep). */
  readonly seconds: number
  /** MariaDB only. */
  readonly queryId: string | null
  readonly fingerprintId: string | null
  /** Normalised statement. */
  readonly fingerprint: string | null
  /** `own`: dbmedic's; `system`, `replication`, `backup`: never to be touched. */
  readonly kind: 'client' | 'own' | 'system' | 'replication' | 'backup'
}

/** One open InnoDB transaction. */
export interface Transaction {
  readonly transactionId: string
  readonly connectionId: ConnectionId
  readonly startedAt: string
  readonly ageSeconds: number
  /** RUNNING, LOCK WAIT, ROLLING BACK, COMMITTING. */
  readonly state: string
  readonly rowsLocked: number
  readonly rowsModified: number
  /** Seconds without a statement; null while one runs. */
  readonly idleSeconds: number | null
}

/** One session that waits for a row or table lock of InnoDB. */
export interface LockWait {
  readonly waiter: ConnectionId
  readonly blocker: ConnectionId
  readonly waitSeconds: number
  readonly schema: string | null
  readonly table: string | null
  readonly index: string | null
  readonly lockMode: string | null
}

/** One session that waits for a metadata lock. */
export interface MetadataWait {
  readonly waiter: ConnectionId
  readonly waitSeconds: number
  readonly schema: string | null
  readonly table: string | null
  /** Who holds or asks ahead of it; null if the instrument is off. The waiter is never its own blocker. */
  readonly blockers: readonly ConnectionId[] | null
}

/** Sessions, transactions and waits at one moment. */
export interface Activity {
  readonly at: string
  readonly epoch: string
  readonly sessions: readonly Session[]
  readonly transactions: readonly Transaction[]
  readonly lockWaits: readonly LockWait[]
  readonly metadataWaits: readonly MetadataWait[]
  readonly threadsRunning: number
}

/** Status counters of one window. Names as the server spells them, lower case. */
export interface StatusWindow extends Window {
  readonly deltas: { readonly [name: string]: number }
  readonly values: { readonly [name: string]: number }
  readonly variables: { readonly [name: string]: string }
}

/** Sessions counted by account and command. */
export interface ConnectionCount {
  readonly user: string
  readonly command: string
  readonly count: number
  readonly medianSeconds: number
}

/** Use of the connection limit. */
export interface ConnectionUse extends Window {
  readonly maxConnections: number
  readonly threadsConnected: number
  readonly threadsRunning: number
  /** Refusals for want of a connection in the window. */
  readonly refused: number
  readonly abortedConnects: number
  readonly counts: readonly ConnectionCount[]
}

/** One deadlock with the signature its repetitions share. */
export interface DeadlockReport {
  /** Hex digest over statement fingerprints, tables, indexes and lock kinds (see `deadlockSignature`). */
  readonly signature: string
  readonly deadlock: Deadlock
  /** Who waits for whom, by the locks of the report. */
  readonly edges: readonly DeadlockEdge[]
}

/** Deadlocks of one window. */
export interface DeadlockWindow extends Window {
  /** How far the server's counter moved. */
  readonly counted: number
  readonly reports: readonly DeadlockReport[]
  /** Counted in the window before this one, and no report was caught since. */
  readonly missed: number
}

/** One statement class in the slow log of one window. */
export interface SlowLogClass {
  readonly fingerprintId: string
  readonly fingerprint: string
  readonly schema: string | null
  readonly count: number
  readonly totalMs: number
  readonly maxMs: number
  readonly rowsExamined: number
  readonly rowsSent: number
  readonly fullScans: number
}

/** The slow log of one window. */
export interface SlowLogWindow extends Window {
  readonly classes: readonly SlowLogClass[]
  readonly events: number
  readonly malformed: number
  readonly unread: SlowLogUnread
}

/** What of a slow log this window does not tell. */
export interface SlowLogUnread {
  /** Bytes left out because the log outran its reader: nobody will read them. */
  readonly skippedBytes: number
  /** Bytes that are still to be read, so what they hold is told late. */
  readonly behindBytes: number
  /** Rows of the table that are still to be read. */
  readonly behindRows: number
  /** The file was emptied, or replaced and not found again: what stood at its end is not known. */
  readonly endLost: boolean
}

/** Size and statistics of one InnoDB table. */
export interface TableSize {
  readonly schema: string
  readonly table: string
  /** The optimizer's estimate. */
  readonly rows: number
  readonly dataBytes: number
  readonly indexBytes: number
  /** Pages of the clustered index × page size ÷ rows; null without statistics. */
  readonly bytesPerRow: number | null
  readonly statisticsAt: string | null
  readonly changedAt: string | null
  readonly autoRecalc: boolean
}

/** Sizes of all tables we may see, largest first, at most 5,000. */
export interface TableSizes {
  readonly at: string
  readonly epoch: string
  readonly tables: readonly TableSize[]
  readonly truncated: boolean
}

/** An index that another one makes superfluous. */
export interface RedundantIndex {
  readonly schema: string
  readonly table: string
  readonly index: string
  readonly columns: readonly string[]
  readonly dominantIndex: string
  readonly dominantColumns: readonly string[]
  readonly exact: boolean
  readonly unique: boolean
  readonly supportsForeignKey: boolean
}

/** An index nothing has read since the server started. */
export interface UnusedIndex {
  readonly schema: string
  readonly table: string
  readonly index: string
  readonly uptimeSeconds: number
  readonly unique: boolean
  readonly supportsForeignKey: boolean
}

/** An auto-increment column and how much of its range is used. */
export interface AutoIncrementUse {
  readonly schema: string
  readonly table: string
  readonly column: string
  readonly columnType: string
  readonly usedPercent: number
}

/** The same of one column, as a question gives it. */
export interface IdHeadroom extends AutoIncrementUse {
  /** When the catalog was read, on the target's clock; null: just now. */
  readonly readAt: string | null
}

/** The disk with the data directory, as the server tells it. */
export interface DiskSpace {
  readonly totalBytes: number
  /** To the server's own account. */
  readonly availableBytes: number
}

/** Slow-changing facts of the catalog. */
export interface CatalogFindings {
  readonly at: string
  readonly epoch: string
  readonly redundant: readonly RedundantIndex[]
  readonly unused: readonly UnusedIndex[]
  /** Why nothing can be said about unused indexes; left out where `unused` is complete. */
  readonly unusedUnknown?: string
  readonly autoIncrement: readonly AutoIncrementUse[]
}

/** One replication channel of a replica. */
export interface ReplicationChannel {
  readonly channel: string
  /** Null when the server does not know, which includes a stopped applier. */
  readonly lagSeconds: number | null
  readonly receiverRunning: boolean
  readonly applierRunning: boolean
  readonly lastErrorNumber: number
}

/** Replication as this server sees it. */
export interface Replication {
  readonly at: string
  readonly epoch: string
  readonly channels: readonly ReplicationChannel[]
}

/** Errors the server raised in one window, by number. */
export interface ServerErrors extends Window {
  readonly errors: readonly { readonly errorNumber: number; readonly name: string; readonly raised: number }[]
}

/** Windows a detector can read. */
export interface MysqlSnapshots {
  readonly statements: StatementWindow
  readonly activity: Activity
  readonly status: StatusWindow
  readonly connections: ConnectionUse
  readonly deadlocks: DeadlockWindow
  readonly slowLog: SlowLogWindow
  readonly tableSizes: TableSizes
  readonly catalog: CatalogFindings
  readonly replication: Replication
  readonly serverErrors: ServerErrors
}

/** One column of a table. */
export interface ColumnDefinition {
  readonly column: string
  readonly position: number
  readonly dataType: string
  readonly columnType: string
  readonly nullable: boolean
  readonly characterSet: string | null
  readonly collation: string | null
  /** Longest value in bytes an index entry of it may take. */
  readonly maxBytes: number | null
  readonly autoIncrement: boolean
  readonly generated: boolean
}

/** One index of a table. */
export interface IndexDefinition {
  readonly index: string
  readonly unique: boolean
  readonly primary: boolean
  /** BTREE, FULLTEXT, SPATIAL, HASH. */
  readonly kind: string
  readonly visible: boolean
  readonly columns: readonly {
    readonly column: string | null
    readonly prefix: number | null
    readonly direction: 'ASC' | 'DESC'
    /** Distinct values of the prefix up to here, from stored statistics. */
    readonly cardinality: number | null
  }[]
  readonly supportsForeignKey: boolean
}

/** A base table as the catalog describes it now. */
export interface TableDefinition {
  readonly schema: string
  readonly table: string
  readonly tableEngine: string
  readonly rowFormat: string
  readonly rows: number
  readonly dataBytes: number
  readonly indexBytes: number
  readonly createOptions: string
  readonly partitioned: boolean
  readonly columns: readonly ColumnDefinition[]
  readonly indexes: readonly IndexDefinition[]
  readonly foreignKeys: readonly {
    readonly name: string
    readonly columns: readonly string[]
    readonly referencedSchema: string
    readonly referencedTable: string
  }[]
  /** Other tables' foreign keys that point here. */
  readonly referencedBy: number
  readonly statisticsAt: string | null
  /** When the table was created or last rebuilt (CREATE_TIME), on the target's clock; null if it does not say. */
  readonly createdAt?: string | null
  readonly autoRecalc: boolean
  /** SHA-256 hex over the canonical JSON of columns, indexes, foreign keys, engine and options; not sizes. */
  readonly definitionDigest: string
}

/** One access of a plan, outermost first. */
export interface PlanNode {
  readonly schema: string | null
  readonly table: string | null
  readonly alias: string | null
  /** `ALL`, `index`, `range`, `ref`, `eq_ref`, `const`, … */
  readonly access: string
  readonly key: string | null
  readonly possibleKeys: readonly string[]
  /** Rows read per execution of this node, estimated, and loops above it. */
  readonly estimatedRows: number
  readonly estimatedFilteredPercent: number | null
  /** From a logged or analysed plan; null from a plain EXPLAIN. */
  readonly actualRows: number | null
  readonly usesFilesort: boolean
  readonly usesTemporary: boolean
}

/** The plan of a sampled statement. */
export interface StatementPlan {
  readonly fingerprintId: string
  readonly nodes: readonly PlanNode[]
  readonly planHash: string
  readonly estimatedCost: number | null
  /** Codes and texts of the notes EXPLAIN gave (1739 on MySQL, 1105 on MariaDB: an index cannot be used). */
  readonly warnings: readonly { readonly code: number; readonly text: string }[]
  /** `explain`: planned now. `logged`: written by the server when it ran. `analysed`: run again by us. */
  readonly origin: 'explain' | 'logged' | 'analysed'
  readonly statementKind: string
  /** True: planned with made-up values of the right types, so that rows expected of a value say nothing. Left out where they are real. */
  readonly assumedValues?: boolean
  /** The same accesses as the plan nests them; left out where it reads no table, or an older observer answered. */
  readonly tree?: PlanStep
}

/** How a statement uses the columns of one table reference. */
export interface TableUse {
  readonly schema: string
  readonly table: string
  readonly alias: string | null
  /** `=`, `<=>`, IS NULL, IN of at most 16, equi-joins. */
  readonly equal: readonly string[]
  readonly range: readonly string[]
  /** ORDER BY or GROUP BY of this table alone, in order. */
  readonly sort: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[]
  readonly output: readonly string[]
  /** Columns inside a function, a cast, arithmetic, or behind a leading wildcard. */
  readonly wrapped: readonly { readonly column: string; readonly how: string }[]
  /** Predicates whose literal or other side has another type or collation than the column. */
  readonly mismatched: readonly {
    readonly column: string
    readonly columnType: string
    readonly otherType: string
  }[]
}

/** A sampled statement, parsed by a real parser and resolved against the live catalog. */
export interface StatementUse {
  readonly fingerprintId: string
  /** Masked. */
  readonly statement: string
  readonly statementKind: string
  readonly tables: readonly TableUse[]
  /** What could not be parsed or resolved; anything here lowers what may be concluded. */
  readonly unresolved: readonly string[]
  readonly hasLimit: boolean
  readonly offset: number | null
}

/** How a statement behaves now against its own past. */
export interface StatementHistory {
  readonly fingerprintId: string
  readonly current: StatementProfile
  /** True: nothing is on record since the trouble but the window in which it began, which is of the time before, too. */
  readonly isFirstWindow: boolean
  /** Median of the same hour of earlier days, or of earlier windows; null without enough calls. */
  readonly baseline: StatementProfile | null
  readonly baselineFrom: string
  readonly planHashes: readonly {
    readonly planHash: string
    readonly calls: number
    readonly meanMs: number
    /** Its steps, `shop.orders ref by_customer`, and the rows expected of each; left out where they were not kept. */
    readonly steps?: readonly { readonly step: string; readonly rows: number }[]
    /** End of the last window it was seen in. */
    readonly lastSeenAt?: string
  }[]
}

/** Per-call figures of a statement class over some windows. */
export interface StatementProfile {
  readonly calls: number
  readonly callsPerSecond: number
  readonly meanMs: number
  readonly lockMsPerCall: number
  readonly rowsExaminedPerCall: number
  readonly rowsSentPerCall: number
  readonly rowsAffectedPerCall: number
  /** Share of the server's statement time, percent. */
  readonly timeSharePercent: number
}

/** Stored against sampled distinct counts of an index prefix. */
export interface StatisticsDrift {
  readonly schema: string
  readonly table: string
  readonly statisticsAt: string | null
  readonly ageSeconds: number | null
  readonly autoRecalc: boolean
  readonly rowsStored: number
  readonly prefixes: readonly {
    readonly index: string
    readonly columns: readonly string[]
    readonly storedDistinct: number
    readonly sampledDistinct: number
    /** max(stored/sampled, sampled/stored). */
    readonly factor: number
  }[]
  readonly sampledRows: number
}

/** Distinct values and the heaviest value of columns, from stored statistics or a bounded sample. */
export interface ColumnSelectivity {
  readonly schema: string
  readonly table: string
  readonly rows: number
  readonly columns: readonly {
    readonly column: string
    readonly distinct: number
    /** Share of the commonest value, 0..1. */
    readonly topShare: number | null
    readonly nullShare: number | null
    readonly averageBytes: number | null
  }[]
  readonly from: 'statistics' | 'sample'
  readonly sampledRows: number
}

/** One root of the graph of waits: it blocks others and waits for nobody. */
export interface RootBlocker {
  readonly connectionId: ConnectionId
  readonly user: string
  readonly host: string
  readonly database: string | null
  readonly command: string
  readonly kind: Session['kind']
  readonly idleSeconds: number | null
  readonly transactionId: string | null
  readonly transactionStartedAt: string | null
  readonly rowsModified: number
  readonly rowsLocked: number
  readonly queryId: string | null
  readonly fingerprintId: string | null
  readonly fingerprint: string | null
  /** It is a DDL statement waiting for or holding a metadata lock. */
  readonly isDdl: boolean
  /** Everyone who waits because of it, directly or not. */
  readonly waiters: readonly ConnectionId[]
  readonly longestWaitSeconds: number
  /** What they wait for. */
  readonly lock: 'row' | 'metadata'
  readonly objects: readonly string[]
}

/** Who waits for whom right now. */
export interface LockGraph {
  readonly at: string
  readonly epoch: string
  readonly instanceUid: string
  readonly roots: readonly RootBlocker[]
  readonly lockWaits: readonly LockWait[]
  readonly metadataWaits: readonly MetadataWait[]
  /** A DDL that waits for a metadata lock and holds up others behind it. */
  readonly pendingDdl: RootBlocker | null
  /** False: the blockers of metadata locks could not be seen. */
  readonly metadataBlockersKnown: boolean
}

/** One connection re-read against a bound identity. */
export interface ConnectionNow {
  readonly present: boolean
  /** User, host, transaction or statement, and epoch are those that were bound. */
  readonly same: boolean
  readonly differences: readonly string[]
  readonly command: string | null
  readonly kind: Session['kind'] | null
  readonly idleSeconds: number | null
  readonly rowsModified: number | null
  readonly hasTransaction: boolean
  readonly blocksOthers: number
  readonly queryId: string | null
}

/**
 * What a bound connection must still be for an action to end it. `statement`: it runs the bound statement.
 * `idle-reader`: Sleep in the bound transaction, which modified no row. `idle-writer`: Sleep in the bound
 * transaction, which modified 1 to 10,000 rows. `idle`: Sleep for 600 s or more with no transaction.
 * Only client sessions hold: own, system, replication and backup ones never do.
 */
export type BoundState = 'statement' | 'idle-reader' | 'idle-writer' | 'idle'

/** One binary log file. */
export interface BinaryLog {
  readonly name: string
  readonly bytes: number
}

/** What the lock and wait samples of the last seconds show. */
export interface WaitProfile {
  readonly samples: number
  readonly seconds: number
  /** Share of samples of this statement (or of all) seen waiting for a lock of any kind, percent. */
  readonly lockWaitPercent: number
  /** Those of them that waited for a metadata lock, percent of all samples. */
  readonly metadataWaitPercent: number
}

/** Server-wide I/O and memory figures of the last windows against their baseline. */
export interface IoProfile {
  readonly physicalReadsPerSecond: number
  readonly baselineReadsPerSecond: number | null
  readonly missPercent: number
  readonly waitFree: number
  readonly logWaits: number
  readonly checkpointAgePercent: number | null
  readonly bufferPoolBytes: number
  /**
   * Share of the statements' time, without waits for row locks, spent on reads of data files, percent, 0 to 100; null
   * where the Performance Schema does not time reads, or calls are in no class.
   */
  readonly readWaitPercent: number | null
  /** The same of the earlier windows; null also where they are too few. */
  readonly baselineReadWaitPercent: number | null
  /** Statement classes that got slower by 1.5× or more at equal work per call. */
  readonly slowerClasses: number
  readonly classes: number
}

/** Primary or replica, and how its replicas are. */
export interface Topology {
  readonly writable: boolean
  readonly isReplica: boolean
  /** Replicas connected to this server. */
  readonly replicas: number
  /** Lag of this server if it is a replica, seconds; replicas' own lag is not visible from here. */
  readonly lagSeconds: number | null
}

/** Whether the server can bear work now. */
export interface Health {
  readonly threadsRunning: number
  readonly threadsConnected: number
  readonly maxConnections: number
  readonly uptimeSeconds: number
  readonly historyListLength: number | null
}

/** Long transactions and locks that a change of a table would wait for. */
export interface TableBlockers {
  readonly oldestTransactionSeconds: number | null
  readonly metadataHolders: number | null
  readonly pendingMetadata: number | null
}

/** A file of an application's migrations that the database has not on record. */
export interface PendingMigration {
  readonly name: string
  /** SHA-256 of its bytes, 64 hex digits. */
  readonly checksum: string
  /** Byte for byte. */
  readonly statements: readonly string[]
  readonly creates: readonly string[]
  /** Tables it alters, each with the column it adds or null. */
  readonly adds: readonly { readonly table: string; readonly column: string | null }[]
  /** Why it is not applied here; null if it is. */
  readonly problem: string | null
}

/** An application's migrations: what the database has on record, and what is still to be applied. */
export interface Migrations {
  readonly schema: string
  /** Where they are on record: columns `name` and `checksum`. */
  readonly table: string
  /** Files on record: if there is no disagreement, the first so many of the folder. */
  readonly recorded: number
  /** Why the database cannot be taken for the one the files are for; null if it is. */
  readonly disagreement: string | null
  /** Why the record would not take a row of a name and a checksum; null if it would. */
  readonly recordProblem: string | null
  readonly pendingTotal: number
  /** The next ones in order, at most 20. */
  readonly pending: readonly PendingMigration[]
  /** What files on record made; `at` counts them from 0. */
  readonly made: readonly { readonly table: string; readonly column: string | null; readonly at: number }[]
}

/** Names beside a table that is not there, as far as the account may see them. */
export interface NearNames {
  /** Something of that very name is there that is no base table: a view, a sequence. */
  readonly otherKind: boolean
  /** Tables and views of the same schema with a name like it, the nearest first, at most 5. */
  readonly near: readonly string[]
  /** Other schemas with a table or view of that very name, at most 10; those of the server itself are left out. */
  readonly elsewhere: readonly string[]
  /** Names that were compared, at most 10,000. */
  readonly compared: number
  /** There are more that were not. */
  readonly more: boolean
}

/** Questions the engine answers; each is bounded in rows and time. */
export type MysqlQuestions = {
  readonly 'statement-plan': {
    readonly params: { readonly fingerprintId: string }
    readonly answer: StatementPlan
  }
  readonly 'statement-use': {
    readonly params: { readonly fingerprintId: string }
    readonly answer: StatementUse
  }
  /** Answered from the store's samples, not from the target. */
  readonly 'statement-history': {
    /** `anotherWindow`: waits for a second window since the trouble, for as long as an answer may take. */
    readonly params: { readonly fingerprintId: string; readonly anotherWindow?: true }
    readonly answer: StatementHistory
  }
  readonly table: {
    readonly params: { readonly schema: string; readonly table: string }
    /** Null: no such base table. */
    readonly answer: TableDefinition | null
  }
  readonly 'near-names': {
    readonly params: { readonly schema: string; readonly table: string }
    readonly answer: NearNames
  }
  readonly 'statistics-drift': {
    readonly params: { readonly schema: string; readonly table: string }
    readonly answer: StatisticsDrift
  }
  readonly 'column-selectivity': {
    readonly params: { readonly schema: string; readonly table: string; readonly columns: readonly string[] }
    readonly answer: ColumnSelectivity
  }
  readonly 'lock-graph': { readonly params: Record<never, never>; readonly answer: LockGraph }
  readonly 'later-lock-graph': {
    readonly params: { readonly afterSeconds: number }
    readonly answer: LockGraph
  }
  readonly 'wait-profile': {
    /** Empty: all statements. */
    readonly params: { readonly fingerprintId: string; readonly seconds: number }
    readonly answer: WaitProfile
  }
  readonly connection: {
    readonly params: {
      readonly instanceUid: string
      readonly epoch: string
      readonly connectionId: string
      readonly user: string
      readonly host: string
      readonly database: string | null
      readonly transactionId: string | null
      readonly transactionStartedAt: string | null
      readonly queryId: string | null
      readonly statementFingerprintId: string | null
    }
    readonly answer: ConnectionNow
  }
  /** A connection's identity and state in one stable answer, for a step's `onlyIf`. */
  readonly 'connection-unchanged': {
    readonly params: {
      readonly instanceUid: string
      readonly epoch: string
      readonly connectionId: string
      readonly user: string
      readonly host: string
      readonly database: string | null
      readonly transactionId: string | null
      readonly transactionStartedAt: string | null
      readonly queryId: string | null
      readonly statementFingerprintId: string | null
      readonly expect: BoundState
    }
    readonly answer: { readonly unchanged: boolean }
  }
  readonly connections: { readonly params: Record<never, never>; readonly answer: ConnectionUse }
  /** A look of its own, some seconds after it was asked for. */
  readonly 'later-connections': {
    readonly params: { readonly afterSeconds: number }
    readonly answer: ConnectionUse
  }
  /** Null: no folder of migrations is configured. */
  readonly migrations: { readonly params: Record<never, never>; readonly answer: Migrations | null }
  readonly 'io-profile': { readonly params: Record<never, never>; readonly answer: IoProfile }
  readonly variables: {
    readonly params: { readonly names: readonly string[] }
    /** Global values by lower-case name; a name the server does not know is absent. */
    readonly answer: { readonly [name: string]: string }
  }
  readonly status: {
    readonly params: { readonly names: readonly string[] }
    readonly answer: { readonly [name: string]: number }
  }
  readonly topology: { readonly params: Record<never, never>; readonly answer: Topology }
  readonly health: { readonly params: Record<never, never>; readonly answer: Health }
  /** Deadlocks since the server started. */
  readonly 'deadlock-count': {
    readonly params: Record<never, never>
    readonly answer: { readonly count: number }
  }
  readonly 'id-headroom': {
    /** Both null: the fullest column of all tables. */
    readonly params: { readonly schema: string | null; readonly table: string | null }
    /** Null: no such table, or none with ids of its own. */
    readonly answer: IdHeadroom | null
  }
  readonly 'disk-space': { readonly params: Record<never, never>; readonly answer: DiskSpace }
  readonly 'table-blockers': {
    readonly params: { readonly schema: string; readonly table: string }
    readonly answer: TableBlockers
  }
  readonly 'redundant-indexes': {
    readonly params: { readonly schema: string; readonly table: string }
    readonly answer: readonly RedundantIndex[]
  }
  readonly 'index-reads': {
    readonly params: { readonly schema: string; readonly table: string; readonly index: string }
    readonly answer: { readonly reads: number; readonly sinceSeconds: number }
  }
  readonly account: {
    readonly params: { readonly user: string; readonly host: string }
    /** Null: no such account. `locked` is null where only the password hash's row would tell (MariaDB). */
    readonly answer: { readonly maxUserConnections: number; readonly locked: boolean | null } | null
  }
  /** Is what a run of ours made still exactly that? One stable yes or no each, for the `onlyIf` of an undo’s step. */
  readonly 'index-as-left': {
    readonly params: {
      readonly schema: string
      readonly table: string
      readonly index: string
      readonly kind: string
      readonly unique: boolean
      readonly visible: boolean
      readonly supportsForeignKey: boolean
      readonly columns: readonly {
        readonly column: string | null
        readonly prefix: number | null
        readonly direction: 'ASC' | 'DESC'
      }[]
    }
    readonly answer: { readonly asLeft: boolean }
  }
  readonly 'variables-as-left': {
    readonly params: { readonly variables: readonly { readonly name: string; readonly value: string }[] }
    readonly answer: { readonly asLeft: boolean }
  }
  readonly 'account-as-left': {
    readonly params: { readonly user: string; readonly host: string; readonly maxUserConnections: number }
    readonly answer: { readonly asLeft: boolean }
  }
  /** Null: the table states none, so the server's own setting holds. */
  readonly 'statistics-options-as-left': {
    readonly params: {
      readonly schema: string
      readonly table: string
      readonly autoRecalc: boolean | null
      readonly samplePages: number | null
    }
    readonly answer: { readonly asLeft: boolean }
  }
  readonly instrument: {
    readonly params: { readonly name: string }
    readonly answer: { readonly enabled: boolean; readonly timed: boolean } | null
  }
  /** Binary logs, oldest first; empty if binary logging is off. */
  readonly 'binary-logs': { readonly params: Record<never, never>; readonly answer: readonly BinaryLog[] }
  /** Channels of this server as a replica; empty if it is none. */
  readonly 'replication-channels': {
    readonly params: Record<never, never>
    readonly answer: readonly ReplicationChannel[]
  }
  /** Columns that have a histogram (MySQL) or a row of engine-independent statistics (MariaDB). */
  readonly 'histogram-columns': {
    readonly params: { readonly schema: string; readonly table: string }
    readonly answer: readonly string[]
  }
}
