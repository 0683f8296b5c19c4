/** The structured log: one JSON line a happening on standard error, or a readable line on a terminal. */
import { pino } from 'pino'
import type { Log } from '../core/log.ts'
import { steadyLines } from './steady-lines.ts'

/** Options of the log. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** A log on standard error. Standard output belongs to results. */
export function createLog(options: LogOptions): Log {
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' },
    process.stderr.isTTY === true
      ? { write: (line: string) => void process.stderr.write(readableLine(line)) }
      : steadyLines(),
  )
  return ({ level, message, ...fields }) => logger[level](fields, message)
}

/** What a name could hide, turn or steer a terminal with, as in the command line's own output. */
const OBEYED = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/**
 * A line of the log for people: time (UTC), level, stage, message, then each further field as `name=value`, and the
 * next step on a line of its own. Fields without a value are left out, fractions have four digits.
 */
export function readableLine(json: string): string {
  const { level, time, stage, message, next, ...fields } = JSON.parse(json) as Record<string, unknown>
  const more = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${shown(value)}`)
  const name = (pino.levels.labels[Number(level)] ?? 'info').toUpperCase()
  const head = [String(time).slice(11, 19), name.padEnd(5), String(stage ?? '').padEnd(7), String(message)]
  const lines = [
    [...head, ...more].join(' '),
    ...(next === undefined ? [] : [`         next: ${String(next)}`]),
  ]
  return lines.map((line) => `${line.replace(OBEYED, '\ufffd')}\n`).join('')
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}
