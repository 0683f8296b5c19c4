/** What a tree of a plan needs beside the server's own words: whose tables they are, rows really read, how often each is read. */
import type { PlanStep } from '../../../../core/plan-step.ts'

/** What is known beside the plan. */
export interface BesidePlan {
  /** `shop.orders` for the name a plan prints; null: of no one base table. */
  readonly tableOf: (name: string) => string | null
  /** Rows read each time, by the name a plan prints; replaces what the tree says. */
  readonly actualRows?: ReadonlyMap<string, number>
}

/** The tree with tables, actual rows and passes. */
export function finishTree(tree: PlanStep, beside: BesidePlan): PlanStep {
  const names = countNames(tree, new Map())
  return passed(named(tree, beside, names), 1).step
}

/** How often each name occurs: of one that occurs twice, figures by name say nothing. */
function countNames(step: PlanStep, counts: Map<string, number>): ReadonlyMap<string, number> {
  if (step.name !== undefined) counts.set(step.name, (counts.get(step.name) ?? 0) + 1)
  for (const input of step.inputs) countNames(input, counts)
  return counts
}

function named(step: PlanStep, beside: BesidePlan, counts: ReadonlyMap<string, number>): PlanStep {
  const inputs = step.inputs.map((input) => named(input, beside, counts))
  const { name } = step
  if (name === undefined) return { ...step, inputs }
  const table = beside.tableOf(name)
  const actual = counts.get(name) === 1 ? beside.actualRows?.get(name) : undefined
  return {
    ...step,
    ...(table === null ? {} : { table }),
    ...(actual === undefined ? {} : { actualRows: actual }),
    inputs,
  }
}

/** A step with its passes, and how many rows it passes on in all. */
interface Passed {
  readonly step: PlanStep
  readonly rows: number
}

/**
 * In a join an input is read once for each row that those before it pass on
 * (https://dev.mysql.com/doc/refman/8.4/en/nested-loop-joins.html); everything else once for each row around it.
 */
function passed(step: PlanStep, around: number): Passed {
  if (step.operation === 'table') return passedTable(step, around)
  if (step.operation === 'join') return passedJoin(step, around)
  const [first, ...others] = step.inputs
  if (first === undefined) return { step, rows: around }
  const main = passed(first, around)
  const rest = others.map((other) => passed(other, other.dependent === true ? main.rows : around).step)
  return { step: { ...step, inputs: [main.step, ...rest] }, rows: main.rows }
}

function passedJoin(step: PlanStep, around: number): Passed {
  let rows = around
  const inputs = step.inputs.map((input) => {
    const done = passed(input, rows)
    rows = done.rows
    return done.step
  })
  return { step: { ...step, inputs }, rows }
}

function passedTable(step: PlanStep, around: number): Passed {
  const read = around * (step.actualRows ?? step.estimatedRows ?? 1)
  const inputs = step.inputs.map((input) => passed(input, input.dependent === true ? read : 1).step)
  return {
    step: { ...step, passes: threeDigits(around), inputs },
    rows: (read * (step.filteredPercent ?? 100)) / 100,
  }
}

const threeDigits = (value: number): number => Number(value.toPrecision(3))
