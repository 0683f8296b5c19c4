/** An index nothing reads costs every write. It is hidden first; a replica's reads are not seen from here. */
import type { TestResult } from '../../core/diagnosis.ts'
import {
  cannotTell,
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  type NewClaim,
  notKnown,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'
import { isHidden, knownTable } from './statement-evidence.ts'

const DAY = 86_400
/** How long the server must have counted unless configured (`analysis.unreadIndexDays`): a month-end job must have had its turn. */
export const UNREAD_DAYS = 35

const TOPOLOGY = { kind: 'topology', params: {} } as const

export const unusedIndex: MysqlDiagnosis = {
  id: 'mysql/unused-index',
  version: 2,
  engine: 'mysql',
  title: 'Nothing reads an index that every write keeps up',
  rootCause: 'UNUSED_INDEX',
  categories: ['INDEX_HYGIENE'],
  needs(subject) {
    if (subject.issue.ruleId !== 'mysql/unused-index') return []
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    const index = textFact(subject, 'index')
    return [
      { kind: 'index-reads', params: { schema, table, index } },
      { kind: 'table', params: { schema, table } },
      TOPOLOGY,
    ]
  },
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/unused-index')
      return ruledOut('whether it is read was not the question')
    const table = { schema: textFact(subject, 'schema'), table: textFact(subject, 'table') }
    const index = textFact(subject, 'index')
    const reads = answers.get('index-reads', { ...table, index })
    if (reads?.known !== true) return notKnown(`how often ${index} is read`, reads)
    const question = { kind: 'index-reads', params: { ...table, index } }
    const claim = claimOf(
      `${index} was read ${count(reads.value.reads)} times in ${count(reads.value.sinceSeconds / 86_400)} days`,
      reads,
      {
        value: { ...reads.value },
        recheck: question,
      },
    )
    if (reads.value.reads > 0) return ruledOut('it is read', [claim])
    if (reads.value.sinceSeconds < DAY * (subject.settings['unreadIndexDays'] ?? UNREAD_DAYS))
      return ruledOut('the server has not counted for a whole business cycle yet', [claim])
    const kept = whyKept(answers, table, index)
    if (kept !== null) return typeof kept === 'string' ? ruledOut(kept, [claim]) : kept
    return supported({ answers, table, index }, [claim, ...noReplica(answers)], reads.value.sinceSeconds)
  },
}

interface TableName {
  readonly schema: string
  readonly table: string
}

/** What speaks for the index though nothing reads it here; a result where that is not known. */
function whyKept(answers: MysqlAnswers, table: TableName, index: string): string | TestResult | null {
  const definition = knownTable(answers, table.schema, table.table)
  const now = definition?.indexes.find((i) => i.index === index)
  if (now === undefined)
    return notKnown(`the indexes of ${table.schema}.${table.table}`, answers.get('table', table))
  if (now.unique || now.primary || now.supportsForeignKey)
    return 'it enforces uniqueness or serves a foreign key, so it stays'
  const topology = answers.get('topology', {})
  if (topology?.known !== true) return notKnown('whether there are replicas that read it', topology)
  return topology.value.replicas > 0 || topology.value.isReplica
    ? cannotTell(
        'whether another server of this replication reads the index',
        'Run on each of them, with the names of this table and index: SELECT COUNT_STAR FROM performance_schema.table_io_waits_summary_by_index_usage WHERE OBJECT_SCHEMA = ? AND OBJECT_NAME = ? AND INDEX_NAME = ?',
      )
    : null
}

function noReplica(answers: MysqlAnswers): NewClaim[] {
  const topology = answers.get('topology', {})
  return topology?.known === true
    ? [claimOf('no replica is connected', topology, { value: { ...topology.value }, recheck: TOPOLOGY })]
    : []
}

interface Spare {
  readonly answers: MysqlAnswers
  readonly table: TableName
  readonly index: string
}

function supported(
  { answers, table, index }: Spare,
  claims: readonly NewClaim[],
  sinceSeconds: number,
): TestResult {
  const hidden = isHidden(answers, table, index)
  return {
    outcome: 'supported',
    hypothesis: `Nothing has read index ${index} of ${table.schema}.${table.table} for ${count(sinceSeconds / 86_400)} days, and every write keeps it up.`,
    recommendation: hidden
      ? `${index} is hidden already; if nothing got slower in a week, drop it.`
      : `Hide ${index}; if nothing gets slower for a week, a drop can be decided.`,
    claims,
    weights: [{ why: 'a yearly job, or a replica that is away, would not show', logOdds: -0.5 }],
    candidates: [
      {
        actionId: hidden ? 'mysql/drop-index' : 'mysql/hide-index',
        params: { table: { ...table }, index },
        why: hidden
          ? 'Hidden for a week it served nobody; dropped, every write of the table becomes cheaper.'
          : 'Hidden, it can be shown again at once if anything gets slower.',
        affectedSeries: [],
      },
    ],
    affectingQueries: [],
  }
}
