/** What hiding and showing an index share: rendering in both flavours, forecast, postcondition. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { Forecast } from '../../core/plan.ts'
import type { IndexDefinition } from '../../engines/mysql/shapes.ts'
import { ifIndexIs, onlyIfLeft } from './as-left.ts'
import { isMariadb } from './flavour.ts'
import { instantForecast } from './forecast.ts'
import { ddlPlan } from './guards.ts'
import { type Condition, type Finding, type MysqlContext, met, unmet } from './mysql-action.ts'
import { indexName, quotedName, quotedTable } from './names.ts'
import { askTable, type OnIndex, withTable } from './preconditions/objects.ts'
import { touchedTable } from './table-plan.ts'

/** Parameters of an action on an index. */
export const INDEX_PARAMETERS = {
  table: { type: 'table' },
  index: { type: 'index', of: 'table' },
} as const satisfies OnIndex

/** Judges the index of an action as it is now. */
export async function withIndex(
  context: MysqlContext<OnIndex>,
  judge: (index: IndexDefinition) => Finding,
): Promise<Finding> {
  return withTable(context, (table) => {
    const name = indexName(context.params.index)
    const index = table.indexes.find((item) => item.index === name)
    return index === undefined
      ? unmet(`there is no index ${name}`, 'There is nothing left to do on it.')
      : judge(index)
  })
}

/**
 * Neither primary nor unique, nor one a foreign key leans on. MySQL refuses to hide the first but hides the last
 * without a word, and then checks of the key read the whole table.
 */
export const ordinaryIndex: Condition<OnIndex> = {
  id: 'ordinary-index',
  rule: 'The index is neither primary nor unique and no foreign key leans on it.',
  test: (context) =>
    withIndex(context, (index) => {
      if (index.primary || index.unique)
        return unmet(
          `${index.index} is unique: it is a rule, not only a path`,
          'Such an index is never hidden or dropped.',
        )
      if (index.supportsForeignKey)
        return unmet(`a foreign key leans on ${index.index}`, 'Build another index for that key first.')
      return met(`${index.index} is neither unique nor needed by a foreign key`)
    }),
}

/** The index is visible or hidden now, so that there is something to change. */
export function indexIs(visible: boolean): Condition<OnIndex> {
  const state = (isVisible: boolean): string => (isVisible ? 'visible' : 'hidden')
  return {
    id: visible ? 'index-visible' : 'index-hidden',
    rule: `The index is ${state(visible)} now.`,
    test: (context) =>
      withIndex(context, (index) =>
        index.visible === visible
          ? met(`${index.index} is ${state(visible)}`)
          : unmet(`${index.index} is ${state(index.visible)} already`, 'There is nothing to change.'),
      ),
  }
}

/** The one statement that hides or shows the index, and its opposite, if the index is still the same one. */
export async function renderVisibility(context: MysqlContext<OnIndex>, visible: boolean): Promise<Rendered> {
  const { params, policy, server } = context
  const name = indexName(params.index)
  const alter = (isVisible: boolean): string =>
    `ALTER TABLE ${quotedTable(params.table)} ALTER INDEX ${quotedName(name)} ${word(isMariadb(server), isVisible)}, ALGORITHM=INPLACE, LOCK=NONE`
  const reading = await askTable(context)
  const index = reading.known ? reading.value?.indexes.find((item) => item.index === name) : undefined
  const back = ddlPlan(alter(!visible), policy, server)
  return {
    plan: ddlPlan(alter(visible), policy, server),
    undo:
      index === undefined
        ? { whyNot: 'the definition of the index could not be read, so it could not be known again' }
        : { plan: onlyIfLeft(back, ifIndexIs(params.table, { ...index, visible })) },
    objects: [touchedTable(params.table)],
  }
}

function word(mariadb: boolean, visible: boolean): string {
  if (mariadb) return visible ? 'NOT IGNORED' : 'IGNORED'
  return visible ? 'VISIBLE' : 'INVISIBLE'
}

/** Only the dictionary changes. */
export const visibilityForecast = async (): Promise<Forecast> =>
  instantForecast({
    lockClass: 'metadata lock, exclusive for a moment',
    blocks:
      'for at most the lock guard’s seconds, statements that begin on this table; a statement that names the index in a hint fails while it is hidden',
    durationMs: { low: 1, expected: 50, high: 5_000 },
    basis: 'only the dictionary changes, whatever the size of the table',
  })

/** The index is visible, or hidden. */
export async function visibilityIs(context: MysqlContext<OnIndex>, visible: boolean): Promise<Postcondition> {
  const reading = await askTable(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const name = indexName(context.params.index)
  const index = reading.value?.indexes.find((item) => item.index === name)
  if (index === undefined) return { holds: false, found: `there is no index ${name}` }
  return { holds: index.visible === visible, found: `${name} is ${index.visible ? 'visible' : 'hidden'}` }
}
