/**
 * A table that statements name is not there. Whether it was dropped, mistyped or never migrated is for a person and
 * the migration history to say; a table is never created to make an error go away.
 */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import {
  cannotTell,
  claimOf,
  claimOfEvent,
  fingerprintIdOf,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  numberFact,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'
import { knownUse } from './statement-evidence.ts'

/** A table that an issue may be about. */
interface NamedTable {
  readonly schema: string
  readonly table: string
}

/** The rule that notices statements of which every call fails. */
const FAILING = 'mysql/failing-statement'

export const typoOrDropped: MysqlDiagnosis = {
  id: 'mysql/typo-or-dropped',
  version: 2,
  engine: 'mysql',
  title: 'A table that statements name does not exist',
  rootCause: 'TYPO_OR_DROPPED',
  categories: ['MISSING_TABLE', 'APPLICATION'],
  needs(subject, answers) {
    const fingerprintId = fingerprintIdOf(subject)
    const named = namedTable(subject, answers)
    return [
      ...(subject.issue.ruleId === FAILING && fingerprintId !== null
        ? [{ kind: 'statement-use', params: { fingerprintId } }]
        : []),
      ...(named === null ? [] : [{ kind: 'table', params: { ...named } }]),
    ]
  },
  test(subject, answers) {
    const named = namedTable(subject, answers)
    if (named === null) return notNamed(subject, answers)
    const { schema, table } = named
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true) return notKnown(`whether ${schema}.${table} exists`, definition)
    if (definition.value !== null) return ruledOut(`${schema}.${table} exists`)
    return {
      outcome: 'supported',
      hypothesis: `${schema}.${table} does not exist: it was dropped, renamed, mistyped, or its migration has not run here.`,
      recommendation: `Compare with the migration history. If ${schema}.${table} was dropped by mistake, restore it from a backup; an empty table of that name would turn an error into silent loss.`,
      claims: [
        claimOf(`the catalog has no table ${schema}.${table}`, definition, {
          value: null,
          recheck: { kind: 'table', params: { schema, table } },
        }),
        ...failures(subject),
      ],
      weights: [{ why: 'a table the account may not see looks the same', logOdds: -0.5 }],
      candidates: [],
      affectingQueries: [fingerprintIdOf(subject) ?? []].flat(),
    } satisfies TestResult
  },
}

/** The table the event names, else one the failing statement names and the catalog did not show; null if neither. */
function namedTable(subject: Subject, answers: MysqlAnswers): NamedTable | null {
  const schema = textFact(subject, 'schema')
  const table = textFact(subject, 'table')
  if (schema === '') return null
  if (table !== '') return { schema, table }
  if (subject.issue.ruleId !== FAILING) return null
  const missing = (knownUse(subject, answers)?.unresolved ?? []).flatMap(
    (note) => /^table (.+)$/.exec(note)?.[1] ?? [],
  )
  const [first] = missing
  return first === undefined ? null : { schema, table: first }
}

/** Why no table can be looked up. */
function notNamed(subject: Subject, answers: MysqlAnswers): TestResult {
  if (subject.issue.ruleId !== FAILING)
    return cannotTell(
      'the server counts error 1146 and does not say which table it was about',
      'Look for error 1146 in the application’s own log: it names the table.',
    )
  const use = answers.get('statement-use', { fingerprintId: fingerprintIdOf(subject) ?? '' })
  if (use?.known !== true) return notKnown('the tables the failing statement names', use)
  return ruledOut('every table the failing statement names is there')
}

/** That its calls fail, as the detector counted it. */
const failures = (subject: Subject) =>
  subject.issue.ruleId === FAILING
    ? [
        claimOfEvent(subject, `${numberFact(subject, 'failedPercent').toFixed(0)} % of its calls fail`, {
          errors: numberFact(subject, 'errors'),
          calls: numberFact(subject, 'calls'),
        }),
      ]
    : []
