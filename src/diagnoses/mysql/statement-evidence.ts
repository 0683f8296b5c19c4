/**
 * The evidence every diagnosis of a statement asks for, in rounds: how it behaves now and before, its plan and
 * its use of columns; then the tables it scans; then how selective their columns are.
 */
import type { Subject } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type {
  PlanNode,
  StatementHistory,
  StatementPlan,
  StatementUse,
  TableDefinition,
  TableUse,
  WaitProfile,
} from '../../engines/mysql/shapes.ts'
import { fingerprintIdOf, type MysqlAnswers } from './mysql-diagnosis.ts'

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

/** Accesses that read many rows: full table and index scans, and anything estimated over 1,000 rows. */
export function bulkReads(subject: Subject, answers: MysqlAnswers): BulkRead[] {
  const plan = knownPlan(subject, answers)
  if (plan === null) return []
  const seen = new Map<string, BulkRead>()
  for (const node of plan.nodes) {
    if (node.schema === null || node.table === null) continue
    const bulk =
      node.access === 'ALL' || node.access === 'index' || node.estimatedRows >= 1000 || plan.nodes.length > 1
    const key = `${node.schema}.${node.table}`
    if (bulk && !seen.has(key)) seen.set(key, { schema: node.schema, table: node.table, node })
  }
  return [...seen.values()].slice(0, 6)
}

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

/** How the statement uses one table; several references are read as one. */
export function useOf(use: StatementUse, schema: string, table: string): TableUse | null {
  const refs = use.tables.filter((t) => t.schema === schema && t.table === table)
  const [first] = refs
  if (first === undefined) return null
  return refs.length === 1
    ? first
    : { ...first, equal: refs.flatMap((r) => r.equal), range: refs.flatMap((r) => r.range) }
}

/** Share of activity samples in a lock wait from which a statement counts as waiting, percent. */
export const WAITING_PERCENT = 30

/** True if locks, not work, explain the statement's time. Unknown counts as no. */
export function mostlyWaits(subject: Subject, answers: MysqlAnswers): boolean {
  const waits = knownWaits(subject, answers)
  return (
    waits !== null &&
    waits.samples >= 3 &&
    waits.lockWaitPercent + waits.metadataWaitPercent >= WAITING_PERCENT
  )
}
