/** A bounded table of numbers by resource key in a detector's memory: what is least lately written goes first. */
import type { MysqlView } from './mysql-detector.ts'

/** Most keys kept under one name. */
export const KEYS_MAX = 10_000

/** Numbers by resource key, oldest first. */
export type MemoryTable = Map<string, readonly number[]>

/** Reads the table back; what is not of its shape counts as not remembered. */
export function readTable(view: MysqlView, name: string): MemoryTable {
  const table: MemoryTable = new Map()
  const stored = view.memory.get(name)
  for (const row of Array.isArray(stored) ? stored : []) {
    const [key, ...numbers] = Array.isArray(row) ? row : []
    if (typeof key === 'string' && numbers.every((n) => typeof n === 'number')) table.set(key, numbers)
  }
  return table
}

/** Puts a row at the end of the table. */
export function putRow(table: MemoryTable, key: string, numbers: readonly number[]): void {
  table.delete(key)
  table.set(key, numbers)
}

/** Remembers the newest rows of the table, at most `KEYS_MAX`. */
export function writeTable(view: MysqlView, name: string, table: MemoryTable): void {
  view.memory.set(
    name,
    [...table].slice(-KEYS_MAX).map(([key, numbers]) => [key, ...numbers]),
  )
}
