/** A role's heartbeat: runs a turn again and again, never two at once, until told to stop. */
import { errorFields, type Log } from '../core/log.ts'

/** How a loop runs. */
export interface LoopOptions {
  readonly name: string
  /** Pause after a turn that did something and after one that did nothing, ms. */
  readonly busyMs: number
  readonly idleMs: number
  /** Longest pause after failures, ms; it doubles from `idleMs`. */
  readonly failureMs: number
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Runs `turn` until the signal aborts; a turn says whether it did anything. What a turn throws is logged
 * and the next one comes later: one failing turn never stops a role. Resolves when the last turn ended.
 */
export async function runLoop(turn: () => Promise<boolean>, options: LoopOptions): Promise<void> {
  let failures = 0
  while (!options.signal.aborted) {
    let pause = options.idleMs
    try {
      pause = (await turn()) ? options.busyMs : options.idleMs
      if (failures > 0) options.log({ level: 'info', stage: options.name, message: 'works again', failures })
      failures = 0
    } catch (error) {
      failures += 1
      pause = Math.min(options.failureMs, options.idleMs * 2 ** Math.min(failures, 12))
      options.log({
        ...errorFields(error),
        level: 'error',
        stage: options.name,
        failures,
        retryInMs: Math.round(pause),
      })
    }
    await sleep(pause, options.signal)
  }
}

/** Resolves after `ms` or at once when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
