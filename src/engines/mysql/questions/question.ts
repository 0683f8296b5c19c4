/**
 * What a question is: strictly checked parameters and a bounded, read-only answer. `ask.ts` joins the questions;
 * each is a file of its own.
 */
import type { Identity, Reading } from '../../../core/observer.ts'
import type { Row } from '../cells.ts'
import type { MigrationPlace } from '../config.ts'
import type { Bound } from '../connect.ts'
import type {
  Activity,
  CatalogFindings,
  ConnectionUse,
  MysqlQuestions,
  StatementWindow,
  StatusWindow,
} from '../shapes.ts'
import type { LoggedPlanRow } from '../slow-log/index.ts'
import type { SampleBook } from '../statement-samples.ts'

/**
 * Reads rows on one connection. Whoever provides it bounds each call in time, on the server and on the client,
 * and has set the session's guards (`lock_wait_timeout`, time zone +00:00, READ COMMITTED).
 */
export interface Reader {
  /**
   * Rows of one SELECT or SHOW; `values` are bound by the server, never interpolated. Rejects with an error whose
   * `errno` is the server's number, or null where the server did not speak.
   */
  query(sql: string, values?: readonly Bound[]): Promise<readonly Row[]>
}

/** Windows the observer has already read; absent on an act connection. */
export interface Collected {
  /** Activity samples, oldest first, of at least the last 5 minutes. */
  activity(): readonly Activity[]
  /** The newest use of the connection limit; null before the first window. */
  connections(): ConnectionUse | null
  /** Status windows, oldest first, of at least the last 30 minutes. */
  status(): readonly StatusWindow[]
  /** Statement windows, oldest first, of at least the last 30 minutes. */
  statements(): readonly StatementWindow[]
  /** The newest look at the catalog, which may be a day old; null before the first. */
  catalog(): CatalogFindings | null
  /** Multiplies the time that counts as now, as it does every interval; 1 normally, less in laboratories. */
  readonly pace: number
}

/** A plan that a call was logged with. */
export interface RecentPlan {
  readonly rows: readonly LoggedPlanRow[]
  /** Whether that was within the newest window; else the statement may have another one by now. */
  readonly isOfNow: boolean
}

/** Everything a question may use. */
export interface QuestionContext {
  readonly reader: Reader
  /** Session of the planner's account; null where there is none, and on an act connection. */
  readonly planner: Reader | null
  /** Configured consent to run a sampled SELECT once more for its actual row counts. */
  readonly mayAnalyse: boolean
  readonly identity: () => Promise<Reading<Identity>>
  readonly samples: Pick<SampleBook, 'get' | 'written'> | null
  readonly collected: Collected | null
  /** Plans MariaDB wrote into its slow log, by fingerprint id; left out where nobody keeps them. */
  readonly loggedPlans?: { get(fingerprintId: string): RecentPlan | null }
  /** The application's own migrations; null or left out: none are configured. */
  readonly migrations?: MigrationPlace | null
  /** Accounts of dbmedic on this target: their sessions are `own`. */
  readonly ownUsers: readonly string[]
  /** Accounts that take backups, besides the ones known tools use. */
  readonly backupUsers: readonly string[]
}

/** A kind of question. */
export type Kind = keyof MysqlQuestions & string
/** Its parameters. */
export type Params<K extends Kind> = MysqlQuestions[K]['params']
/** Its answer. */
export type Answer<K extends Kind> = MysqlQuestions[K]['answer']

/** What was found, or why it cannot be known. `ask.ts` adds the target's clock. */
export type Found<T> =
  | { readonly value: T; readonly source: string }
  | { readonly because: string; readonly toProceed: string }

/** One question: how its parameters are checked and how it is answered. */
export interface Question<K extends Kind> {
  /** @throws ParamProblem for anything but exactly the expected members. */
  readonly params: (given: unknown) => Params<K>
  /** May reject with the server's error; `ask.ts` turns it into `known: false`. */
  readonly answer: (context: QuestionContext, params: Params<K>) => Promise<Found<Answer<K>>>
}
