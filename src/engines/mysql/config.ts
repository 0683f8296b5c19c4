/**
 * The options of a MySQL-family target (`options:` of a target in dbmedic.yaml): schema and defaults.
 * Reaching the target (host, port, TLS, account) is `core/engine.ts`; thresholds belong to the detectors.
 */
import { z } from 'zod'
import type { TargetAddress } from '../../core/engine.ts'
import { DbmedicError } from '../../core/errors.ts'

/** What `options` of a MySQL-family target may hold. Every member has a default. */
export const mysqlOptions = z.strictObject({
  /**
   * Slow log file as this process can read it. `null`: the path the server states, if the file can be read
   * here and the server is on this machine.
   */
  slowLogFile: z.string().min(1).max(4096).nullable().default(null),
  /** Error log file as this process can read it; `null`: not read. */
  errorLogFile: z.string().min(1).max(4096).nullable().default(null),
  /** Port for the monitor when the normal one is full: MariaDB `extra_port`, MySQL `admin_port`. */
  adminPort: z.int().min(1).max(65_535).nullable().default(null),
  /** Host of `adminPort`, MySQL `admin_address`; `null`: the target's host. */
  adminHost: z.string().min(1).max(255).nullable().default(null),
  /** Limit of one statement on the server, ms. */
  statementTimeoutMs: z.int().min(100).max(30_000).default(2_000),
  /** What the client waits beyond `statementTimeoutMs` before it gives the connection up, ms. */
  abandonAfterMs: z.int().min(100).max(60_000).default(3_000),
  /** Share of the target's statement time watching may use, percent. */
  budgetPercent: z.number().min(0.01).max(10).default(0.5),
  /** What it may use at least, ms of statement time a second: a quiet server has little to take a share of. */
  budgetMsPerSecond: z.number().min(0.1).max(100).default(2),
  /** Processor cores of the target's machine: heavy reading pauses above 4 × this many running threads. */
  cores: z.int().min(1).max(4_096).default(4),
  /** A collector that takes longer is read half as often, ms. */
  slowCollectorMs: z.int().min(10).max(10_000).default(250),
  /** Statement classes kept a window, by time and again by rows examined; the rest is summed. */
  statementsTop: z.int().min(10).max(1_000).default(100),
  /** Further accounts of dbmedic on this target (the executor's), comma-separated: shown as our own. */
  ownAccounts: z.string().max(1_000).default(''),
  /** Accounts that take backups, comma-separated; never touched. Known tools are recognised without this. */
  backupAccounts: z.string().max(1_000).default(''),
  /** Whether a sampled SELECT may be run once more, limited, for its actual row counts. */
  analyseStatements: z.boolean().default(false),
  /** The application's migrations as this process and the executor's can read them: `.sql` files, applied in the order of their names. */
  migrationsFolder: z.string().min(1).max(4096).nullable().default(null),
  /** The database they are for; needed with `migrationsFolder`. */
  migrationsSchema: z
    .string()
    .regex(/^[A-Za-z0-9_$-]{1,64}$/)
    .nullable()
    .default(null),
  /** Its table with a row for each that was applied: `name` (the file's) and `checksum` (SHA-256 of its bytes, in hex). */
  migrationsTable: z
    .string()
    .regex(/^[A-Za-z0-9_$]{1,64}$/)
    .default('schema_migrations'),
  /** Multiplies the interval of every instrument; 1 in production, less in laboratories. */
  pace: z.number().min(0.01).max(10).default(1),
})

/** Validated options of a MySQL-family target. */
export type MysqlOptions = z.infer<typeof mysqlOptions>

/**
 * The options of `address` with defaults filled in.
 * @throws DbmedicError DBM_TARGET_OPTION naming the first option that is unknown or out of range.
 */
export function readMysqlOptions(address: Pick<TargetAddress, 'name' | 'options'>): MysqlOptions {
  const parsed = mysqlOptions.safeParse(address.options)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  throw new DbmedicError('DBM_TARGET_OPTION', {
    target: address.name,
    option: unknown ?? issue?.path.join('.') ?? 'options',
    problem: unknown === undefined ? (issue?.message ?? 'not an object') : 'there is no such option',
    suggestion: `Options are: ${Object.keys(mysqlOptions.shape).join(', ')}.`,
  })
}

/** The names of a comma-separated option, trimmed, without empty ones. */
export function namesOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** Where an application's migrations are, and where the database has them on record. */
export interface MigrationPlace {
  readonly folder: string
  readonly schema: string
  readonly table: string
}

/** Where they are; null: none are configured. */
export function migrationPlace({
  migrationsFolder: folder,
  migrationsSchema: schema,
  migrationsTable: table,
}: Pick<MysqlOptions, 'migrationsFolder' | 'migrationsSchema' | 'migrationsTable'>): MigrationPlace | null {
  return folder === null || schema === null ? null : { folder, schema, table }
}
