/**
 * A table that statements name is not there. Whether it was dropped, mistyped or never migrated is for a person and
 * the migration history to say; a table is never created to make an error go away.
 */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { Reading } from '../../core/observer.ts'
import type { Migrations } from '../../engines/mysql/shapes.ts'
import {
  asksForObject,
  creatorOf,
  FAILING,
  type MissingObject,
  missingObject,
  REPORTED,
  wasMade,
} from './missing-object.ts'
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
} from './mysql-diagnosis.ts'

export const typoOrDropped: MysqlDiagnosis = {
  id: 'mysql/typo-or-dropped',
  version: 3,
  engine: 'mysql',
  title: 'A table that statements name does not exist',
  rootCause: 'TYPO_OR_DROPPED',
  categories: ['MISSING_TABLE', 'APPLICATION'],
  needs: asksForObject,
  test(subject, answers) {
    const named = missingObject(subject, answers)
    if (named === null || named.column !== null) return notNamed(subject, answers)
    const { schema, table } = named
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true) return notKnown(`whether ${schema}.${table} exists`, definition)
    if (definition.value !== null) return ruledOut(`${schema}.${table} exists`)
    const migrations = migrationsIn(answers)
    if (migrations !== null && creatorOf(migrations, named) !== null)
      return ruledOut('a pending migration of the application creates it')
    return gone(subject, { named, definition, wasThere: migrations !== null && wasMade(migrations, named) })
  },
}

/** What is said of a table that no pending file creates. */
function gone(
  subject: Subject,
  found: {
    readonly named: MissingObject
    readonly definition: Reading<unknown> & { readonly known: true }
    readonly wasThere: boolean
  },
): TestResult {
  const { definition, wasThere } = found
  const { schema, table } = found.named
  return {
    outcome: 'supported',
    hypothesis: wasThere
      ? `${schema}.${table} was created by a migration that is on record, and is gone: it was dropped or renamed.`
      : `${schema}.${table} does not exist: it was dropped, renamed, mistyped, or its migration has not run here.`,
    recommendation: wasThere
      ? `Find out who took it away, and restore ${schema}.${table} from a backup; an empty table of that name would turn an error into silent loss.`
      : `Compare with the migration history. If ${schema}.${table} was dropped by mistake, restore it from a backup; an empty table of that name would turn an error into silent loss.`,
    claims: [
      claimOf(`the catalog has no table ${schema}.${table}`, definition, {
        value: null,
        recheck: { kind: 'table', params: { schema, table } },
      }),
      ...failures(subject),
    ],
    weights: [
      { why: 'a table the account may not see looks the same', logOdds: -0.5 },
      ...(wasThere ? [{ why: 'a file on record created it', logOdds: 1 }] : []),
    ],
    candidates: [],
    affectingQueries: [fingerprintIdOf(subject) ?? []].flat(),
  }
}

/** The application's migrations; null: none are configured, or they cannot be read. */
function migrationsIn(answers: MysqlAnswers): Migrations | null {
  const found = answers.get('migrations', {})
  return found?.known === true ? found.value : null
}

/** Why no table can be looked up. */
function notNamed(subject: Subject, answers: MysqlAnswers): TestResult {
  if (subject.issue.ruleId === REPORTED)
    return cannotTell(
      'the error is about no table that is named',
      'Look at the error itself: dbmedic errors show SIGNATURE',
    )
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
