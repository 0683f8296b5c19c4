/**
 * The text a statement class is planned and read by: the newest one seen running; for a statement of a stored program, whose variables
 * stand there by name, with a literal for each.
 */
import type { SqlDialect } from '../../../sql/index.ts'
import type { WrittenStatement } from '../statement-samples.ts'
import { assumedVariables } from './assumed-variables.ts'
import { serverDialect } from './dialect.ts'
import type { Unknown } from './failure.ts'
import { asPlannable } from './program-text.ts'
import type { QuestionContext, Reader } from './question.ts'
import { programVariables } from './stored-program.ts'

/** A text, and where it is from. */
export interface SampledStatement {
  readonly rawText: string
  readonly database: string | null
  /** Values in it are made up: rows expected of them say nothing. */
  readonly assumedValues: boolean
  /** The program it runs in, as `procedure shop.totals_of`; null for a client's. */
  readonly within: string | null
  /** What of its program is not known; null where nothing is, or it has none. */
  readonly lacks: Unknown | null
}

const NO_SAMPLE: Unknown = {
  because: 'no text of the statement has been seen',
  toProceed:
    'It is seen by the slow log, the statement history or the process list; lower long_query_time to see more.',
}

/** The text of a class, or why there is none and what would give one. Rejects with the server's error. */
export async function sampledStatement(
  context: Pick<QuestionContext, 'samples' | 'planner' | 'reader'>,
  fingerprintId: string,
): Promise<SampledStatement | Unknown> {
  const { samples, planner } = context
  const seen = samples?.get(fingerprintId) ?? null
  const written = samples?.written(fingerprintId) ?? null
  const dialect = await serverDialect(context.reader)
  // MariaDB shows a running statement of a program with the values of its variables, MySQL with their names.
  if (seen !== null && (written === null || /\bname_const\b/i.test(seen.rawText))) {
    const rawText = asPlannable(seen.rawText, dialect)
    return { rawText, database: seen.database, ...REAL, within: written === null ? null : programOf(written) }
  }
  return written === null ? NO_SAMPLE : fromProgram(planner, written, dialect)
}

const REAL = { assumedValues: false, lacks: null } as const

const programOf = ({ kind, schema, name }: WrittenStatement): string => `${kind} ${schema}.${name}`

/** A statement with literals of the types its program declares; where that may not be read, of the columns it compares them with. */
async function fromProgram(
  planner: Reader | null,
  { text, ...program }: WrittenStatement,
  dialect: SqlDialect,
): Promise<SampledStatement | Unknown> {
  const within = programOf({ text, ...program })
  if (text === null) return notSampled(within)
  const database = program.schema
  if (planner === null) return { rawText: text, database, ...REAL, within }
  const known = await programVariables(planner, program, dialect)
  const lacks = 'because' in known ? known : null
  const variables =
    'because' in known ? await assumedVariables(planner, { text, ...program }, dialect) : known
  const rawText = asPlannable(text, dialect, variables)
  const assumedValues = rawText !== asPlannable(text, dialect)
  return { rawText, database, assumedValues, within, lacks: assumedValues ? lacks : null }
}

/** The class is a program, of which no statement was seen. */
const notSampled = (within: string): Unknown => ({
  because: `which statement of ${within} does the work was not seen: the server keeps no history of statements, or the newest ten of each session do not show it`,
  toProceed:
    "Run: UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN ('events_statements_current', 'events_statements_history')",
})
