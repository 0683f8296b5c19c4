/**
 * What statements name is not there, and a pending migration of the application's own folder creates exactly it. The file is
 * the proof: no table or column is ever invented.
 */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { Migrations, TableDefinition } from '../../engines/mysql/shapes.ts'
import { watchesOf } from './failing-watch.ts'
import {
  asksForObject,
  creatorOf,
  FAILING,
  isOfAnother,
  type MissingObject,
  missingObject,
  nameOf,
  REPORTED,
  same,
} from './missing-object.ts'
import {
  cannotTell,
  claimOf,
  claimOfEvent,
  fact,
  type MysqlAnswers,
  type MysqlDiagnosis,
  type NewClaim,
  notKnown,
  numberFact,
  ruledOut,
} from './mysql-diagnosis.ts'

/** Healings of one failure within 30 days after which only a person goes on; the store refuses a third one. */
const HEALINGS_MOST = 2

export const unappliedMigration: MysqlDiagnosis = {
  id: 'mysql/unapplied-migration',
  version: 1,
  engine: 'mysql',
  title: 'A migration of the application has not been applied here',
  rootCause: 'UNAPPLIED_MIGRATION',
  categories: ['MISSING_TABLE', 'APPLICATION'],
  needs: asksForObject,
  test(subject, answers) {
    const missing = missingObject(subject, answers)
    if (isOfAnother(subject)) return ruledOut('the error is about no table or column that is missing')
    if (missing === null)
      return cannotTell(
        'nothing says which table or column is meant',
        'Report errors with the guard, which names it, or look into the application’s log.',
      )
    const { schema, table, column } = missing
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true) return notKnown(`whether ${schema}.${table} exists`, definition)
    const found = answers.get('migrations', {})
    if (found?.known !== true) return notKnown('the migrations of the application', found)
    if (isThere(definition.value, column)) return ruledOut(`${nameOf(missing)} exists`)
    if (found.value === null)
      return cannotTell(
        'no folder of migrations is configured for the target',
        'Name it in dbmedic.yaml: options.migrationsFolder and options.migrationsSchema of the target.',
      )
    const at = creatorOf(found.value, missing)
    if (at === null) return ruledOut(`no pending migration creates ${nameOf(missing)}`)
    return supported({ subject, answers, missing, migrations: found.value, at })
  },
}

const isThere = (definition: TableDefinition | null, column: string | null): boolean =>
  definition !== null && (column === null || definition.columns.some((each) => same(each.column, column)))

interface Found {
  readonly subject: Subject
  readonly answers: MysqlAnswers
  readonly missing: MissingObject
  readonly migrations: Migrations
  readonly at: number
}

function supported(found: Found): TestResult {
  const { subject, missing, migrations, at } = found
  const file = migrations.pending[at]?.name ?? ''
  const elsewhere = reportedElsewhere(subject)
  const healings = numberFact(subject, 'healings')
  const advice = adviceOf({ subject, migrations, at, healings })
  const proposed = {
    actionId: 'mysql/apply-migration',
    params: { recorded: migrations.recorded, files: at + 1 },
    affectedSeries: [],
    why: `${file} creates ${nameOf(missing)}, and nothing but it is in the way of what applications ask for.`,
  }
  return {
    outcome: 'supported',
    hypothesis: `${nameOf(missing)} is not there because ${file} has not been applied here: it creates it, and ${migrations.recorded} earlier files are on record.`,
    recommendation: advice ?? `Apply ${filesOf(migrations, at)}, whole and in order.`,
    claims: claimsOf(found),
    weights: [
      { why: 'a file of the application creates exactly what is missing', logOdds: 2 },
      ...(healings > 0
        ? [{ why: `it came back after ${healings} healings within 30 days`, logOdds: -1 * healings }]
        : []),
    ],
    candidates: advice === null && elsewhere === undefined ? [proposed] : [],
    affectingQueries: [fact(subject, 'fingerprintId')].filter((id): id is string => typeof id === 'string'),
    ...(elsewhere === undefined ? {} : { decidedIn: elsewhere }),
  }
}

/** What the catalog lacks, what the folder has, and what applications report. */
function claimsOf({ subject, answers, missing, migrations, at }: Found): readonly NewClaim[] {
  const { schema, table } = missing
  const [definition, read] = [answers.get('table', { schema, table }), answers.get('migrations', {})]
  const { name: file = '', checksum = '' } = migrations.pending[at] ?? {}
  if (definition?.known !== true || read?.known !== true) return []
  return [
    claimOf(`the catalog has no ${nameOf(missing)}`, definition, {
      value: null,
      recheck: { kind: 'table', params: { schema, table } },
    }),
    claimOf(`the pending migration ${file} creates it`, read, {
      value: { file, checksum, recorded: migrations.recorded },
      recheck: { kind: 'migrations', params: {} },
    }),
    ...(subject.issue.ruleId === REPORTED && watchesOf(subject).length === 0
      ? [claimOfEvent(subject, 'applications report the error', { calls: numberOf(subject) })]
      : []),
  ]
}

/** Why nothing is proposed, though the file is there; null: it is. */
function adviceOf({
  subject,
  migrations,
  at,
  healings,
}: Pick<Found, 'subject' | 'migrations' | 'at'> & { readonly healings: number }): string | null {
  if (migrations.disagreement !== null)
    return `${migrations.disagreement}. Nothing is applied by dbmedic until the folder and the record agree.`
  const bad = migrations.pending.slice(0, at + 1).find(({ problem }) => problem !== null)
  if (bad !== undefined)
    return `${bad.name} is not applied by dbmedic: ${bad.problem}. Apply it with the application’s own tool.`
  if (healings >= HEALINGS_MOST)
    return `It was healed ${healings} times within 30 days and came back: find out who takes it away before it is applied again.`
  if (fact(subject, 'recoveryEnabled') === false)
    return 'A person has switched recovery off for this error, so nothing is proposed.'
  return null
}

/** The open issue of the same target that carries the proposal, where this one was noticed by the server's counters alone. */
const reportedElsewhere = ({ issue, alongside }: Subject): number | undefined =>
  issue.ruleId === FAILING ? alongside.find(({ ruleId }) => ruleId === REPORTED)?.issueId : undefined

const filesOf = ({ pending }: Migrations, at: number): string =>
  pending
    .slice(0, at + 1)
    .map(({ name }) => name)
    .join(', ')

const numberOf = (subject: Subject): number => Number(subject.events[0]?.metricValue ?? 0)
