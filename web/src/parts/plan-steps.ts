/** A plan as a claim holds it: read, put into words, and where most rows are read. Nothing is drawn here. */
import type { PlanStep } from '../../../src/server/api-types.ts'
import { isRecord } from './is-record.ts'

/** A plan to be shown. */
export interface ShownPlan {
  readonly tree: PlanStep
  /** `explain`: planned, not run. `logged`: written by the server when it ran. `analysed`: run for its row counts. */
  readonly origin: string
  /** In the optimizer's own unit. */
  readonly estimatedCost: number | null
  /** Rows a call examines, as the server counts them; null: not known. */
  readonly examinedPerCall: number | null
}

/** A step with its place: `0` is the outermost, `0.1` its second input. */
export interface PlacedStep {
  readonly place: string
  /** From 1. */
  readonly level: number
  readonly step: PlanStep
}

/** What is said of the rows of a step; null: not known, or it reads no table. */
export interface StepRows {
  /** Each time it is done. */
  readonly estimated: number | null
  readonly read: number | null
  readonly passes: number | null
}

const DEPTH_MAX = 120

const isStep = (value: unknown, depth = 0): value is PlanStep =>
  depth < DEPTH_MAX &&
  isRecord(value) &&
  typeof value['operation'] === 'string' &&
  Array.isArray(value['inputs']) &&
  value['inputs'].every((input) => isStep(input, depth + 1))

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** The plan in a claim's value; null where it holds none. */
export function planIn(value: unknown): ShownPlan | null {
  if (!isRecord(value) || !isStep(value['plan'])) return null
  return {
    tree: value['plan'],
    origin: String(value['origin'] ?? ''),
    estimatedCost: numberOrNull(value['estimatedCost']),
    examinedPerCall: numberOrNull(value['examinedPerCall']),
  }
}

/** Every step, outermost first. */
export function placedSteps(tree: PlanStep, place = '0', level = 1): readonly PlacedStep[] {
  const inputs = tree.inputs.flatMap((input, at) => placedSteps(input, `${place}.${at}`, level + 1))
  return [{ place, level, step: tree }, ...inputs]
}

/**
 * Rows of a step. Of a plan that reads one table once, what a call examines is what that step reads, where the plan
 * itself does not say.
 */
export function rowsOf(step: PlanStep, { tree, examinedPerCall }: ShownPlan): StepRows {
  if (step.operation !== 'table') return { estimated: null, read: null, passes: null }
  const passes = step.passes ?? null
  const isOnly = placedSteps(tree).filter((each) => each.step.operation === 'table').length === 1
  const counted = isOnly && passes === 1 ? examinedPerCall : null
  return { estimated: step.estimatedRows ?? null, read: step.actualRows ?? counted, passes }
}

/** Place of the table of which most rows are read in all, really or as estimated; null where none is. */
export function costliestPlace(plan: ShownPlan): string | null {
  let most = 0
  let found: string | null = null
  for (const { place, step } of placedSteps(plan.tree)) {
    const { estimated, read, passes } = rowsOf(step, plan)
    const total = (read ?? estimated ?? 0) * (passes ?? 1)
    if (total <= most) continue
    most = total
    found = place
  }
  return found
}

const OPERATIONS: Readonly<Record<string, string>> = {
  join: 'Join, each row with the rows of the next',
  select: 'All of these',
  sort: 'Sort',
  group: 'Group',
  distinct: 'Drop duplicates',
  window: 'Window functions',
  temporary: 'Temporary table',
  union: 'Union',
  materialise: 'Filled once from',
  subquery: 'Subquery',
}
const ACCESSES: Readonly<Record<string, string>> = {
  ALL: 'All rows of',
  index: 'The whole index of',
  range: 'A range of',
  index_merge: 'Several indexes of',
  ref: 'Rows by key of',
  ref_or_null: 'Rows by key, or NULL, of',
  eq_ref: 'One row by key of',
  const: 'One row of',
  system: 'The only row of',
  fulltext: 'Rows by words of',
  unique_subquery: 'Asked by key of',
  index_subquery: 'Asked by index of',
}

/** What a step does, in words. */
export function stepWords(step: PlanStep): string {
  if (step.operation === 'table') return tableWords(step)
  return `${OPERATIONS[step.operation] ?? step.operation}${step.dependent === true ? ', for each row around it' : ''}`
}

function tableWords({ name = 'a table', table = name, access = 'rows', key, buffered }: PlanStep): string {
  const how = ACCESSES[access] ?? `${access} of`
  const what = table === name || table.endsWith(`.${name}`) ? table : `${table} (${name})`
  return `${how} ${what}${key === undefined ? '' : `, index ${key}`}${buffered === true ? ', through a join buffer' : ''}`
}

/** The rows of a step, in words; empty: it reads no table. */
export function rowsWords({ estimated, read, passes }: StepRows): string {
  const parts = [
    ...(estimated === null ? [] : [`${rowsText(estimated)} rows estimated`]),
    ...(read === null ? [] : [`${rowsText(read)} read`]),
    ...(passes === null || passes === 1 ? [] : [`${rowsText(passes)} times`]),
  ]
  return parts.join(', ')
}

/** The plan as indented lines. */
export const planLines = (plan: ShownPlan): string =>
  placedSteps(plan.tree)
    .map(({ step, level }) => {
      const rows = rowsWords(rowsOf(step, plan))
      return `${'  '.repeat(level - 1)}${stepWords(step)}${rows === '' ? '' : `: ${rows}`}`
    })
    .join('\n')

/** Where the plan is from, in a sentence. */
export const originWords = (origin: string): string =>
  ({
    explain: 'Planned by EXPLAIN; the statement was not run for it.',
    logged: 'Written by the server when the statement ran.',
    analysed: 'Planned, and run once more for the rows it reads.',
  })[origin] ?? ''

/** A number of rows as people read it. */
export const rowsText = (rows: number): string =>
  rows.toLocaleString(undefined, rows < 10 ? { maximumFractionDigits: 1 } : { maximumFractionDigits: 0 })
