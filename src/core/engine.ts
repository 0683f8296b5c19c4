/**
 * An engine: one kind of database server behind one set of ports. Differences between its versions and
 * flavours are declared as capabilities; nothing outside `engines/<x>` branches on them.
 */
import type { Actuator } from './actuator.ts'
import type { Refusal } from './errors.ts'
import type { Ask, Observer } from './observer.ts'
import type { Given, ParameterSchema, Resolved } from './parameters.ts'

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
  readonly caFile: string | null
  readonly connectTimeoutMs: number
  /** Engine options (slow log path, budgets, …), validated by the engine's own config schema. */
  readonly options: { readonly [key: string]: string | number | boolean | null }
}

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
  /** Looks every named object up in the live catalog; what does not resolve is refused. */
  resolve<P extends ParameterSchema>(
    schema: P,
    given: Given<P>,
    ask: Ask<Q>,
  ): Promise<{ readonly resolved: Resolved<P> } | Refusal>
}
