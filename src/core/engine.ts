/**
 * An engine: one kind of database server behind one set of ports. Differences between its versions and
 * flavours are declared as capabilities; nothing outside `engines/<x>` branches on them.
 */
import type { Actuator } from './actuator.ts'
import type { Json } from './canonical.ts'
import type { Refusal } from './errors.ts'
import type { MetricSample } from './nouns.ts'
import type { Ask, CapabilityReport, Observer } from './observer.ts'
import type { ParameterSchema, Resolved } from './parameters.ts'

/** Credentials resolved at connect time, never stored, never logged. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** How to reach a target. */
export interface TargetAddress {
  readonly targetId: number
  readonly name: string
  readonly host: string
  readonly port: number
  readonly socketPath: string | null
  readonly tls: 'disable' | 'require' | 'verify-ca' | 'verify-full'
  /** The authorities that sign the server's certificate; null: those of the system. */
  readonly caFile: string | null
  /** This program's own certificate and its key, for accounts that ask for one (REQUIRE X509); both or none. */
  readonly certFile: string | null
  readonly keyFile: string | null
  readonly connectTimeoutMs: number
  /** Accounts of this installation on the same server, those of its other targets there included; absent: none are known. */
  readonly ownUsers?: readonly string[]
  /** Engine options (slow log path, budgets, …), validated by the engine's own config schema. */
  readonly options: { readonly [key: string]: string | number | boolean | null }
}

/** What some actions need to be granted, as they state it. */
export interface PrivilegeNeed {
  /** Short name for people, e.g. `index`. */
  readonly id: string
  readonly grants: readonly string[]
  /** What cannot be done without. */
  readonly consequence: string
}

/** Looks every named object up in the live catalog; what does not resolve is refused. */
export type Resolve<Q> = (
  schema: ParameterSchema,
  given: { readonly [name: string]: Json },
  ask: Ask<Q>,
) => Promise<{ readonly resolved: Resolved<ParameterSchema> } | Refusal>

/** One window of one series of figures, as an engine measures it; becomes a `MetricSample`. */
export type SeriesWindow = Omit<MetricSample, 'targetId' | 'instanceUid'>

/** One kind of database server. */
export interface Engine<S, Q> {
  readonly id: string
  /** Opens the read-only side with the monitor's account (and the planner's for EXPLAIN, if given). */
  observe(
    address: TargetAddress,
    credentials: { readonly monitor: Credentials; readonly planner: Credentials | null },
  ): Observer<S, Q>
  /** Opens the acting side with the executor's account. Only the execute stage gets to call it. */
  act(address: TargetAddress, credentials: Credentials): Actuator<Q>
  /**
   * What the executor's account lacks for these needs, with the exact statement that gives it, and what it holds
   * beyond them. The monitor's account is asked which schemas there are. Reads only; never throws for what the target
   * does.
   */
  checkExecutor(
    address: TargetAddress,
    credentials: { readonly executor: Credentials; readonly monitor: Credentials },
    wanted: { readonly needs: readonly PrivilegeNeed[]; readonly denySchemas: readonly string[] },
  ): Promise<readonly CapabilityReport[]>
  readonly resolve: Resolve<Q>
  /**
   * The series verification and baselines are made of, from the windows read last: statement classes
   * (`statement`), waits and totals (`server`). At most 200 a call, the busiest first.
   */
  series(observer: Observer<S, Q>): Promise<readonly SeriesWindow[]>
}
