/**
 * A table or column that statements name is not there: dropped, mistyped, or in another schema. Which of them is for a person
 * to say; names that are there are evidence, and nothing is ever created to make an error go away.
 */

import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import { nearWords } from '../../core/near-words.ts'
import type { Reading } from '../../core/observer.ts'
import type { Migrations, NearNames, TableDefinition } from '../../engines/mysql/shapes.ts'
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
  wasMade,
} from './missing-object.ts'
import {
  cannotTell,
  claimOf,
  claimOfEvent,
  fingerprintIdOf,
  type MysqlAnswers,
  type MysqlDiagnosis,
  type NewClaim,
  notKnown,
  numberFact,
  ruledOut,
} from './mysql-diagnosis.ts'

/** Columns with a name like the missing one that are told at most. */
const NEAR_MOST = 5

export const typoOrDropped: MysqlDiagnosis = {
  id: 'mysql/typo-or-dropped',
  version: 4,
  engine: 'mysql',
  title: 'A table or column that statements name does not exist',
  rootCause: 'TYPO_OR_DROPPED',
  categories: ['MISSING_TABLE', 'APPLICATION'],
  needs: asksForObject,
  test(subject, answers) {
    const named = missingObject(subject, answers)
    if (named === null) return notNamed(subject, answers)
    const { schema, table } = named
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true) return notKnown(`whether ${schema}.${table} exists`, definition)
    // Without its table nothing can be said of a column.
    const missing = definition.value === null ? { schema, table, column: null } : named
    const migrations = migrationsIn(answers)
    if (migrations !== null && [named, missing].some((each) => creatorOf(migrations, each) !== null))
      return ruledOut(`a pending migration of the application creates ${nameOf(missing)}`)
    const found = { subject, missing, wasThere: migrations !== null && wasMade(migrations, missing) }
    if (definition.value !== null) return columnGone(found, { ...definition, value: definition.value })
    return tableGone(found, definition, answers.get('near-names', { schema, table }))
  },
}

interface Gone {
  readonly subject: Subject
  readonly missing: MissingObject
  /** A file on record made it. */
  readonly wasThere: boolean
}

type Known<T> = Reading<T> & { readonly known: true }

const SILENT_LOSS = 'would turn an error into silent loss'

/** What is said of a table that no pending file creates. */
function tableGone(
  { subject, missing, wasThere }: Gone,
  definition: Known<unknown>,
  reading: Reading<NearNames> | undefined,
): TestResult {
  const name = nameOf(missing)
  const { schema, table } = missing
  const names = reading?.known === true ? reading : null
  if (names?.value.otherKind === true)
    return ruledOut(`${name} is there: a view, or something else that is no base table`)
  return {
    outcome: 'supported',
    hypothesis: wasThere
      ? `${name} was created by a migration that is on record, and is gone: it was dropped or renamed.${seen(names, schema)}`
      : `${name} does not exist: it was dropped, renamed, mistyped, or its migration has not run here.${seen(names, schema)}`,
    recommendation: wasThere
      ? `Find out who took it away, and restore ${name} from a backup; an empty table of that name ${SILENT_LOSS}.`
      : `${advice(names)}Compare with the migration history. If ${name} was dropped by mistake, restore it from a backup; an empty table of that name ${SILENT_LOSS}.`,
    claims: [
      claimOf(`the catalog has no table ${name}`, definition, {
        value: null,
        recheck: { kind: 'table', params: { schema, table } },
      }),
      ...namesClaim(names, { schema, table }),
      ...failures(subject),
    ],
    weights: weightsOf(names, wasThere),
    candidates: [],
    affectingQueries: [fingerprintIdOf(subject) ?? []].flat(),
  }
}

/** A name like it, or elsewhere, makes it likelier that the table is not there for real than that it may not be seen. */
function weightsOf(names: Known<NearNames> | null, wasThere: boolean): readonly Weight[] {
  const { near = [], elsewhere = [] } = names?.value ?? {}
  return [
    { why: 'a table the account may not see looks the same', logOdds: -0.5 },
    ...(wasThere ? [{ why: 'a file on record created it', logOdds: 1 }] : []),
    ...(near.length > 0 ? [{ why: 'a table with a name like it is there', logOdds: 0.5 }] : []),
    ...(elsewhere.length > 0 ? [{ why: 'another schema has a table of that name', logOdds: 0.5 }] : []),
  ]
}

/** What names are there, as sentences after the first; empty: it could not be asked. */
function seen(names: Known<NearNames> | null, schema: string): string {
  if (names === null) return ''
  const { near, elsewhere } = names.value
  const like = near.length > 0 ? ` Names like it in ${schema}: ${near.join(', ')}.` : ''
  const other = elsewhere.length > 0 ? ` A table of that very name is in ${elsewhere.join(', ')}.` : ''
  return like + other === ''
    ? ` No name in ${schema} is like it, and no other schema that the account may see has that name.`
    : like + other
}

function advice(names: Known<NearNames> | null): string {
  const { near = [], elsewhere = [] } = names?.value ?? {}
  return [
    near.length > 0 ? 'See whether the statement means one of the names that are there. ' : '',
    elsewhere.length > 0 ? 'See whether the application is connected to the schema it is for. ' : '',
  ].join('')
}

function namesClaim(
  names: Known<NearNames> | null,
  params: { readonly schema: string; readonly table: string },
): readonly NewClaim[] {
  if (names === null) return []
  const { near, elsewhere, compared, more } = names.value
  return [
    claimOf(
      `of ${compared}${more ? ' and more' : ''} names in ${params.schema} ${near.length} are like it; ${elsewhere.length} other schemas have that name`,
      names,
      { value: { near, elsewhere, compared, more }, recheck: { kind: 'near-names', params } },
    ),
  ]
}

/** What is said of a table that is there, and of a column of it. */
function columnGone({ subject, missing, wasThere }: Gone, definition: Known<TableDefinition>): TestResult {
  const { schema, table, column } = missing
  const columns = definition.value.columns.map((each) => each.column)
  if (column === null || columns.some((each) => same(each, column)))
    return ruledOut(`${nameOf(missing)} exists`)
  const near = nearWords(column, columns, NEAR_MOST)
  const like = near.length > 0 ? ` Columns with a name like it: ${near.join(', ')}.` : ''
  return {
    outcome: 'supported',
    hypothesis: wasThere
      ? `${nameOf(missing)} was added by a migration that is on record, and is gone: it was dropped or renamed.${like}`
      : `${schema}.${table} has no column ${column}: it was dropped, renamed or mistyped, or the code is for another version of the schema.${like}`,
    recommendation: wasThere
      ? `Find out who took it away, and restore ${column} from a backup of ${schema}.${table}; an empty column of that name ${SILENT_LOSS}.`
      : `${near.length > 0 ? 'See whether the statement means one of the columns that are there. ' : ''}Compare the code’s release with the migrations on record; an empty column of that name ${SILENT_LOSS}.`,
    claims: [
      claimOf(`the catalog has no column ${nameOf(missing)}`, definition, {
        value: { columns: columns.length, near },
        recheck: { kind: 'table', params: { schema, table } },
      }),
      ...failures(subject),
    ],
    weights: [
      ...(wasThere ? [{ why: 'a file on record added it', logOdds: 1 }] : []),
      ...(near.length > 0 ? [{ why: 'a column with a name like it is there', logOdds: 0.5 }] : []),
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
  if (isOfAnother(subject) && watchesOf(subject).length > 0)
    return ruledOut('the error is about no table or column that is missing')
  if (subject.issue.ruleId === REPORTED)
    return cannotTell(
      'the error is about no table or column that is named',
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
