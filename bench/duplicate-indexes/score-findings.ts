/** How many of the planted indexes a tool named, and how many that must be kept. */
import type { PlantedTable } from './planted-schema.ts'

/** An index a tool calls superfluous. */
export interface NamedIndex {
  readonly table: string
  readonly index: string
}

/** What a tool found in a schema, or in the tables of one kind. */
export interface Score {
  /** Superfluous indexes planted. */
  readonly planted: number
  readonly found: number
  readonly missed: number
  /** Named, though it must be kept (or its twin was named too, and one of both must stay). */
  readonly wrong: number
  /** `table.index` of those. */
  readonly wrongNames: readonly string[]
}

/** Scores what a tool named. */
export function scoreFindings(tables: readonly PlantedTable[], named: readonly NamedIndex[]): Score {
  const byTable = Map.groupBy(named, (one) => one.table)
  const scores = tables.map((table) => scoreTable(table, byTable.get(table.name) ?? []))
  const wrongNames = scores.flatMap((s) => s.wrongNames)
  const sum = (of: (s: Score) => number): number => scores.reduce((total, s) => total + of(s), 0)
  return {
    planted: sum((s) => s.planted),
    found: sum((s) => s.found),
    missed: sum((s) => s.missed),
    wrong: wrongNames.length,
    wrongNames,
  }
}

/** The same by kind of table, in the order the kinds first come. */
export function scoresByKind(
  tables: readonly PlantedTable[],
  named: readonly NamedIndex[],
): readonly { readonly kind: string; readonly tables: number; readonly score: Score }[] {
  return [...Map.groupBy(tables, (table) => table.kind)].map(([kind, own]) => {
    const names = new Set(own.map((table) => table.name))
    const score = scoreFindings(
      own,
      named.filter((one) => names.has(one.table)),
    )
    return { kind, tables: own.length, score }
  })
}

function scoreTable(table: PlantedTable, named: readonly NamedIndex[]): Score {
  const names = new Set(named.map((one) => one.index))
  const hits = table.groups.map((group) => group.filter((index) => names.has(index)))
  const found = hits.filter((some) => some.length > 0).length
  const allowed = new Set([...hits.flatMap((some) => some.slice(0, 1)), ...table.open])
  const wrongNames = [...names].filter((name) => !allowed.has(name)).map((name) => `${table.name}.${name}`)
  return {
    planted: table.groups.length,
    found,
    missed: table.groups.length - found,
    wrong: wrongNames.length,
    wrongNames,
  }
}
