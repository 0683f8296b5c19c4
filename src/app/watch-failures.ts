/**
 * Watches what failures that come back depend on, in the analyst's role. It proposes a check; once a person has accepted it,
 * the observer is asked its one question each interval, and what the answer shows is recorded: it holds, it fails, or it is
 * not known. One that fails is an attempt to prevent the failure, which ends when it holds again or the failure is met.
 */
import type {
  DueWatch,
  EngineWatches,
  FailingWatch,
  JudgedLook,
  RecurringFailure,
  WatchPlan,
} from '../core/failure-watches.ts'
import type { Log } from '../core/log.ts'
import type { Reading } from '../core/observer.ts'
import type { ReasonPort } from '../core/store-ports.ts'
import { toMs } from '../core/time.ts'
import { awaitAnswer } from '../pipeline/index.ts'
import { unlessRefused } from './unless-refused.ts'

/** Looks of one turn; they are asked for side by side. */
const LOOKS_AT_ONCE = 10
/** Failures and attempts of one turn. */
const PAGE = 50
/** What comes back is looked for so often, ms. */
const PROPOSE_EVERY_MS = 60_000
const SAYS_MOST = 600

/** What the watcher works with. */
export interface WatcherParts {
  readonly port: Pick<ReasonPort, 'watches' | 'healing' | 'ask' | 'request' | 'read'>
  /** What an engine knows of watches; null: nothing. */
  readonly watchesOf: (engine: string) => EngineWatches | null
  /** Engines whose failures may propose watches. */
  readonly engines: readonly string[]
  /** How long an answer is waited for, ms. */
  readonly answerTimeoutMs: number
  /** Once it is aborted nothing more is asked or recorded. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly nowMs?: () => number
}

/** One for the role. */
export class FailureWatcher {
  readonly #parts: WatcherParts
  readonly #nowMs: () => number
  #nextProposalMs = 0

  constructor(parts: WatcherParts) {
    this.#parts = parts
    this.#nowMs = parts.nowMs ?? Date.now
  }

  /** Proposes, looks, and records what follows. True if anything was recorded. @throws what the store throws, but for a refusal */
  async turn(): Promise<boolean> {
    const proposed = await this.#proposeSometimes()
    const due = await this.#parts.port.watches.due(LOOKS_AT_ONCE)
    const looked = await Promise.all(due.map((watch) => this.#unlessRefused(() => this.#look(watch))))
    const attempts = (await this.#end()) + (await this.#begin())
    return proposed + attempts > 0 || looked.includes(true)
  }

  async #proposeSometimes(): Promise<number> {
    if (this.#nowMs() < this.#nextProposalMs) return 0
    this.#nextProposalMs = this.#nowMs() + PROPOSE_EVERY_MS
    const { port, engines, watchesOf } = this.#parts
    const watched = engines.flatMap((engine) => watchesOf(engine)?.of ?? [])
    let proposed = 0
    for (const failure of await port.watches.recurring(watched, PAGE))
      for (const plan of watchesOf(failure.engine)?.plan(failure) ?? []) {
        if (failure.watched.includes(plan.kind)) continue
        if (await this.#unlessRefused(() => this.#propose(failure, plan))) proposed += 1
      }
    return proposed
  }

  async #propose(failure: RecurringFailure, plan: WatchPlan): Promise<boolean> {
    const { taskId, targetId, failureType, object, occurrences } = failure
    const what = `${failureType}${object === null ? '' : ` of ${object}`}`
    const reason = `${what} was met ${occurrences} times: this would show what leads to it before it is met again.`
    return this.#parts.port.watches.propose({ ...plan, taskId, targetId, reason: reason.slice(0, SAYS_MOST) })
  }

  /** Asks the one question, waits for its answer, and records what it shows. */
  async #look(watch: DueWatch): Promise<boolean> {
    const { port } = this.#parts
    const { watchId, targetId, question, last } = watch
    const requestId = await port.ask({ targetId, issueId: null, question })
    const reading = await awaitAnswer(port, requestId, this.#parts)
    // A look that was broken off shows nothing of the target.
    if (!reading.known && this.#parts.signal.aborted) return false
    const judged = await this.#judge(watch, reading)
    return port.watches.record({
      watchId,
      number: (last?.number ?? 0) + 1,
      requestId: reading.known ? requestId : null,
      ...judged,
      says: judged.says.slice(0, SAYS_MOST),
    })
  }

  async #judge(watch: DueWatch, reading: Reading<unknown>): Promise<JudgedLook> {
    const { last } = watch
    const engine = this.#parts.watchesOf(watch.engine)
    if (engine === null) return { result: 'UNKNOWN', value: null, says: 'This program knows no such watch.' }
    const now = await this.#parts.port.read.now()
    const sinceLastSeconds = last === null ? null : (toMs(now) - toMs(last.at)) / 1000
    return engine.judge({ ...watch, sinceLastSeconds }, reading)
  }

  async #end(): Promise<number> {
    const { watches, healing } = this.#parts.port
    let ended = 0
    for (const { attemptId, prevented } of await watches.settled(PAGE))
      if (await this.#unlessRefused(() => healing.endAttempt(attemptId, prevented))) ended += 1
    return ended
  }

  async #begin(): Promise<number> {
    const { watches } = this.#parts.port
    const begun = new Set<number>()
    for (const failing of await watches.failing(PAGE)) {
      if (begun.has(failing.taskId)) continue
      if (await this.#unlessRefused(() => this.#attempt(failing))) begun.add(failing.taskId)
    }
    return begun.size
  }

  async #attempt(failing: FailingWatch): Promise<boolean> {
    const { watchId, taskId, nextNumber, targetName, kind, occurrences, look } = failing
    const isFirst = await this.#parts.port.healing.beginAttempt({
      taskId,
      number: nextNumber,
      strategy: 'PREVENTIVE',
      decisionId: null,
      reasoning: `Watch ${watchId} (${kind} on ${targetName}) fails: ${look.says}`.slice(0, 1000),
      evidence: { watchId, look: look.number, occurrences },
      success: null,
    })
    if (isFirst)
      this.#parts.log({
        level: 'warn',
        stage: 'recovery',
        message: 'a watch fails: what leads to a failure that came back is there again',
        target: targetName,
        watch: watchId,
        because: look.says,
      })
    return isFirst
  }

  #unlessRefused(record: () => Promise<boolean>): Promise<boolean> {
    return unlessRefused(record, this.#parts.log, { message: 'the store refused a record of a watch' })
  }
}
