/** What switching the metadata-lock instrument on and off shares. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Forecast } from '../../core/plan.ts'
import { ifInstrumentIs, onlyIfLeft } from './as-left.ts'
import { instantForecast } from './forecast.ts'
import { lockWaitGuard, statement } from './guards.ts'
import { type Condition, given, type MysqlContext, met, unmet } from './mysql-action.ts'

/** The instrument's name, the same on both servers. */
export const METADATA_LOCK_INSTRUMENT = 'wait/lock/metadata/sql/mdl'
/** UPDATE of the one row; nothing else of the Performance Schema is touched. */
export const GRANT_INSTRUMENT: readonly string[] = [
  'GRANT SELECT, UPDATE ON performance_schema.setup_instruments TO {executor}',
]
/** The statement, with YES or NO for each of its two switches. */
export const INSTRUMENT_TEMPLATE = (enabled: boolean, timed = enabled): string =>
  `UPDATE performance_schema.setup_instruments SET ENABLED='${yesNo(enabled)}', TIMED='${yesNo(timed)}' WHERE NAME='${METADATA_LOCK_INSTRUMENT}'`

const yesNo = (on: boolean): string => (on ? 'YES' : 'NO')

/** X1: the server has the instrument, which MariaDB has only with performance_schema=ON. */
export const instrumentExists: Condition<ParameterSchema> = {
  id: 'X1',
  rule: 'The Performance Schema is on and has the instrument.',
  test: async ({ ask }) =>
    given(await ask('instrument', { name: METADATA_LOCK_INSTRUMENT }), (found) =>
      found === null
        ? unmet(
            `there is no instrument ${METADATA_LOCK_INSTRUMENT}`,
            'Set performance_schema=ON in the option file and restart the server.',
          )
        : met(`the instrument is ${found.enabled ? 'on' : 'off'}`),
    ),
}

/** It is not as wanted already. */
export const instrumentDiffers = (on: boolean): Condition<ParameterSchema> => ({
  id: 'changes-something',
  rule: `The instrument is not ${on ? 'on' : 'off'} already.`,
  test: async ({ ask }) =>
    given(await ask('instrument', { name: METADATA_LOCK_INSTRUMENT }), (found) =>
      isSet(found, on)
        ? unmet(`the instrument is ${on ? 'on' : 'off'} already`, 'There is nothing to change.')
        : met(`the instrument is not ${on ? 'on' : 'off'} yet`),
    ),
})

type InstrumentState = { readonly enabled: boolean; readonly timed: boolean } | null
const isSet = (found: InstrumentState, on: boolean): boolean =>
  found !== null && found.enabled === on && (on ? found.timed : true)

/** The UPDATE, and the same with the state found now as its inverse, if it is still as switched. */
export async function renderInstrument(
  context: MysqlContext<ParameterSchema>,
  on: boolean,
): Promise<Rendered> {
  const { policy } = context
  const plan = (text: string) => ({
    guards: [lockWaitGuard(policy)],
    steps: [statement(text, policy.statementTimeoutMs)],
  })
  const now = await context.ask('instrument', { name: METADATA_LOCK_INSTRUMENT })
  return {
    plan: plan(INSTRUMENT_TEMPLATE(on)),
    undo:
      now.known && now.value !== null
        ? {
            plan: onlyIfLeft(
              plan(INSTRUMENT_TEMPLATE(now.value.enabled, now.value.timed)),
              ifInstrumentIs(METADATA_LOCK_INSTRUMENT, on),
            ),
          }
        : { whyNot: 'the present state of the instrument could not be read' },
    objects: [],
  }
}

/** The cost of the instrument. */
export const instrumentForecast = async (): Promise<Forecast> =>
  instantForecast({
    lockClass: 'none',
    blocks: 'nobody; each metadata lock taken while it is on costs well under a microsecond more',
    basis: 'a row in memory; lost at the next restart. Only locks taken afterwards are seen',
  })

/** The instrument is as wanted. */
export async function instrumentIs(
  context: MysqlContext<ParameterSchema>,
  on: boolean,
): Promise<Postcondition> {
  const reading = await context.ask('instrument', { name: METADATA_LOCK_INSTRUMENT })
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const found = reading.value === null ? 'gone' : reading.value.enabled ? 'on' : 'off'
  return { holds: isSet(reading.value, on), found: `the instrument is ${found}` }
}
