// What all wrapped objects of one guard share: counts, the gate for repetitions, and the way failures take to reports.

import { errorTypeOf } from '../../src/recovery/classify.ts'
import { ERROR_TYPES, type ErrorType } from '../../src/recovery/error-types.ts'
import { holdStack, type StackHolder } from './call-site.ts'
import type { Driver } from './driver.ts'
import { type FailureOutcome, failureReport, type SeenFailure } from './failure-report.ts'
import { type GuardOptions, retryOptions } from './guard-options.ts'
import { Reporter } from './reporter.ts'
import { RetryGate } from './retry-gate.ts'
import { newStatistics } from './statistics.ts'

/** A call that runs. */
export interface RunningCall {
  readonly target: object
  readonly sql: string | undefined
  /** The commands it runs, where it runs queued ones. */
  readonly queued?: readonly (string | undefined)[] | undefined
  readonly began: number
  readonly stack: StackHolder | null
}

/** Failures of one attempt of a transaction, kept until it is known what became of them. */
export interface FailureScope {
  readonly failures: {
    readonly error: object
    readonly failure: SeenFailure
    readonly outcome: FailureOutcome
  }[]
  /** The failure that ended the transaction; what is sent after it would take effect by itself. */
  endedBy: object | null
  /** Set where a driver ends transactions by itself and has ended this one: its connection may serve others. */
  isOver: boolean
  /** Where the function commits by itself: whether that was sent and not refused, and whether it took effect. */
  commit: 'none' | 'sent' | 'done'
  /** The end of the last call that others wait for; null where none runs. Never rejects. */
  tail: Promise<void> | null
}

/** One in which nothing has failed. */
export const newScope = (): FailureScope => ({
  failures: [],
  endedBy: null,
  isOver: false,
  commit: 'none',
  tail: null,
})

/** How an attempt stood that failed. */
export interface FailedAttempt {
  readonly mayRepeat: boolean
  /** 0 for the first. */
  readonly attempt: number
  readonly scope: FailureScope | null
  readonly foreign?: boolean
}

/** Most failures that wait to be described; what is beyond is counted. */
const WAITING_MAX = 256
/** Longest time spent on describing before the event loop goes on, ms. */
const SLICE_MS = 5
const SCOPE_MAX = 32

/** One for each call of `guard`. */
export class GuardCore {
  readonly driver: Driver
  readonly statistics = newStatistics()
  readonly gate: RetryGate
  readonly #options: GuardOptions
  readonly #reporter: Reporter | null
  readonly #seen = new WeakSet<object>()
  #waiting: [SeenFailure, FailureOutcome][] = []
  #isScheduled = false

  /** @throws TypeError for options that make no sense */
  constructor(driver: Driver, options: GuardOptions) {
    this.driver = driver
    this.#options = options
    this.gate = new RetryGate(retryOptions(options.retry), this.statistics)
    const { reporting, application = null } = options
    this.#reporter = reporting === undefined ? null : new Reporter(reporting, application, this.statistics)
  }

  /** A call begins; `top` is the wrapper whose caller made it. */
  begin(
    on: Pick<RunningCall, 'target' | 'queued'>,
    sql: string | undefined,
    top: (...args: never[]) => unknown,
  ): RunningCall {
    return this.beginAt(on, sql, this.placeOf(top))
  }

  /** The place of a call that begins later, if at all; null where places are not wanted. */
  placeOf(top: (...args: never[]) => unknown): StackHolder | null {
    return this.#options.callSites === false ? null : holdStack(top)
  }

  /** A call begins that was made at `stack`. */
  beginAt(
    { target, queued }: Pick<RunningCall, 'target' | 'queued'>,
    sql: string | undefined,
    stack: StackHolder | null,
  ): RunningCall {
    this.statistics.calls += 1
    return { target, sql, queued, began: performance.now(), stack }
  }

  /** The type of the driver's error; UNCLASSIFIED for what is none. */
  typeOf(error: unknown, target: object): ErrorType {
    if (typeof error !== 'object' || error === null) return 'UNCLASSIFIED'
    const engine = this.driver.engineOf(target, this.#options.engine)
    return errorTypeOf({ engine: engine.id, ...this.driver.readError(error) }, engine)
  }

  /** True where nothing of the call can have reached the server's tables: it asked for a connection, or got none. */
  wasNeverSent(error: unknown, { target, sql }: RunningCall, asksForConnection: boolean): boolean {
    const type = this.typeOf(error, target)
    const { retry, condition } = ERROR_TYPES[type]
    const { syscall } = error as { readonly syscall?: unknown }
    if (retry !== 'statement') return false
    // The server went away while it greeted: of a statement nothing was sent yet.
    if (asksForConnection || syscall === 'connect') return true
    if (this.driver.mayHaveRun?.(error as object, sql) === true) return false
    return condition === 'none' && syscall !== 'read' && syscall !== 'write'
  }

  /** A call failed: counted, and reported or kept in `scope`. */
  failed(
    call: RunningCall,
    error: unknown,
    where: { outcome: FailureOutcome; scope: FailureScope | null },
  ): void {
    if (typeof error !== 'object' || error === null || this.#seen.has(error)) return
    this.#seen.add(error)
    const inner = this.driver.errorsIn?.(error) ?? []
    for (const { error: one, index } of inner)
      this.failed({ ...call, sql: call.queued?.[index], queued: undefined }, one, where)
    if (inner.length === 0) this.#note(call, error, where)
  }

  #note(
    call: RunningCall,
    error: object,
    { outcome, scope }: { outcome: FailureOutcome; scope: FailureScope | null },
  ): void {
    this.statistics.failures += 1
    const failure = this.#seenFailure(call, error)
    if (scope !== null && this.driver.transaction.endedBy?.has(this.typeOf(error, call.target)) === true)
      scope.endedBy ??= error
    if (scope === null) this.describe(failure, outcome)
    else if (scope.failures.length < SCOPE_MAX) scope.failures.push({ error, failure, outcome })
    else this.#drop()
  }

  /**
   * An attempt of a call failed, and may be made again where `mayRepeat`: the pause before that, ms, or null where it is not made.
   * What is `foreign` is not the database's, and not reported.
   */
  pauseAfter(
    call: RunningCall,
    error: unknown,
    { mayRepeat, attempt, scope, foreign = false }: FailedAttempt,
  ): number | null {
    const wait = mayRepeat ? this.gate.pauseBefore(attempt) : null
    if (!foreign) this.failed(call, error, { outcome: wait === null ? 'thrown' : 'retried', scope })
    if (mayRepeat && wait === null) this.gate.failed()
    return wait
  }

  /** Describes a failure soon, outside the call that failed. */
  describe(failure: SeenFailure, outcome: FailureOutcome): void {
    if (this.#reporter === null && this.#options.onReport === undefined) return
    if (this.#waiting.length >= WAITING_MAX) this.#drop()
    else this.#waiting.push([failure, outcome])
    this.#schedule()
  }

  /** Sends what waits and stops. */
  async close(): Promise<void> {
    while (this.#waiting.length > 0) this.#describeSome()
    await this.#reporter?.close()
  }

  #seenFailure({ target, sql, began, stack }: RunningCall, error: object): SeenFailure {
    const engine = this.driver.engineOf(target, this.#options.engine)
    const database = this.#options.database ?? this.driver.databaseOf(target)
    return {
      engine,
      report: { engine: engine.id, ...this.driver.readError(error), statement: sql, database },
      stack,
      errorStack: framesOf(error),
      durationMs: performance.now() - began,
      at: Date.now(),
    }
  }

  #drop(): void {
    if (this.#reporter === null) this.statistics.dropped += 1
    else this.#reporter.drop()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#describeSome()
      if (this.#waiting.length > 0) this.#schedule()
    }).unref()
  }

  #describeSome(): void {
    const until = performance.now() + SLICE_MS
    while (this.#waiting.length > 0 && performance.now() < until) {
      const [failure, outcome] = this.#waiting.shift() ?? []
      if (failure === undefined || outcome === undefined) return
      const report = failureReport(failure, outcome)
      this.#reporter?.add(report)
      try {
        this.#options.onReport?.(report)
      } catch {
        // What the application does with a report is its own affair.
      }
    }
  }
}

/** The error's stack below its message, which may hold values that look like places; undefined where they cannot be told apart. */
function framesOf(error: object): string | undefined {
  const { stack, message } = error as { readonly stack?: unknown; readonly message?: unknown }
  if (typeof stack !== 'string' || typeof message !== 'string') return undefined
  const at = stack.indexOf(message)
  return at < 0 ? undefined : stack.slice(at + message.length)
}
