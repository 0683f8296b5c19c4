// What a guard can be told, with its defaults.

import type { FailureReport } from './failure-report.ts'

/** How failed attempts are repeated. Pauses are drawn evenly from 0 to the growing bound (full jitter). */
export interface RetryOptions {
  /** Most repetitions of one call or transaction. Default 3. */
  readonly attempts?: number
  /** Bound of the first pause, ms; doubles each time. Default 25. */
  readonly baseMs?: number
  /** Highest bound of a pause, ms. Default 2000. */
  readonly capMs?: number
  /** Repetitions allowed in the long run, as a share of calls; `Infinity` for no such bound. Default 0.1. */
  readonly budget?: number
  /** Calls in a row that failed in spite of repetitions, or whose server was away, after which none is made. Default 5. */
  readonly breakerAfter?: number
  /** How long none is made then, ms. Default 5000. */
  readonly breakerMs?: number
}

/** Where reports go. */
export interface ReportingOptions {
  /** `https:`, or `http:` on this machine. */
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token: string
  /** Pause between batches, ms. Default 5000. */
  readonly everyMs?: number
  /** Bound of one request, ms. Default 5000. */
  readonly timeoutMs?: number
  /** Most kinds of failure that wait to be sent; what is beyond is counted and dropped. Default 500. */
  readonly pendingMax?: number
  /**
   * Keeps batches that are not taken in a folder, so that they outlive the process. For one token: a batch that is sent under
   * two counts twice.
   */
  readonly spool?: SpoolOptions
}

/** Where batches wait on disk. */
export interface SpoolOptions {
  /** Made with mode 700 if it is not there. */
  readonly folder: string
  /** Most of all batches together, bytes; what is beyond is counted and dropped. Default 5 MiB. */
  readonly maxBytes?: number
}

/** Options of `guard`. */
export interface GuardOptions {
  /** Name of the application in reports. */
  readonly application?: string
  /** Default: what the server or the driver says; MySQL where neither does. */
  readonly engine?: 'mysql' | 'mariadb' | 'postgresql' | 'sqlite'
  /** The database or schema names without one are in. Default: the driver's configuration. */
  readonly database?: string
  /** `false` repeats nothing. */
  readonly retry?: RetryOptions | false
  /** Left out, nothing is sent. */
  readonly reporting?: ReportingOptions
  /** Called with every report, masked as it would be sent; what it throws is ignored. */
  readonly onReport?: (report: FailureReport) => void
  /** Whether the place of each call is kept until it ends, which costs most of what a call costs. Default true. */
  readonly callSites?: boolean
}

/** Options with every default filled in. */
export type FullRetryOptions = Readonly<Required<RetryOptions>>

const RETRY: FullRetryOptions = {
  attempts: 3,
  baseMs: 25,
  capMs: 2000,
  budget: 0.1,
  breakerAfter: 5,
  breakerMs: 5000,
}

/** @throws TypeError for a number that makes no sense */
export function retryOptions(given: GuardOptions['retry']): FullRetryOptions {
  if (given === false) return { ...RETRY, attempts: 0 }
  const full = { ...RETRY, ...given }
  for (const [name, value] of Object.entries(full))
    if (Number.isNaN(value) || value < 0) throw new TypeError(`retry.${name} must be 0 or more`)
  return full
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @throws TypeError for an address the token must not be sent to */
export function reportingAddress({ url, token }: ReportingOptions): URL {
  const address = new URL(url)
  const isSafe =
    address.protocol === 'https:' || (address.protocol === 'http:' && LOOPBACK.has(address.hostname))
  if (!isSafe)
    throw new TypeError('reporting.url must be https:, or http: on this machine: a token is sent there')
  if (token === '') throw new TypeError('reporting.token is empty')
  return address
}
