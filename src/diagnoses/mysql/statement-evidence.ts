/**
 * The evidence every diagnosis of a statement asks for, in rounds: how it behaves now and before, its plan and
 * its use of columns; then the tables it scans; then how selective their columns are.
 */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { EvidenceQuestion, Issue } from '../../core/nouns.ts'
import type {
  PlanNode,
  StatementHistory,
  StatementPlan,
  StatementUse,
  StatisticsDrift,
  TableDefinition,
  TableUse,
  WaitProfile,
} from '../../engines/mysql/shapes.ts'
import { fingerprintIdOf, type MysqlAnswers, ruledOut } from './mysql-diagnosis.ts'

/** Stored against sampled distinct counts beyond which a plan is blamed on statistics. */
export const DRIFT_FACTOR = 5
/** Estimated against actual rows beyond which an estimate is wrong (q-error of Moerkotte et al., VLDB 2009). */
export const WRONG_ESTIMATE = 10

/** Seconds of activity samples looked at for waits. */
export const WAIT_SECONDS = 60

/** What the first round asks of a statement. */
export function statementQuestions(subject: Subject): EvidenceQuestion[] {
  const fingerprintId = fingerprintIdOf(subject)
  if (fingerprintId === null) return []
  return [
    { kind: 'statement-history', params: { fingerprintId } },
    { kind: 'wait-profile', params: { fingerprintId, seconds: WAIT_SECONDS } },
    { kind: 'statement-plan', params: { fingerprintId } },
    { kind: 'statement-use', params: { fingerprintId } },
  ]
}

/** Definitions and statistics of the tables a known plan reads in bulk. */
export function tableQuestions(subject: Subject, answers: MysqlAnswers): EvidenceQuestion[] {
  return bulkReads(subject, answers).flatMap(({ schema, table }) => [
    { kind: 'table', params: { schema, table } },
    { kind: 'statistics-drift', params: { schema, table } },
  ])
}

/** How selective the columns a statement filters by are. */
export function selectivityQuestions(subject: Subject, answers: MysqlAnswers): EvidenceQuestion[] {
  const use = knownUse(subject, answers)
  if (use === null) return []
  return bulkReads(subject, answers).flatMap(({ schema, table }) => {
    const columns = filterColumns(use, schema, table)
    return columns.length === 0 ? [] : [{ kind: 'column-selectivity', params: { schema, table, columns } }]
  })
}

/** Columns of a table that the statement compares, each once, in a stable order. */
export function filterColumns(use: StatementUse, schema: string, table: string): string[] {
  const refs = use.tables.filter((t) => t.schema === schema && t.table === table)
  return [...new Set(refs.flatMap((t) => [...t.equal, ...t.range]))].sort().slice(0, 8)
}

/** A table the plan reads in bulk, with the plan's own view of it. */
export interface BulkRead {
  readonly schema: string
  readonly table: string
  readonly node: PlanNode
}

/** Tables below this many rows are not worth an index. */
export const LEAST_ROWS = 10_000
/** Rows of one access, estimated, from which on it reads in bulk. */
export const MANY_ROWS = 1_000

/** Whether an access reads its table in full: by rows or by a whole index. */
export const isFull = ({ node }: Pick<BulkRead, 'node'>): boolean =>
  node.access === 'ALL' || node.access === 'index'

/** Accesses that read many rows: full table and index scans, and anything estimated over `MANY_ROWS`. */
export function bulkReads(subject: Subject, answers: MysqlAnswers): BulkRead[] {
  const plan = knownPlan(subject, answers)
  if (plan === null) return []
  const seen = new Map<string, BulkRead>()
  for (const node of plan.nodes) {
    if (node.schema === null || node.table === null) continue
    const bulk = isFull({ node }) || node.estimatedRows >= MANY_ROWS || plan.nodes.length > 1
    const key = `${node.schema}.${node.table}`
    if (bulk && !seen.has(key)) seen.set(key, { schema: node.schema, table: node.table, node })
  }
  return [...seen.values()].slice(0, 6)
}

/** Tables the plan reads in full: by rows or by a whole index. */
export const fullReads = (subject: Subject, answers: MysqlAnswers): BulkRead[] =>
  bulkReads(subject, answers).filter(isFull)

/** The plan, if it is known. */
export function knownPlan(subject: Subject, answers: MysqlAnswers): StatementPlan | null {
  const reading = answers.get('statement-plan', { fingerprintId: fingerprintIdOf(subject) ?? '' })
  return reading?.known === true ? reading.value : null
}

/** The use of columns, if it is known. */
export function knownUse(subject: Subject, answers: MysqlAnswers): StatementUse | null {
  const reading = answers.get('statement-use', { fingerprintId: fingerprintIdOf(subject) ?? '' })
  return reading?.known === true ? reading.value : null
}

/** The history, if it is known. */
export function knownHistory(subject: Subject, answers: MysqlAnswers): StatementHistory | null {
  const reading = answers.get('statement-history', { fingerprintId: fingerprintIdOf(subject) ?? '' })
  return reading?.known === true ? reading.value : null
}

/** How much of the time the statement was seen waiting, if it is known. */
export function knownWaits(subject: Subject, answers: MysqlAnswers): WaitProfile | null {
  const reading = answers.get('wait-profile', {
    fingerprintId: fingerprintIdOf(subject) ?? '',
    seconds: WAIT_SECONDS,
  })
  return reading?.known === true ? reading.value : null
}

/** The definition of a table, if it is known and there. */
export function knownTable(answers: MysqlAnswers, schema: string, table: string): TableDefinition | null {
  const reading = answers.get('table', { schema, table })
  return reading?.known === true ? reading.value : null
}

/** How the statement uses one table; several references are read as one, whose order nobody can serve at once. */
export function useOf(use: StatementUse, schema: string, table: string): TableUse | null {
  const refs = use.tables.filter((t) => t.schema === schema && t.table === table)
  const [first] = refs
  if (first === undefined) return null
  return refs.length === 1
    ? first
    : {
        ...first,
        equal: refs.flatMap((r) => r.equal),
        range: refs.flatMap((r) => r.range),
        output: refs.flatMap((r) => r.output),
        wrapped: refs.flatMap((r) => r.wrapped),
        mismatched: refs.flatMap((r) => r.mismatched),
        sort: [],
      }
}

/** Share of activity samples in a lock wait from which a statement counts as waiting, percent. */
export const WAITING_PERCENT = 30

/** The statement class an issue is about; or, as a result, that there is none or that it mostly waits for locks. */
export function workingStatement(subject: Subject, answers: MysqlAnswers): string | TestResult {
  const fingerprintId = fingerprintIdOf(subject)
  if (fingerprintId === null) return ruledOut('the issue is not about one statement class')
  return mostlyWaits(subject, answers) ? waitsForLocks(subject, answers) : fingerprintId
}

/** Locks, not work, explain the statement's time: the issue about those locks decides it. */
export const waitsForLocks = (subject: Subject, answers: MysqlAnswers): TestResult => ({
  outcome: 'refuted',
  because: 'the statement mostly waits for locks',
  claims: [],
  decidedIn: lockIssueBeside(subject, answers)?.issueId ?? null,
})

/**
 * The open issue about the locks a statement waits for: of a table it uses; failing that, the only one there is, as
 * whoever waits for one that waits is counted on the table at the root. Null if there is none, or it cannot be told.
 */
function lockIssueBeside(subject: Subject, answers: MysqlAnswers): Issue | null {
  const locks = subject.alongside.filter(
    (other) => other.issueCategory === 'LOCK_CONTENTION' && other.affectedResourceType === 'table',
  )
  const use = knownUse(subject, answers)
  const isItsOwn = (name: string): boolean =>
    use === null
      ? mentions(subject.issue.affectedResourceName, name)
      : use.tables.some(({ schema, table }) => `${schema}.${table}` === name)
  return (
    locks.find((other) => isItsOwn(other.affectedResourceName)) ??
    (locks.length === 1 ? locks[0] : null) ??
    null
  )
}

/** Whether a statement's text holds the name of this table (`schema.table`) as a word. */
const mentions = (statement: string, name: string): boolean =>
  statement.split(/[^\p{L}\p{N}_$]+/u).includes(name.split('.').at(-1) ?? name)

/** True if locks, not work, explain the statement's time. Unknown counts as no. */
export function mostlyWaits(subject: Subject, answers: MysqlAnswers): boolean {
  const waits = knownWaits(subject, answers)
  return waits !== null && waits.samples >= 3 && waits.lockWaitPercent >= WAITING_PERCENT
}

/** Rows returned a call from which a result is big, and rows read for each that a lean statement stays below. */
export const BIG_RESULT_ROWS = 1_000
export const LEAN_RATIO = 10

/** True if the statement returns, in bulk, what it reads: no index reads less. Unknown counts as no. */
export function returnsWhatItReads(history: StatementHistory | null): boolean {
  if (history === null) return false
  const { rowsExaminedPerCall, rowsSentPerCall } = history.current
  return rowsSentPerCall >= BIG_RESULT_ROWS && rowsExaminedPerCall <= LEAN_RATIO * rowsSentPerCall
}

/** Whether an index of that table is hidden from the optimizer. Unknown counts as no: it would be hidden first. */
export function isHidden(
  answers: MysqlAnswers,
  { schema, table }: { readonly schema: string; readonly table: string },
  index: string,
): boolean {
  const found = knownTable(answers, schema, table)?.indexes.find((i) => i.index === index)
  return found !== undefined && !found.visible
}

/** Stored statistics that a sample contradicts; `null` if the sample agrees, undefined where it was not taken. */
export function driftedPrefix(
  answers: MysqlAnswers,
  schema: string,
  table: string,
): StatisticsDrift['prefixes'][number] | null | undefined {
  const reading = answers.get('statistics-drift', { schema, table })
  if (reading?.known !== true) return undefined
  return reading.value.prefixes.find((p) => p.factor >= DRIFT_FACTOR) ?? null
}

/** An estimate of a plan beside what was read. */
export interface Misestimate extends BulkRead {
  readonly estimated: number
  readonly actual: number
  /** max(estimated/actual, actual/estimated), each at least one row. */
  readonly factor: number
}

/**
 * Estimates of the plan beside actual rows, worst first; undefined where there are none to compare. Actual rows are
 * in logged and analysed plans; for a plan of one table they are what a call examines.
 */
export function misestimates(subject: Subject, answers: MysqlAnswers): Misestimate[] | undefined {
  const plan = knownPlan(subject, answers)
  const examined = knownHistory(subject, answers)?.current.rowsExaminedPerCall ?? null
  if (plan?.assumedValues === true) return undefined
  const single = plan?.nodes.length === 1
  const found = bulkReads(subject, answers).flatMap((read) => {
    const actual = read.node.actualRows ?? (single ? examined : null)
    if (actual === null) return []
    const [low, high] = [Math.max(1, read.node.estimatedRows), Math.max(1, actual)].sort((a, b) => a - b)
    return [{ ...read, estimated: read.node.estimatedRows, actual, factor: (high ?? 1) / (low ?? 1) }]
  })
  return found.length === 0 ? undefined : found.sort((a, b) => b.factor - a.factor)
}
