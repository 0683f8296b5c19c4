/** Waiting at start for a store that may come: a full disk, a lock, a server that is not up yet. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DbmedicError, type ErrorCode } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Config } from './config/schema.ts'
import { isServer } from './store.ts'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000

/** Trouble that passes, or that is mended without touching dbmedic. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DBM_STORE_BUSY',
  'DBM_STORE_FULL',
  'DBM_STORE_IO',
])
/** The answer of a server that is up and will not change its mind: there is no such database. */
const NO_DATABASE = '1049'

/**
 * May the same succeed later, with nothing changed here? A file that cannot be opened is a wrong path or right, and a
 * wrong password, database or version is a mistake too; a server that does not answer may only be slower to start.
 */
export function mayPass(error: unknown, config: Pick<Config, 'store'>): boolean {
  if (!(error instanceof DbmedicError)) return false
  return error.code === 'DBM_STORE_UNREACHABLE'
    ? isServer(config.store) && didNotAnswer(error)
    : PASSING.has(error.code)
}

/** Was it the connection that failed? A server that is too old, or set so that it cannot be one's store, has no cause. */
function didNotAnswer({ cause }: DbmedicError): boolean {
  const number = cause instanceof Error ? /^the driver’s error (\S+)$/.exec(cause.message)?.[1] : undefined
  return number !== undefined && number !== NO_DATABASE
}

/** How to wait. */
export interface StoreWait {
  readonly config: Pick<Config, 'store'>
  readonly log: Log
  /** Aborted: the last failure is thrown at once. */
  readonly signal: AbortSignal
  /** Default: sleeps so many ms, or until the signal aborts. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/**
 * Does `work`, which may be done twice, until the store can be used: pauses grow from 250 ms to 30 s, with jitter.
 * The trouble is said once, again only where it is another, and so is its end.
 * @throws what `work` throws where waiting would not help, or when the signal aborts
 */
export async function whenStoreUsable<T>(work: () => Promise<T>, wait: StoreWait): Promise<T> {
  const { config, log, signal } = wait
  const pause = wait.pause ?? ((ms) => sleep(ms, undefined, { signal }).catch(() => undefined))
  let said: ErrorCode | null = null
  for (let tries = 0; ; tries += 1) {
    try {
      const result = await work()
      if (said !== null)
        log({ level: 'info', stage: 'start', message: 'the store works again', failures: tries })
      return result
    } catch (error) {
      if (!(error instanceof DbmedicError) || !mayPass(error, config) || signal.aborted) throw error
      if (error.code !== said) log({ level: 'error', stage: 'start', ...errorFields(error), waiting: true })
      said = error.code
      // Half of it random: processes that wait for one server do not all ask it at once.
      await pause(
        Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 8)) * (0.5 + Math.random() / 2),
      )
      if (signal.aborted) throw error
    }
  }
}
