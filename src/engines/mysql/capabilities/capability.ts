/** What a capability probe works with, and the shape of what it says. */
import type { TargetAddress } from '../../../core/engine.ts'
import type { CapabilityReport } from '../../../core/observer.ts'
import { quoteMysqlAccount } from '../../../sql/quoting.ts'
import type { CollectorTarget } from '../collector.ts'
import type { MysqlOptions } from '../config.ts'
import type { SessionServer, TargetSession } from '../connect.ts'
import { TargetError } from '../target-error.ts'

/** What probes may use. */
export interface ProbeContext {
  readonly query: CollectorTarget['query']
  readonly server: SessionServer
  /** The monitor's account, quoted: `` `dbm_mon`@`10.%` ``. */
  readonly account: string
  /** Global variables by lower-case name. */
  readonly variables: Readonly<Record<string, string>>
  readonly planner: TargetSession | null
  readonly options: MysqlOptions
  readonly address: TargetAddress
}

/** Finds out about one or more capabilities. May throw: its capabilities are then unknown. */
export interface Probe {
  /** Ids it reports, for the case that it fails. */
  readonly ids: readonly string[]
  readonly run: (context: ProbeContext) => Promise<readonly CapabilityReport[]>
}

/** What is said beside whether it is there. */
export interface Words {
  readonly found: string
  readonly consequence: string
  readonly remedy: readonly string[]
}

/** A report. What is there needs no remedy. */
export function report(id: string, available: boolean | null, words: Words): CapabilityReport {
  return { id, available, ...words, remedy: available === true ? [] : words.remedy }
}

/** An account `user@host` as CURRENT_USER() gives it, quoted for GRANT. @throws RangeError for the anonymous account. */
export function quotedAccount(account: string): string {
  const at = account.lastIndexOf('@')
  return quoteMysqlAccount(account.slice(0, at), account.slice(at + 1))
}

/** `true`: the statement ran. `false`: a privilege is missing. Other trouble is thrown. */
export async function isAllowed(context: Pick<ProbeContext, 'query'>, sql: string): Promise<boolean> {
  try {
    await context.query(sql)
    return true
  } catch (error) {
    if (error instanceof TargetError && error.code === 'DBM_TARGET_DENIED') return false
    throw error
  }
}

/** How a global variable is set at once and for good: MySQL persists it, MariaDB needs my.cnf beside it. */
export function setGlobal(
  context: Pick<ProbeContext, 'server'>,
  name: string,
  value: string,
): readonly string[] {
  if (context.server.flavour === 'mysql') return [`SET PERSIST ${name} = ${value}`]
  return [`SET GLOBAL ${name} = ${value}`, `my.cnf, [mysqld]: ${name}=${value}`]
}

/** How a setting is made that the server reads only when it starts. */
export function setAtStart(name: string, value: string): readonly string[] {
  return [`my.cnf, [mysqld]: ${name}=${value}`, 'restart the server']
}
