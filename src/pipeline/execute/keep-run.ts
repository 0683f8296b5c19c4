/**
 * Watches over a run while it works: renews its lease and looks for a stop switch. A lease that is lost, by what
 * the store says or by the clock, and a stop switch both cancel what the target works on and let nothing more go.
 */
import type { ActSession } from '../../core/actuator.ts'
import type { ActPort, Lease } from '../../core/store-ports.ts'
import { type RunScope, stopSwitch } from './gates.ts'

/** A stop switch is looked for at least this often, ms. */
const LOOK_MS = 1_000

/** Moments on two clocks: one is stepped by administrators, the other stands still while the machine sleeps. */
export interface Moment {
  readonly wallMs: number
  readonly steadyMs: number
}

/** Now, on both clocks. `nowMs` is milliseconds since 1970. */
export const moment = (nowMs: () => number): Moment => ({ wallMs: nowMs(), steadyMs: performance.now() })

/** Milliseconds since a moment, by the clock that says more. */
export const elapsedMs = (since: Moment, nowMs: () => number): number =>
  Math.max(nowMs() - since.wallMs, performance.now() - since.steadyMs)

/** What is watched. */
export interface KeepInput {
  readonly port: Pick<ActPort, 'renewLease' | 'read'>
  readonly executionId: number
  readonly lease: Lease
  readonly session: Pick<ActSession<never>, 'cancel'>
  readonly scope: RunScope
  /** When the lease was last asked for, before the store answered. */
  readonly heldSince: Moment
  readonly nowMs: () => number
}

/** The state of the watch. */
export interface RunKeeper {
  /** True for good once the lease was lost: whatever was measured last, time alone is enough. */
  lost(): boolean
  /** Who stopped the run and why; null while nobody did. */
  halted(): string | null
  /** The store said that somebody else holds the run. */
  lose(): void
  stop(): void
}

/** Starts the watch; `stop` ends it. */
export function keepRun(input: KeepInput): RunKeeper {
  const { port, executionId, lease, nowMs } = input
  const leaseMs = lease.seconds * 1000
  let held = input.heldSince
  let isLost = false
  let halt: string | null = null
  // Said again with every look: a cancel that arrives before its statement does hits nothing.
  const cancel = (): void => void input.session.cancel().catch(() => undefined)
  const lost = (): boolean => {
    isLost ||= elapsedMs(held, nowMs) > leaseMs
    return isLost
  }
  const lose = (): void => {
    isLost = true
    cancel()
  }
  const renew = async (): Promise<void> => {
    const asked = moment(nowMs)
    if (lost()) return cancel()
    // A store that does not answer says nothing about the lease: it is ours until it has run out.
    const stillHeld = await port.renewLease(executionId, lease).catch(() => null)
    if (stillHeld === true && !lost()) held = asked
    else if (stillHeld === false || lost()) lose()
  }
  const look = async (): Promise<void> => {
    halt ??= stopSwitch(await port.read.halts().catch(() => []), input.scope)
    if (halt !== null) cancel()
  }
  const timers = [
    setInterval(once(renew), leaseMs / 3),
    setInterval(once(look), Math.min(LOOK_MS, leaseMs / 3)),
  ]
  for (const timer of timers) timer.unref()
  return { lost, halted: () => halt, lose, stop: () => timers.forEach(clearInterval) }
}

/** Never two at once: a store that hangs is not asked more and more. */
function once(work: () => Promise<void>): () => void {
  let working = false
  return () => {
    if (working) return
    working = true
    void work().finally(() => {
      working = false
    })
  }
}
