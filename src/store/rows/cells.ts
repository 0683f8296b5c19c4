/**
 * The one place where values change between our form and a dialect's cells: times, decimals, booleans, JSON.
 * See ../tables.ts for what the cells look like.
 */
import { canonicalJson, type Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { UtcTime } from '../../core/time.ts'
import type { DialectName } from '../schema/dialect.ts'

const EXACT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{6})Z$/
const CELL = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z?$/

/** Conversions of one dialect. */
export interface Cells {
  /** @throws DbmedicError DBM_STORE_REFUSED if the text is not an instant in our form. */
  time(time: UtcTime): string
  timeOrNull(time: UtcTime | null): string | null
  /** A decimal of `scale` digits after the point, rounded half away from zero. */
  decimal(value: number, scale: number): number | string
  decimalOrNull(value: number | null, scale: number): number | string | null
  /** An exact decimal cell as a number. */
  number(cell: number | string, scale: number): number
  numberOrNull(cell: number | string | null, scale: number): number | null
}

/** An instant of either dialect in our form. */
export function utc(cell: string): UtcTime {
  const found = CELL.exec(cell)
  if (found === null) throw new RangeError('the store gave something that is not a time')
  return `${found[1]}T${found[2]}.${(found[3] ?? '').padEnd(6, '0')}Z`
}

/** As `utc`, for cells that may be NULL. */
export function utcOrNull(cell: string | null): UtcTime | null {
  return cell === null ? null : utc(cell)
}

/** 0 or 1. */
export function flag(value: boolean): number {
  return value ? 1 : 0
}

/** 0, 1 or NULL. */
export function flagOrNull(value: boolean | null): number | null {
  return value === null ? null : flag(value)
}

/** A stored flag. */
export function truth(cell: number): boolean {
  return cell === 1
}

/** A stored flag that may be unknown. */
export function truthOrNull(cell: number | null): boolean | null {
  return cell === null ? null : truth(cell)
}

/** JSON text to keep: canonical, so that equal values are equal texts. @throws RangeError if it is no JSON. */
export function jsonText(value: unknown): string {
  return canonicalJson(value as Json)
}

/** The value of a JSON text the store kept. The store checked it is JSON; its shape is the writer's. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T
}

/** At most `most` characters, with a sign that something was cut. For texts of machines, never of people. */
export function clipped(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

function parts(time: UtcTime): RegExpExecArray {
  const found = EXACT.exec(time)
  if (found === null || Number.isNaN(Date.parse(time))) {
    throw new DbmedicError('DBM_STORE_REFUSED', { rule: 'times are ISO 8601 in UTC with six decimals' })
  }
  return found
}

function scaled(value: number, scale: number): number {
  const times = value * 10 ** scale
  if (!Number.isSafeInteger(Math.round(times))) {
    throw new DbmedicError('DBM_STORE_REFUSED', { rule: 'decimals are finite and of at most 15 digits' })
  }
  // 0.5 % of a hair: 0.285 * 100 is 28.499999999999996 and means 28.5.
  return Math.sign(times) * Math.round(Math.abs(times) * (1 + Number.EPSILON * 4))
}

const sqlite: Cells = {
  time: (time) => parts(time)[0],
  timeOrNull: (time) => (time === null ? null : parts(time)[0]),
  decimal: scaled,
  decimalOrNull: (value, scale) => (value === null ? null : scaled(value, scale)),
  number: (cell, scale) => Number(cell) / 10 ** scale,
  numberOrNull: (cell, scale) => (cell === null ? null : Number(cell) / 10 ** scale),
}

const mysqlTime = (time: UtcTime): string => {
  const [, date, clock, micros] = parts(time)
  return `${date} ${clock}.${micros}`
}
const mysqlDecimal = (value: number, scale: number): string =>
  (scaled(value, scale) / 10 ** scale).toFixed(scale)

const mysql: Cells = {
  time: mysqlTime,
  timeOrNull: (time) => (time === null ? null : mysqlTime(time)),
  decimal: mysqlDecimal,
  decimalOrNull: (value, scale) => (value === null ? null : mysqlDecimal(value, scale)),
  number: (cell) => Number(cell),
  numberOrNull: (cell) => (cell === null ? null : Number(cell)),
}

/** The conversions of a dialect. */
export function cellsOf(dialect: DialectName): Cells {
  return dialect === 'sqlite' ? sqlite : mysql
}
