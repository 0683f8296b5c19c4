/**
 * Actions that set a global variable: read the old value, set, read back. The servers clamp what is out of their
 * range with a warning only (max_connections=999999999 becomes 100000), so reading back is what success means, and
 * bounds are ours. A value set so is gone after a restart; making it last is for the option file's owner.
 */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Forecast, Step } from '../../core/plan.ts'
import { renderWholeNumber } from '../../sql/quoting.ts'
import { ifVariableIs } from './as-left.ts'
import { instantForecast } from './forecast.ts'
import { LOCK_WAIT_GUARDS, lockWaitGuard, statement } from './guards.ts'
import {
  type ActionSource,
  type Condition,
  type DescribedAction,
  defineAction,
  given,
  type MysqlContext,
  met,
  unmet,
} from './mysql-action.ts'
import { touchesNoObject } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { type Measure, verifyBy } from './verification.ts'

/** One variable and the value it gets, already SQL: digits, a decimal, ON or OFF. */
export interface Assignment {
  readonly name: string
  readonly value: string
}

/** A setting as it is written. */
export interface SettingSource<S extends ParameterSchema>
  extends Pick<
    ActionSource<S>,
    | 'id'
    | 'title'
    | 'risk'
    | 'riskReason'
    | 'issueCategories'
    | 'parameters'
    | 'template'
    | 'undo'
    | 'limits'
    | 'privileges'
    | 'verification'
  > {
  /** `CONFIGURATION` or `INSTRUMENT`. */
  readonly category: string
  /** What is set, from the parameters alone; the same call must give the same answer after the run. */
  assign(context: Pick<MysqlContext<S>, 'params' | 'server'>): readonly Assignment[]
  /** Conditions besides X1, X2, X7, X8 and that it changes something. */
  readonly conditions: readonly Condition<NoInfer<S>>[]
  /** Who is affected, for the forecast. */
  readonly blocks: string
  readonly measure: Omit<Measure, 'postcondition'>
  /** Default: instant. */
  forecast?(context: MysqlContext<S>): Promise<Forecast>
  /** What must hold besides the values read back. */
  settled?(context: MysqlContext<S>): Promise<Postcondition>
}

/** Makes the action of a setting. */
export function defineSetting<const S extends ParameterSchema>(source: SettingSource<S>): DescribedAction<S> {
  const { assign, blocks, measure, conditions, forecast, settled, ...facts } = source
  const postcondition = `reading back gives the value set (a clamped value is none)`
  return defineAction<S>({
    ...facts,
    version: VERSION,
    estimatedDurationSeconds: 1,
    conditions: [
      variablesExist(assign),
      touchesNoObject,
      ...conditions,
      changesSomething(assign),
      serverHealthy,
      serverWritable,
    ],
    guards: LOCK_WAIT_GUARDS,
    render: (context) => renderSetting(context, assign(context)),
    forecast:
      forecast ??
      (async () =>
        instantForecast({
          lockClass: 'none',
          blocks,
          basis: 'a variable in memory; lost at the next restart',
        })),
    verificationPlan: (context) => verifyBy(context, { ...measure, postcondition }),
    postcondition: async (context) => {
      const back = await readBack(context, assign(context))
      return back.holds === true && settled !== undefined ? settled(context) : back
    },
  })
}

type Assign<S extends ParameterSchema> = SettingSource<S>['assign']

/** Asks for the current values of what is to be set. */
const askValues = (context: Pick<MysqlContext<ParameterSchema>, 'ask'>, assignments: readonly Assignment[]) =>
  context.ask('variables', { names: assignments.map((item) => item.name) })

function variablesExist<S extends ParameterSchema>(assign: Assign<S>): Condition<S> {
  return {
    id: 'X1',
    rule: 'The server has the variable.',
    test: async (context) => {
      const assignments = assign(context)
      return given(await askValues(context, assignments), (values) => {
        const missing = assignments.filter((item) => values[item.name] === undefined)
        return missing.length === 0
          ? met(assignments.map((item) => `${item.name} is ${values[item.name]}`).join(', '))
          : unmet(
              `this server has no variable ${missing.map((item) => item.name).join(', ')}`,
              'The action is for another flavour or version of the server.',
            )
      })
    },
  }
}

function changesSomething<S extends ParameterSchema>(assign: Assign<S>): Condition<S> {
  return {
    id: 'changes-something',
    rule: 'The value is not set already.',
    test: async (context) => {
      const assignments = assign(context)
      return given(await askValues(context, assignments), (values) =>
        assignments.some((item) => !isSameValue(values[item.name], item.value))
          ? met('the value differs from the one wanted')
          : unmet('the value is already the one wanted', 'There is nothing to change.'),
      )
    },
  }
}

/** The undo of every setting asks first whether the value set is still there: version 2. */
const VERSION = 2

/** One SET GLOBAL a variable, and the same with the values found now as the inverse, each if the value set is still there. */
async function renderSetting(
  context: MysqlContext<ParameterSchema>,
  assignments: readonly Assignment[],
): Promise<Rendered> {
  const { policy } = context
  const guards = [lockWaitGuard(policy)]
  const set = (items: readonly Assignment[]) =>
    items.map(({ name, value }) =>
      statement(`SET GLOBAL ${variableName(name)}=${settingValue(value)}`, policy.statementTimeoutMs),
    )
  const values = await askValues(context, assignments)
  const old = assignments.map(({ name }) => ({
    name,
    value: (values.known ? values.value[name] : undefined) ?? '',
  }))
  const known = old.every((item) => isSettingValue(item.value))
  const onlyIf = assignments.map(({ name, value }) => ifVariableIs(name, value))
  const back = (): readonly Step[] => set(old).map((step, i) => ({ ...step, onlyIf: onlyIf[i] ?? null }))
  return {
    plan: { guards, steps: set(assignments) },
    undo: known
      ? { plan: { guards, steps: back().toReversed() } }
      : { whyNot: 'the present value could not be read as a number or a switch' },
    objects: [],
  }
}

/** Compares what the server has now with what was set. */
async function readBack(
  context: MysqlContext<ParameterSchema>,
  assignments: readonly Assignment[],
): Promise<Postcondition> {
  const values = await askValues(context, assignments)
  if (!values.known) return { holds: 'unknown', found: values.because }
  const found = assignments.map(({ name, value }) => {
    const now = values.value[name]
    return { holds: isSameValue(now, value), text: `${name} is ${now ?? 'unknown'}, wanted ${value}` }
  })
  return { holds: found.every((item) => item.holds), found: found.map((item) => item.text).join('; ') }
}

const VARIABLE = /^[a-z][a-z0-9_]{1,63}$/
const VALUE = /^(?:\d{1,20}(?:\.\d{1,9})?|ON|OFF)$/

/** Names stand in our own code; the check keeps it that way. */
function variableName(name: string): string {
  if (!VARIABLE.test(name)) throw new RangeError('not the name of a variable')
  return name
}

const isSettingValue = (value: string): boolean => VALUE.test(value)

function settingValue(value: string): string {
  if (!isSettingValue(value)) throw new RangeError('not a number or a switch')
  return value
}

/** Whether two spellings of a value are one: `0.500000` and `0.5`, `ON` and `1`. */
export function isSameValue(now: string | undefined, wanted: string): boolean {
  if (now === undefined) return false
  const [a, b] = [plain(now), plain(wanted)]
  if (a === b) return true
  const [x, y] = [Number(a), Number(b)]
  return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) < 1e-9
}

const SWITCH: { readonly [text: string]: string } = { ON: '1', OFF: '0' }
const plain = (value: string): string => SWITCH[value.toUpperCase()] ?? value

/** A whole number as a value. */
export const whole = (value: number): string => renderWholeNumber(value)
