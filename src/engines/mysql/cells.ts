/**
 * Values of result rows as the driver hands them over (64-bit integers and decimals as digits, dates as text,
 * BLOB as bytes) read into what the snapshots hold. Nothing here guesses: what is not a number is `null`.
 */
import type { UtcTime } from '../../core/time.ts'

/** One value of a row. */
export type Cell = string | number | bigint | boolean | Uint8Array | null | undefined

/** A row of a result; every column is aliased in lower case by our own statements. */
export interface Row {
  readonly [column: string]: Cell
}

/** Text of a cell; bytes are read as UTF-8; `null` for NULL. */
export function text(cell: Cell): string | null {
  if (cell === null || cell === undefined) return null
  if (typeof cell === 'string') return cell
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('utf8') : String(cell)
}

/** Text of a cell, empty for NULL. */
export function textOrEmpty(cell: Cell): string {
  return text(cell) ?? ''
}

/** Number of a cell; `null` for NULL and for what is no finite number. Integers beyond 2^53 lose precision. */
export function number(cell: Cell): number | null {
  const written = text(cell)
  if (written === null || written.trim() === '') return null
  const value = Number(written)
  return Number.isFinite(value) ? value : null
}

/** Number of a cell, 0 for NULL: only for sums and counts, where NULL means no rows. */
export function count(cell: Cell): number {
  return number(cell) ?? 0
}

/** Picoseconds (Performance Schema timers) as milliseconds, 0 for NULL. */
export function picosecondsToMs(cell: Cell): number {
  return count(cell) / 1e9
}

/** Whether the server says yes: `YES`, `ON`, `Y`, `1`, `TRUE`. */
export function isOn(cell: Cell): boolean {
  return ['YES', 'ON', 'Y', '1', 'TRUE'].includes(textOrEmpty(cell).toUpperCase())
}

/**
 * A DATETIME or TIMESTAMP text of a session whose time zone is UTC (`2026-11-21 03:33:11.123456`) as an
 * instant; `null` for NULL, for zero dates and for what is no such text.
 */
export function utcTime(cell: Cell): UtcTime | null {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/.exec(textOrEmpty(cell))
  if (match === null || match[1]?.startsWith('0000') || match[1]?.includes('-00')) return null
  return `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(6, '0')}Z`
}
