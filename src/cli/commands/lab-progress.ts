/** What a long series says while it runs: which run it is, and how long the rest is likely to take. */
import { styleText } from 'node:util'
import type { RecordedResult } from '../../lab/index.ts'
import { colourWanted } from '../terminal.ts'

/** A run that is still to come. */
export interface Ahead {
  readonly name: string
  readonly flavour: string
  readonly control: boolean
}

/** What is guessed of a run nobody has timed, s: a fault with its start and verdict, and what a control adds to its own time. */
const GUESS = { fault: 50, besideControl: 12 } as const

/**
 * How long runs are likely to take, s: as the same scenario took, else as faults took on average, else a guess.
 * A comparison plays each fault three times.
 */
export function likelySeconds(
  ahead: readonly Ahead[],
  timed: readonly Pick<RecordedResult, 'name' | 'flavour' | 'kind' | 'seconds'>[],
  options: { readonly controlSeconds: number; readonly compare: boolean },
): number {
  const faults = timed.filter((t) => t.kind !== 'control').map((t) => t.seconds)
  const mean = faults.length === 0 ? GUESS.fault : faults.reduce((s, v) => s + v, 0) / faults.length
  const one = (a: Ahead): number => {
    if (a.control) return options.controlSeconds + GUESS.besideControl
    const same = timed.filter((t) => t.name === a.name)
    const known = same.find((t) => t.flavour === a.flavour) ?? same[0]
    return (known?.seconds ?? mean) * (options.compare ? 3 : 1)
  }
  return ahead.reduce((s, a) => s + one(a), 0)
}

/** `about 40 s`, `about 3 min`, `about 2 h 5 min`. */
export function aboutTime(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds / 5) * 5)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `about ${minutes} min`
  return `about ${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
}

const REDRAW_MS = 1_000
/** A run that ends sooner than this draws nothing, ms. */
const QUIET_MS = 2_000

/** Where lines go: standard error, or a test. */
export interface Screen {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** Lines of a series with its time, and at a terminal one line below them that counts. */
export class Progress {
  readonly #screen: Screen
  readonly #startedMs = performance.now()
  readonly #lively: boolean
  #status: { readonly text: string; readonly untilMs: number } | null = null
  #drawn = false
  #timer: ReturnType<typeof setInterval> | null = null

  /** `wanted`: false never counts; the lines stay. */
  constructor(screen: Screen, wanted: boolean) {
    this.#screen = screen
    this.#lively = wanted && screen.isTTY === true
  }

  /** A line, with the seconds since the start. */
  say(text: string): void {
    this.#wipe()
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(0).padStart(4)
    this.#screen.write(`${this.#dim(`${seconds} s`)}  ${text}\n`)
    this.#draw()
  }

  /** What runs now, and how long everything is likely to take from now, s. */
  now(text: string, leftSeconds: number): void {
    this.#status = { text, untilMs: performance.now() + leftSeconds * 1000 }
    if (!this.#lively || this.#timer !== null) return
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    this.#timer.unref()
  }

  /** Ends the counting. */
  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#wipe()
    this.#status = null
  }

  #draw(): void {
    if (!this.#lively || this.#status === null || performance.now() - this.#startedMs < QUIET_MS) return
    const left = (this.#status.untilMs - performance.now()) / 1000
    const rest = left > 0 ? `${aboutTime(left)} left` : 'longer than expected'
    this.#wipe()
    this.#screen.write(this.#dim(`${this.#status.text}; ${rest}`))
    this.#drawn = true
  }

  /** Carriage return, then erase to the end of the line (ECMA-48 EL). */
  #wipe(): void {
    if (this.#drawn) this.#screen.write('\r\u001b[K')
    this.#drawn = false
  }

  #dim(text: string): string {
    return colourWanted(process.env, this.#screen.isTTY === true)
      ? styleText('dim', text, { validateStream: false })
      : text
  }
}
