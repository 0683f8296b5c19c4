/** Joins the questions: checks parameters, answers within bounds, and turns trouble into `known: false`. */
import type { Ask, Reading } from '../../../core/observer.ts'
import { text, utcTime } from '../cells.ts'
import type { MysqlQuestions } from '../shapes.ts'
import { account } from './account.ts'
import { accountAsLeft, indexAsLeft, statisticsOptionsAsLeft, variablesAsLeft } from './as-left.ts'
import { connections, laterConnections, waitProfile } from './collected-questions.ts'
import { connection, connectionUnchanged } from './connection.ts'
import { deadlockCount } from './deadlock-count.ts'
import { diskSpace } from './disk-space.ts'
import { unknownBecause } from './failure.ts'
import { health } from './health.ts'
import { idHeadroom } from './id-headroom.ts'
import { histogramColumns, indexReads, redundantIndexes } from './index-use.ts'
import { instrument } from './instrument.ts'
import { ioProfile } from './io-profile.ts'
import { laterLockGraph, lockGraph } from './lock-graph.ts'
import { migrations } from './migrations.ts'
import { nearNames } from './near-names.ts'
import { ParamProblem } from './params.ts'
import { statementPlan } from './plan/statement-plan.ts'
import type { Answer, Found, Kind, Params, Question, QuestionContext } from './question.ts'
import { binaryLogs, replicationChannels, topology } from './replication.ts'
import { columnSelectivity } from './sampling/column-selectivity.ts'
import { statisticsDrift } from './sampling/statistics-drift.ts'
import { table } from './table.ts'
import { tableBlockers } from './table-blockers.ts'
import { statementUse } from './use/statement-use.ts'
import { status, variables } from './variables.ts'

/** Every question of the engine but `statement-history`, which the store's samples answer. */
const QUESTIONS = {
  table,
  'near-names': nearNames,
  variables,
  status,
  topology,
  health,
  'deadlock-count': deadlockCount,
  'id-headroom': idHeadroom,
  'disk-space': diskSpace,
  connection,
  'connection-unchanged': connectionUnchanged,
  'table-blockers': tableBlockers,
  account,
  'account-as-left': accountAsLeft,
  'index-as-left': indexAsLeft,
  'variables-as-left': variablesAsLeft,
  'statistics-options-as-left': statisticsOptionsAsLeft,
  instrument,
  'index-reads': indexReads,
  'redundant-indexes': redundantIndexes,
  'histogram-columns': histogramColumns,
  'binary-logs': binaryLogs,
  'replication-channels': replicationChannels,
  'statement-plan': statementPlan,
  'statement-use': statementUse,
  'statistics-drift': statisticsDrift,
  'column-selectivity': columnSelectivity,
  'lock-graph': lockGraph,
  'later-lock-graph': laterLockGraph,
  'wait-profile': waitProfile,
  connections,
  'later-connections': laterConnections,
  'io-profile': ioProfile,
  migrations,
} as const satisfies { readonly [K in Exclude<Kind, 'statement-history'>]: Question<K> }

/**
 * Makes the `ask` of one connection. It never rejects: parameters that are not exactly as typed, unknown kinds,
 * privileges, locks, limits and lost connections all come back as `known: false` with the reason and a next step.
 */
export function createAsk(context: QuestionContext): Ask<MysqlQuestions> {
  return async (kind, params) => {
    const found = await answer(context, kind as Kind, params).catch(unknownBecause)
    if ('because' in found) return { known: false, because: found.because, toProceed: found.toProceed }
    return (await dated(context, found)) as Reading<never>
  }
}

async function answer<K extends Kind>(
  context: QuestionContext,
  kind: K,
  given: unknown,
): Promise<Found<Answer<K>>> {
  if (kind === 'statement-history') {
    return {
      because: 'the target does not keep its own past',
      toProceed: 'The store’s samples answer this question.',
    }
  }
  const question = Object.hasOwn(QUESTIONS, kind)
    ? (QUESTIONS as Partial<Record<Kind, unknown>>)[kind]
    : undefined
  if (question === undefined)
    return { because: 'there is no such question', toProceed: 'Ask one of the questions of the engine.' }
  const { params, answer: find } = question as Question<K>
  let checked: Params<K>
  try {
    checked = params(given)
  } catch (error) {
    if (!(error instanceof ParamProblem)) throw error
    return {
      because: `the question ${kind} was asked wrongly: ${error.message}`,
      toProceed: 'Ask with exactly its parameters.',
    }
  }
  return find(context, checked)
}

async function dated<T>(
  context: QuestionContext,
  found: { readonly value: T; readonly source: string },
): Promise<Reading<T>> {
  try {
    const rows = await context.reader.query('SELECT UTC_TIMESTAMP(6) AS now')
    const at = utcTime(rows[0]?.['now'])
    if (at === null) throw new RangeError(`the server’s clock shows ${text(rows[0]?.['now']) ?? 'nothing'}`)
    return { known: true, value: found.value, at, source: found.source }
  } catch (error) {
    return { known: false, ...unknownBecause(error) }
  }
}
