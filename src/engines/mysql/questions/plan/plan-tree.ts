/**
 * EXPLAIN FORMAT=JSON of MySQL (version 1 of its schema) and MariaDB as one tree of steps. Both nest operations around
 * tables under names of their own; what is no operation is looked through. Conditions and columns are never read: they
 * hold literals. https://dev.mysql.com/doc/refman/8.4/en/explain-output.html, https://mariadb.com/kb/en/explain-format-json/
 */
import type { PlanOperation, PlanStep } from '../../../../core/plan-step.ts'
import { asMembers, type Json, type Members, numberOf } from './plan-members.ts'

/** Steps of one plan that are kept: what is beyond is left out, with all that feeds it. */
const STEPS_MAX = 60
const DEPTH_MAX = 100

/** Objects that are an operation by their name. */
const OPERATIONS: Readonly<Record<string, PlanOperation>> = {
  filesort: 'sort',
  temporary_table: 'temporary',
  grouping_operation: 'group',
  duplicates_removal: 'distinct',
  windowing: 'window',
  window_functions_computation: 'window',
  union_result: 'union',
  materialized_from_subquery: 'materialise',
  materialized: 'materialise',
}
const SUBQUERIES = /^(?:subqueries|[a-z_]+_subqueries)$/

/** How many more steps are taken. */
interface Budget {
  left: number
}

/** The tree of a plan's query block; null where it reads no table. */
export function readPlanTree(block: Members): PlanStep | null {
  return asOne('select', stepsIn(block, { left: STEPS_MAX }, 0))
}

/** Several steps under one operation; a single one stands for itself, none is nothing. */
export function asOne(operation: 'select' | 'join', inputs: readonly PlanStep[]): PlanStep | null {
  const [first] = inputs
  if (first === undefined) return null
  return inputs.length === 1 ? first : { operation, inputs }
}

/** The outermost steps within a node. */
function stepsIn(node: Json, budget: Budget, depth: number): PlanStep[] {
  if (depth > DEPTH_MAX || budget.left <= 0) return []
  if (Array.isArray(node)) return node.flatMap((item) => stepsIn(item, budget, depth + 1))
  const members = asMembers(node)
  if (members === null) return []
  return Object.entries(members).flatMap(([name, value]) =>
    typeof value === 'object' ? stepsOf(name, value, { budget, depth: depth + 1 }) : [],
  )
}

interface At {
  readonly budget: Budget
  readonly depth: number
}

function stepsOf(name: string, value: Json, { budget, depth }: At): PlanStep[] {
  const within = (): PlanStep[] => stepsIn(value, budget, depth)
  if (name === 'table') return tableSteps(value, budget, depth)
  if (SUBQUERIES.test(name)) return subqueries(value, budget, depth)
  if (name === 'nested_loop' || name === 'query_block')
    return [asOne(name === 'nested_loop' ? 'join' : 'select', within())].filter((step) => step !== null)
  if (name === 'block-nl-join')
    return within().map((step) => (step.operation === 'table' ? { ...step, buffered: true } : step))
  const flags = asMembers(value)
  const operation = OPERATIONS[name]
  // What is materialised, and what a union removes duplicates in, are temporary tables by themselves.
  const isOne = operation === 'materialise' || operation === 'union'
  const temporary = wrapped('temporary', !isOne && flags?.['using_temporary_table'] === true, within())
  const sorted = wrapped('sort', flags?.['using_filesort'] === true, temporary)
  return operation === undefined ? sorted : wrapped(operation, true, sorted)
}

const wrapped = (operation: PlanOperation, does: boolean, inputs: PlanStep[]): PlanStep[] =>
  does && inputs.length > 0 ? [{ operation, inputs }] : inputs

/** MySQL says that a subquery depends on the rows around it, MariaDB by remembering its answers for them. */
function subqueries(value: Json, budget: Budget, depth: number): PlanStep[] {
  const each = Array.isArray(value) ? value : [value]
  return each.flatMap((item): PlanStep[] => {
    const members = asMembers(item)
    const inputs = stepsIn(item, budget, depth)
    if (inputs.length === 0) return []
    const depends = members?.['dependent'] === true || members?.['expression_cache'] !== undefined
    return [{ operation: 'subquery', ...(depends ? { dependent: true } : {}), inputs }]
  })
}

function tableSteps(node: Json, budget: Budget, depth: number): PlanStep[] {
  const members = asMembers(node)
  if (members === null) return []
  const { table_name: name, access_type: access } = members
  const isRead = typeof name === 'string' && typeof access === 'string' && members['insert'] !== true
  if (isRead) budget.left -= 1
  const inputs = stepsIn(members, budget, depth)
  if (!isRead) return inputs
  const buffered = members['using_join_buffer'] !== undefined
  return [
    {
      operation: 'table',
      name,
      access,
      ...(typeof members['key'] === 'string' ? { key: members['key'] } : {}),
      ...figure('estimatedRows', members['rows_examined_per_scan'] ?? members['rows']),
      ...figure('actualRows', members['r_rows']),
      ...figure('filteredPercent', members['filtered']),
      ...(buffered ? { buffered: true } : {}),
      inputs,
    },
  ]
}

function figure<K extends string>(name: K, value: Json): { readonly [N in K]?: number } {
  const number = numberOf(value)
  return number === null ? {} : ({ [name]: number } as { readonly [N in K]?: number })
}
