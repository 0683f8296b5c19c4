/**
 * The act role: runs what was approved, settles what a crash left behind, and verifies what ran. The only
 * role with executor credentials.
 */
import type { ActionLimits } from '../core/action.ts'
import type { Log } from '../core/log.ts'
import type { Execution, Issue } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { ActPort, Lease, Runnable } from '../core/store-ports.ts'
import { type AskPostcondition, type Executed, reasonToWait, reconcileAbandoned } from './execute/index.ts'
import { verifyRun } from './verify/index.ts'

/** What the act role works with. */
export interface ActRole {
  readonly port: ActPort
  readonly lease: Lease
  readonly engineOf: (targetId: number) => Promise<string>
  readonly limitsOf: (actionName: string) => ActionLimits | null
  readonly execute: (runnable: Runnable) => Promise<Executed | null>
  readonly askPostcondition: AskPostcondition
  /** False: approved decisions wait for `dbmedic execute`. */
  readonly runsByItself: boolean
  readonly log: Log
}

/** One executor. */
export class Executor {
  readonly #role: ActRole
  readonly #waiting = new Map<number, string>()

  constructor(role: ActRole) {
    this.#role = role
  }

  /** Settles, runs, verifies. True if anything was done. */
  async turn(): Promise<boolean> {
    const settled = await reconcileAbandoned(this.#role.port, {
      lease: this.#role.lease,
      ask: this.#role.askPostcondition,
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
    return (await this.#role.execute(runnable)) ?? { waits: 'another executor took it' }
  }

  async #runDue(): Promise<number> {
    let ran = 0
    const busy = new Set<number>()
    for (const runnable of await this.#role.port.runnable(50)) {
      const { targetId, decisionId } = runnable.decision
      if (busy.has(targetId)) continue
      const wait = await this.#waitReason(runnable)
      if (wait !== null) {
        this.#note(decisionId, wait)
        continue
      }
      this.#waiting.delete(decisionId)
      busy.add(targetId)
      if ((await this.#role.execute(runnable)) !== null) ran += 1
    }
    return ran
  }

  #note(decisionId: number, wait: string): void {
    if (this.#waiting.get(decisionId) === wait) return
    this.#waiting.set(decisionId, wait)
    this.#role.log({
      level: 'info',
      stage: 'execute',
      message: 'approved, but waiting',
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
    for (const { execution, decision, issue } of await this.#role.port.unverified(20)) {
      const row = await verifyRun({
        execution,
        decision,
        onset: await this.#onsetOf(issue),
        now: await this.#role.port.read.now(),
        read: this.#role.port.read,
      })
      if (row === null || (await this.#alreadyUndecided(execution, row.verdict))) continue
      await this.#role.port.insertVerification(row)
      this.#role.log({
        level: 'info',
        stage: 'verify',
        message: 'verdict',
        execution: execution.executionId,
        verdict: row.verdict,
        improvementPercent: row.improvementPercent,
      })
      done += 1
    }
    return done
  }

  /** Start of the first window the issue was seen in; the time it was opened if that event is gone. */
  async #onsetOf(issue: Issue): Promise<string> {
    const { issueFingerprint, firstOccurrenceEventId } = issue
    const events = await this.#role.port.read.events({ issueFingerprint, limit: 500 })
    return events.find((e) => e.eventId === firstOccurrenceEventId)?.windowStart ?? issue.openedAt
  }

  /** An undecided verdict is written once; then a person settles it. */
  async #alreadyUndecided(execution: Execution, verdict: string): Promise<boolean> {
    if (verdict !== 'undecided') return false
    return (await this.#role.port.read.verifications(execution.executionId)).length > 0
  }
}
