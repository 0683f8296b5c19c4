/** Two transactions of the repository that lock rows of the same two tables in opposite orders. */
import { type LockedRows, lockedRows, prevents } from './locked-rows.ts'
import type { CodeRule } from './rule.ts'
import type { UnitOfWork } from './unit-of-work.ts'

export const lockOrder: CodeRule = {
  id: 'LOCK_ORDER',
  title: 'Two transactions lock the same tables in opposite orders',
  severity: 'high',
  needsSchema: false,
  check: () => [],
  checkUnit: (unit, { units }) => {
    const own = locksOf(unit)
    if (own.length < 2) return []
    for (const other of units) {
      // Said once, of the later of the two.
      if (other === unit) break
      const crossed = crossing(own, locksOf(other))
      if (crossed !== null && !(unit.triedAgain && other.triedAgain)) return [finding(unit, other, crossed)]
    }
    return []
  },
}

/** What a unit locks by keys from outside, each table where it is first locked; nothing where one lock stands for all. */
function locksOf({ kind, onPool, statements, steps }: UnitOfWork): readonly LockedRows[] {
  if (kind === 'connection' || onPool || statements.some(prevents)) return []
  const locks: LockedRows[] = []
  for (const { statement } of steps) {
    // SQLite has one writer at a time.
    const rows = statement.dialect.name === 'sqlite' ? null : lockedRows(statement)
    if (rows?.value == null || rows.value.origin.kind === 'constant') continue
    if (!locks.some((each) => each.table === rows.table)) locks.push(rows)
  }
  return locks
}

/** Two tables that are locked by the same keys in one order here and in the other there; null if there are none. */
function crossing(
  own: readonly LockedRows[],
  other: readonly LockedRows[],
): readonly [LockedRows, LockedRows] | null {
  const placeOf = (rows: LockedRows): number =>
    other.findIndex((each) => each.table === rows.table && each.column === rows.column)
  // Who must have the same row first waits before either has anything else.
  if (own[0] !== undefined && placeOf(own[0]) === 0) return null
  for (const [index, first] of own.entries())
    for (const second of own.slice(index + 1)) {
      const [a, b] = [placeOf(first), placeOf(second)]
      if (a >= 0 && b >= 0 && b < a) return [first, second]
    }
  return null
}

function finding(
  unit: UnitOfWork,
  other: UnitOfWork,
  [first, second]: readonly [LockedRows, LockedRows],
): ReturnType<NonNullable<CodeRule['checkUnit']>>[number] {
  const who = other.within === '' ? 'the one' : `\`${other.within.trim()}\``
  const error = /^(pg|postgres)/.test(unit.driver ?? '') ? 'error 40P01' : 'an error (deadlock)'
  return {
    severity: 'high',
    span: unit.span,
    message: `this transaction locks ${first.table} and then ${second.table}; ${who} in ${other.file}:${other.line} locks ${second.table} and then ${first.table}`,
    why: `Where both are at work on the same rows, each has what the other waits for, until the server ends one of them with ${error}.`,
    instead: `Take them in one order everywhere: here first ${second.table}, or there first ${first.table}. Where that cannot be, begin both with one lock: SELECT … FROM ${first.table} WHERE ${first.column} = … FOR UPDATE.`,
  }
}
