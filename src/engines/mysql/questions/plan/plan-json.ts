/**
 * EXPLAIN FORMAT=JSON of MySQL (version 1 of its schema) and MariaDB, and MariaDB's ANALYZE, read into one list of
 * accesses, outermost first. Both nest operations around tables; only a few of their names differ.
 * https://dev.mysql.com/doc/refman/8.4/en/explain.html, https://mariadb.com/kb/en/explain-format-json/
 */
import type { PlanStep } from '../../../../core/plan-step.ts'
import { asMembers, type Json, type Members, numberOf, parseObject } from './plan-members.ts'
import { readPlanTree } from './plan-tree.ts'

/** One access as the plan prints it. `name` is the alias, or `<derived2>` and the like. */
export interface PlanAccess {
  readonly name: string
  readonly access: string
  readonly key: string | null
  readonly possibleKeys: readonly string[]
  readonly estimatedRows: number
  readonly filteredPercent: number | null
  readonly actualRows: number | null
  readonly usesFilesort: boolean
  readonly usesTemporary: boolean
  /** Nesting: a table inside a materialised subquery is deeper than the query's own. */
  readonly depth: number
}

/** A plan as printed. */
export interface ReadPlan {
  readonly accesses: readonly PlanAccess[]
  readonly cost: number | null
  /** The same as it is nested; null where no table is read. */
  readonly tree: PlanStep | null
}

interface Around {
  readonly filesort: boolean
  readonly temporary: boolean
  readonly depth: number
}

const DEPTH_MAX = 200
const ACCESSES_MAX = 500
/** Objects that are an operation by their name (MariaDB); MySQL has flags instead. */
const FILESORT_NAMES = new Set(['filesort', 'read_sorted_file'])

/** Reads a plan's text; null if it is none. */
export function readPlanJson(text: string): ReadPlan | null {
  const root = parseObject(text)
  const block = root === null ? null : asMembers(root['query_block'])
  if (block === null) return null
  const accesses: PlanAccess[] = []
  walk(block, { filesort: false, temporary: false, depth: 0 }, accesses)
  return { accesses, cost: costOf(block), tree: readPlanTree(block) }
}

function walk(node: Json, around: Around, found: PlanAccess[]): void {
  if (around.depth > DEPTH_MAX || found.length >= ACCESSES_MAX) return
  if (Array.isArray(node)) {
    for (const item of node) walk(item, around, found)
    return
  }
  const members = asMembers(node)
  if (members === null) return
  const within = flagged(members, around)
  for (const [name, value] of Object.entries(members)) {
    if (name === 'table') table(value, within, found)
    else walk(value, entered(name, within), found)
  }
}

/** MySQL says by flags that an operation sorts or needs a temporary table; its windows say it one by one. */
function flagged(members: Members, around: Around): Around {
  const windows = Array.isArray(members['windows']) ? members['windows'] : []
  const sortsWindows = [...windows, ...(Array.isArray(members['sorts']) ? members['sorts'] : [])].some(
    (window) =>
      asMembers(window)?.['using_filesort'] === true || asMembers(window)?.['filesort'] !== undefined,
  )
  return {
    ...around,
    filesort: around.filesort || members['using_filesort'] === true || sortsWindows,
    temporary: around.temporary || members['using_temporary_table'] === true,
  }
}

/** A query block starts anew: what sorts the outer one does not sort the inner. */
function entered(name: string, around: Around): Around {
  if (name === 'query_block') return { filesort: false, temporary: false, depth: around.depth + 1 }
  return {
    ...around,
    filesort: around.filesort || FILESORT_NAMES.has(name),
    temporary: around.temporary || name === 'temporary_table',
  }
}

function table(node: Json, around: Around, found: PlanAccess[]): void {
  const members = asMembers(node)
  if (members === null) return
  const isTarget = members['insert'] === true
  if (typeof members['table_name'] === 'string' && typeof members['access_type'] === 'string' && !isTarget) {
    found.push({
      name: members['table_name'],
      access: members['access_type'],
      key: typeof members['key'] === 'string' ? members['key'] : null,
      possibleKeys: strings(members['possible_keys']),
      estimatedRows: numberOf(members['rows_examined_per_scan'] ?? members['rows']) ?? 0,
      filteredPercent: numberOf(members['filtered']),
      actualRows: numberOf(members['r_rows']),
      usesFilesort: around.filesort,
      usesTemporary: around.temporary,
      depth: around.depth,
    })
  }
  walk(members, around, found)
}

function costOf(block: Members): number | null {
  return numberOf(asMembers(block['cost_info'])?.['query_cost'] ?? block['cost'])
}

function strings(value: Json): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Operations that read one table through several of its indexes; what the table gives is what they give. */
const INDEX_MERGES = new Set(['rowid_intersection', 'rowid_union', 'index_merge'])

/**
 * Rows each table gave per pass in MySQL's EXPLAIN ANALYZE FORMAT=JSON (version 2 of its schema, a tree of
 * `inputs`), by alias. A name that occurs twice is left out: which is which cannot be told.
 */
export function actualRowsByAlias(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const twice = new Set<string>()
  const waiting: Json[] = [parseObject(text)]
  for (let node = waiting.pop(); node !== undefined && waiting.length < 10_000; node = waiting.pop()) {
    if (Array.isArray(node)) waiting.push(...node)
    const members = asMembers(node)
    if (members === null) continue
    const isMerge = INDEX_MERGES.has(String(members['access_type']))
    const name = isMerge ? nameOf(firstInput(members)) : nameOf(members)
    const rows = numberOf(members['actual_rows'])
    if (name !== null && rows !== null) {
      if (found.has(name)) twice.add(name)
      found.set(name, rows)
    }
    if (!isMerge || name === null)
      waiting.push(...Object.values(members).filter((value) => typeof value === 'object'))
  }
  for (const name of twice) found.delete(name)
  return found
}

function nameOf(members: Members | null): string | null {
  const name = members?.['alias'] ?? members?.['table_name']
  return typeof name === 'string' ? name : null
}

function firstInput(members: Members): Members | null {
  const inputs = members['inputs']
  return Array.isArray(inputs) ? asMembers(inputs[0]) : null
}
