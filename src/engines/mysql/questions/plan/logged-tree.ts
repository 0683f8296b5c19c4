/**
 * The rows of a plan MariaDB logged as a tree: rows of one id are joined in their order, other ids feed the table that
 * names them or stand beside. https://mariadb.com/kb/en/explain/#columns-in-explain-select
 */
import type { PlanOperation, PlanStep } from '../../../../core/plan-step.ts'
import type { LoggedPlanRow } from '../../slow-log/index.ts'
import { asOne } from './plan-tree.ts'

const STEPS_MAX = 60
/** `<derived2>`, `<subquery3>`: the table that is filled by the rows of that id. */
const FILLED_BY = /^<(?:derived|subquery)(\d+)>$/

/** The tree; null where no row reads a table. */
export function loggedTree(rows: readonly LoggedPlanRow[]): PlanStep | null {
  const read = rows.filter((row) => row.id !== undefined && row.table !== undefined && row.type !== undefined)
  const byId = Map.groupBy(read.slice(0, STEPS_MAX), (row) => row.id)
  const filled = new Set(read.map(filledBy))
  const [main, ...others] = [...byId.keys()].filter((id) => !filled.has(id))
  if (main === undefined) return null
  const beside = others.flatMap((id) => asSubquery(byId.get(id) ?? [], byId))
  return asOne('select', [...blockOf(byId.get(main) ?? [], byId, 0), ...beside])
}

type ById = ReadonlyMap<number | undefined, readonly LoggedPlanRow[]>

function filledBy({ table }: LoggedPlanRow): number | undefined {
  const id = FILLED_BY.exec(table ?? '')?.[1]
  return id === undefined ? undefined : Number(id)
}

function asSubquery(rows: readonly LoggedPlanRow[], byId: ById): PlanStep[] {
  const kind = rows[0]?.selectType ?? ''
  const inputs = blockOf(rows, byId, 0)
  if (inputs.length === 0) return []
  if (/UNION/i.test(kind)) return [{ operation: 'union', inputs }]
  return [{ operation: 'subquery', ...(/DEPENDENT/i.test(kind) ? { dependent: true } : {}), inputs }]
}

/** The rows of one id, under the sorting and the temporary table that one of them speaks of. */
function blockOf(rows: readonly LoggedPlanRow[], byId: ById, depth: number): PlanStep[] {
  const joined = asOne(
    'join',
    rows.map((row) => tableStep(row, byId, depth)),
  )
  const says = (words: RegExp): boolean => rows.some(({ extra }) => words.test(extra))
  const inputs = under('temporary', says(/using temporary/i), joined === null ? [] : [joined])
  return under('sort', says(/using filesort/i), inputs)
}

const under = (operation: PlanOperation, does: boolean, inputs: PlanStep[]): PlanStep[] =>
  does && inputs.length > 0 ? [{ operation, inputs }] : inputs

/** A row that names an id it is filled by itself would go round for ever; ids of a real plan grow inwards. */
function tableStep(row: LoggedPlanRow, byId: ById, depth: number): PlanStep {
  const id = filledBy(row)
  const inner = id === undefined || id === row.id || depth > 10 ? [] : (byId.get(id) ?? [])
  const inputs = blockOf(inner, byId, depth + 1)
  return {
    operation: 'table',
    name: row.table ?? '',
    access: row.type ?? '',
    ...known({
      key: row.key,
      estimatedRows: row.rows,
      actualRows: row.actualRows,
      filteredPercent: row.filteredPercent,
    }),
    ...(/join buffer/i.test(row.extra) ? { buffered: true } : {}),
    inputs: inputs.length === 0 ? [] : [{ operation: 'materialise', inputs }],
  }
}

/** Without what is undefined. */
const known = <T extends object>(members: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
