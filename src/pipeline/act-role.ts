/**
 * The act role: runs what was approved, settles what a crash left behind, and verifies what ran. The only
 * role with executor credentials.
 */
import type { ActionLimits } from '../core/action.ts'
import { beganOnOurs } from '../core/event-clock.ts'
import type { Log } from '../core/log.ts'
import type { Execution, Issue } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { ActPort, Lease, Runnable } from '../core/store-ports.ts'
import { type TargetNameOf, targetNames } from '../core/target-names.ts'
import { type AskAbandoned, type Executed, reasonToWait, reconcileAbandoned } from './execute/index.ts'
import { looksDue, verifyRun } from './verify/index.ts'

type Unverified = Awaited<ReturnType<ActPort['unverified']>>[number]

/** What the act role works with. */
export interface ActRole {
  readonly port: ActPort
  readonly lease: Lease
  readonly engineOf: (targetId: number) => Promise<string>
  readonly limitsOf: (actionName: string) => ActionLimits | null
  readonly execute: (runnable: Runnable) => Promise<Executed | null>
  readonly askAbandoned: AskAbandoned
  /** False: approved decisions wait for `dbmedic execute`. */
  readonly runsByItself: boolean
  readonly log: Log
}

/** Runs at the same time, each on a target of its own. */
export const MOST_AT_ONCE = 8

/** Pause before a decision whose run could not even be queued is tried again, ms. */
const RETRY_MS = 5_000

const textOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown failure')

/** One executor. */
export class Executor {
  readonly #role: ActRole
  readonly #waiting = new Map<number, string>()
  readonly #running = new Map<number, Promise<void>>()
  readonly #looked = new Map<number, number>()
  readonly #notBefore = new Map<number, number>()
  readonly #nameOf: TargetNameOf

  constructor(role: ActRole) {
    this.#role = role
    this.#nameOf = targetNames(role.port.read)
  }

  /** Settles, runs, verifies. True if anything was done. */
  async turn(): Promise<boolean> {
    const settled = await reconcileAbandoned(this.#role.port, {
      lease: this.#role.lease,
      ask: this.#role.askAbandoned,
      nameOf: this.#nameOf,
      log: this.#role.log,
    })
    const ran = this.#role.runsByItself ? await this.#runDue() : 0
    return settled + ran + (await this.#verifyDue()) > 0
  }

  /** Runs one decision now, if nothing stands in its way. Gives the outcome or the reason to wait. */
  async runNow(decisionId: number): Promise<Executed | { readonly waits: string }> {
    const due = await this.#role.port.runnable(200)
    const runnable = due.find((r) => r.decision.decisionId === decisionId)
    if (runnable === undefined)
      return { waits: 'it is not approved, or it ran already, or its window or validity is not now' }
    const wait = await this.#waitReason(runnable)
    if (wait !== null) return { waits: wait }
    const executed = await this.#role.execute(runnable)
    // Between the look and the queue another executor took this run, or the target.
    return executed ?? { waits: (await this.#waitReason(runnable)) ?? 'another executor took it' }
  }

  /** Resolves when every run that was begun has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** Starts what is due, one run a target and not more than `MOST_AT_ONCE`; gives how many it started. */
  async #runDue(): Promise<number> {
    let started = 0
    for (const runnable of await this.#role.port.runnable(50)) {
      if (this.#running.size >= MOST_AT_ONCE) break
      const { targetId, decisionId } = runnable.decision
      if (this.#running.has(targetId) || (this.#notBefore.get(decisionId) ?? 0) > Date.now()) continue
      const wait = await this.#waitReason(runnable).catch(textOf)
      if (wait !== null) {
        await this.#note(runnable, wait)
        continue
      }
      this.#waiting.delete(decisionId)
      this.#running.set(targetId, this.#run(runnable))
      started += 1
    }
    return started
  }

  /** Never rejects: one decision that cannot be worked on must not stop the others. */
  async #run(runnable: Runnable): Promise<void> {
    const { targetId, decisionId } = runnable.decision
    try {
      await this.#role.execute(runnable)
    } catch (error) {
      await this.#note(runnable, textOf(error))
      this.#notBefore.set(decisionId, Date.now() + RETRY_MS)
    } finally {
      this.#running.delete(targetId)
    }
  }

  async #note({ decision }: Runnable, wait: string): Promise<void> {
    const { decisionId, targetId } = decision
    if (this.#waiting.get(decisionId) === wait) return
    this.#waiting.set(decisionId, wait)
    this.#role.log({
      level: 'info',
      stage: 'execute',
      message: 'approved, but waiting',
      target: await this.#nameOf(targetId),
      decision: decisionId,
      because: wait,
    })
  }

  async #waitReason(runnable: Runnable): Promise<string | null> {
    const binding = JSON.parse(runnable.decision.bindingText) as Binding
    const limits = this.#role.limitsOf(binding.action.name)
    if (limits === null) return `this program has no action ${binding.action.name}`
    return reasonToWait(this.#role.port, runnable, {
      engine: await this.#role.engineOf(runnable.decision.targetId),
      limits,
      now: await this.#role.port.read.now(),
    })
  }

  async #verifyDue(): Promise<number> {
    let done = 0
    for (const due of await this.#role.port.unverified(20)) {
      try {
        if (await this.#verify(due)) done += 1
      } catch (error) {
        const { execution, decision } = due
        this.#role.log({
          level: 'error',
          stage: 'verify',
          message: textOf(error),
          target: await this.#nameOf(decision.targetId),
          execution: execution.executionId,
        })
      }
    }
    return done
  }

  /** One look at one run, once a length of the after-window. True if a verdict was written. */
  async #verify({ execution, decision, issue }: Unverified): Promise<boolean> {
    const { port, log } = this.#role
    const { executionId } = execution
    const now = await port.read.now()
    const look = looksDue(execution, decision, now)
    if (look === 0 || this.#looked.get(executionId) === look) return false
    const onset = await this.#onsetOf(issue)
    const row = await verifyRun({ execution, decision, onset, now, read: port.read })
    const isKnown = row === null || (await this.#alreadyUndecided(execution, row.verdict))
    if (!isKnown) await port.insertVerification(row)
    // Only now: a verdict the store could not take is given again at the next turn.
    this.#looked.set(executionId, look)
    if (isKnown) return false
    const { verdict, improvementPercent } = row
    log({
      level: 'info',
      stage: 'verify',
      message: 'verdict',
      target: await this.#nameOf(decision.targetId),
      execution: executionId,
      verdict,
      improvementPercent,
      because: (row.details as { readonly because?: string }).because ?? null,
    })
    if (verdict !== 'undecided') this.#looked.delete(executionId)
    return true
  }

  /** Start of the first window the issue was seen in, on the store's clock; the time it was opened if that event is gone. */
  async #onsetOf(issue: Issue): Promise<string> {
    const { issueFingerprint, firstOccurrenceEventId } = issue
    const events = await this.#role.port.read.events({ issueFingerprint, limit: 500 })
    const first = events.find((e) => e.eventId === firstOccurrenceEventId)
    return first === undefined ? issue.openedAt : beganOnOurs(first)
  }

  /** An undecided verdict is written once; then a person settles it. */
  async #alreadyUndecided(execution: Execution, verdict: string): Promise<boolean> {
    if (verdict !== 'undecided') return false
    return (await this.#role.port.read.verifications(execution.executionId)).length > 0
  }
}
