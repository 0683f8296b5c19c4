/** The plan changed and the new one is much slower, though the statistics it was chosen by are right. */
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import type { PlanNode, StatementHistory, StatementPlan } from '../../engines/mysql/shapes.ts'
import {
  cannotTell,
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'
import { planExhibit } from './plan-exhibit.ts'
import {
  bulkReads,
  driftedPrefix,
  knownHistory,
  knownPlan,
  misestimates,
  statementQuestions,
  tableQuestions,
  workingStatement,
} from './statement-evidence.ts'

/** Growth of the mean against the old plan's. */
export const SLOWER_FACTOR = 3
/** Calls of the old plan below which it is no standard. */
const OLD_CALLS_MIN = 20
/** An estimate off by more needs an explanation first: the statistics. */
const RIGHT_ESTIMATE = 3

export const planRegression: MysqlDiagnosis = {
  id: 'mysql/plan-regression',
  version: 5,
  engine: 'mysql',
  title: 'The optimizer chose a slower plan than before',
  rootCause: 'PLAN_REGRESSION',
  categories: ['QUERY_PERFORMANCE', 'PLAN_REGRESSION'],
  needs: (subject, answers) => [
    ...statementQuestions(subject),
    ...tableQuestions(subject, answers),
    ...laterQuestions(subject, answers),
  ],
  test(subject, answers) {
    const fingerprintId = workingStatement(subject, answers)
    if (typeof fingerprintId !== 'string') return fingerprintId
    const history =
      answers.get('statement-history', { fingerprintId, anotherWindow: true }) ??
      answers.get('statement-history', { fingerprintId })
    const plan = answers.get('statement-plan', { fingerprintId })
    if (history?.known !== true) return notKnown('how the statement behaved before', history)
    if (plan?.known !== true) return notKnown('the plan of the statement', plan)
    const unfit = withoutComparison(history.value, plan.value.planHash)
    if (unfit !== null) return unfit
    const old = fasterPlan(history.value, plan.value.planHash)
    if (old === null) return ruledOut('no other plan of it was faster')
    const isOff = worstEstimate(subject, answers) >= RIGHT_ESTIMATE
    return (isOff ? blamedOnStatistics(subject, answers) : null) ?? supported({ history, plan, old, isOff })
  },
  exhibits: planExhibit,
}

/** Why what is on record of it cannot be laid against its present plan; null where it can. */
function withoutComparison(history: StatementHistory, presentHash: string): TestResult | null {
  if (isOfBothPlans(history) && hadAnotherPlan(history, presentHash))
    return cannotTell(
      'how slow it is: only the window in which that began is on record',
      'Wait for the next windows.',
    )
  if (!history.isFirstWindow && !becameSlow(history))
    return ruledOut('it is not three times as slow as it was')
  return hasEarlierRecord(history, presentHash)
    ? null
    : cannotTell(
        'which plan the statement had before is not on record',
        'Give the target a planner account: plans are then kept while the statement is well. Until then keep EXPLAIN FORMAT=JSON beside the release.',
      )
}

/**
 * Wrong statistics explain a wrong estimate, and the choice with it. Right ones do not: how many rows are read until a
 * LIMIT is reached, or what an index that is new tempts the optimizer to, no statistic says
 * (https://dev.mysql.com/doc/refman/8.4/en/limit-optimization.html). Null where they are right.
 */
function blamedOnStatistics(subject: Subject, answers: MysqlAnswers): TestResult | null {
  for (const { schema, table } of bulkReads(subject, answers)) {
    const drift = driftedPrefix(answers, schema, table)
    if (drift === undefined)
      return notKnown(
        `the statistics of ${schema}.${table}`,
        answers.get('statistics-drift', { schema, table }),
      )
    if (drift !== null) return ruledOut('the statistics are wrong, which explains the choice')
  }
  return null
}

/** In the window in which a plan changed, the many quick calls of the old one hide the few of the new one. */
const isOfBothPlans = (history: StatementHistory): boolean => history.isFirstWindow && !becameSlow(history)

/**
 * Asks for its behaviour once more, one window later, where only the first is on record and says too little; and only where there is another
 * plan to lay it against: every diagnosis of the statement waits for the answer.
 */
function laterQuestions(subject: Subject, answers: MysqlAnswers): EvidenceQuestion[] {
  const [history, plan] = [knownHistory(subject, answers), knownPlan(subject, answers)]
  const isWorthIt =
    history !== null && plan !== null && isOfBothPlans(history) && hadAnotherPlan(history, plan.planHash)
  return isWorthIt
    ? [
        {
          kind: 'statement-history',
          params: { fingerprintId: history.fingerprintId, anotherWindow: true },
        },
      ]
    : []
}

/** Without a baseline it may have. */
const becameSlow = ({ current, baseline }: StatementHistory): boolean =>
  baseline === null || current.meanMs >= SLOWER_FACTOR * baseline.meanMs

type Known<T> = Reading<T> & { readonly known: true }
type EarlierPlan = StatementHistory['planHashes'][number]

interface Found {
  readonly history: Known<StatementHistory>
  readonly plan: Known<StatementPlan>
  readonly old: EarlierPlan
  readonly isOff: boolean
}

function supported({ history, plan, old, isOff }: Found): TestResult {
  const { fingerprintId, current } = history.value
  return {
    outcome: 'supported',
    hypothesis: `Its plan changed: the one it had for ${count(old.calls)} calls took ${old.meanMs.toFixed(1)} ms, the present one${throughIndexes(plan.value, old)} ${current.meanMs.toFixed(1)} ms.`,
    recommendation:
      'See what changed at that time (an index, the statistics, the version); pin the old plan with a hint, e.g. FORCE INDEX or an optimizer hint, until it is found.',
    claims: [
      claimOf('mean time of the present plan against an earlier one', history, {
        value: { nowMs: current.meanMs, thenMs: old.meanMs, callsThen: old.calls },
        unit: 'ms',
        recheck: { kind: 'statement-history', params: { fingerprintId } },
      }),
      claimOf(
        `the earlier plan${old.lastSeenAt === undefined ? '' : `, last seen ${old.lastSeenAt}`}`,
        history,
        {
          value: { planHash: old.planHash, steps: (old.steps ?? []).map((one) => ({ ...one })) },
          recheck: { kind: 'statement-history', params: { fingerprintId } },
        },
      ),
      claimOf('the present plan', plan, {
        value: { planHash: plan.value.planHash, steps: plan.value.nodes.slice(0, STEPS_MAX).map(stepOf) },
        recheck: { kind: 'statement-plan', params: { fingerprintId } },
      }),
    ],
    weights: weigh(old, isOff),
    candidates: [],
    affectingQueries: [fingerprintId],
  }
}

function weigh(old: EarlierPlan, isOff: boolean): Weight[] {
  const weights: Weight[] = []
  if (old.calls >= 100) weights.push({ why: 'the earlier plan was seen in at least 100 calls', logOdds: 2 })
  if (isOff)
    weights.push({
      why: 'an estimate of the present plan is off, though the statistics are right',
      logOdds: -0.5,
    })
  return weights
}

/** Which indexes the present plan reads through and the earlier one did not: where to look first. */
function throughIndexes({ nodes }: StatementPlan, { steps }: EarlierPlan): string {
  if (steps === undefined) return ''
  const before = new Set(steps.map((one) => one.step.split(' ').at(-1)))
  const added = [...new Set(nodes.flatMap(({ key }) => (key === null || before.has(key) ? [] : [key])))]
  return added.length === 0 ? '' : `, which reads through ${added.join(', ')},`
}

const STEPS_MAX = 20

const stepOf = ({ schema, table, alias, access, key, estimatedRows }: PlanNode) => ({
  step: [
    table === null ? (alias ?? '?') : `${schema ?? ''}.${table}`,
    access,
    ...(key === null ? [] : [key]),
  ].join(' '),
  rows: Math.round(estimatedRows),
})

/** How far the plan's worst estimate is off; 1 where nothing is there to compare. */
const worstEstimate = (subject: Subject, answers: MysqlAnswers): number =>
  misestimates(subject, answers)?.[0]?.factor ?? 1

/** Whether it was seen often enough with another plan to be compared with that. */
const hadAnotherPlan = ({ planHashes }: StatementHistory, presentHash: string): boolean =>
  planHashes.some((p) => p.planHash !== presentHash && p.calls >= OLD_CALLS_MIN)

/** Whether it is on record how it did with another plan, or well with this one. */
const hasEarlierRecord = ({ current, planHashes }: StatementHistory, presentHash: string): boolean =>
  planHashes.some(
    (p) =>
      p.planHash !== presentHash || (p.calls >= OLD_CALLS_MIN && current.meanMs >= SLOWER_FACTOR * p.meanMs),
  )

/** The fastest other plan that was seen often enough and is three times as fast; null if there is none. */
function fasterPlan(history: StatementHistory, presentHash: string) {
  const others = history.planHashes.filter(
    (p) =>
      p.planHash !== presentHash &&
      p.calls >= OLD_CALLS_MIN &&
      history.current.meanMs >= SLOWER_FACTOR * p.meanMs,
  )
  return [...others].sort((a, b) => a.meanMs - b.meanMs)[0] ?? null
}
