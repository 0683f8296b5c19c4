/** Switching recovery of an error off and on: what stands against it, said before the store would refuse it. */
import type { Refusal } from '../core/errors.ts'
import type { ServePort } from '../core/store-ports.ts'
import { notNow } from './not-now.ts'

/** Of which error, to what, why, by whom. */
export type RecoveryWish = Parameters<ServePort['switchRecovery']>[0]

/**
 * Switches recovery of an error. Null: it is done; else why it cannot be.
 * @throws DbmedicError DBM_STORE_NO_ROW for an error that is not on record; what the store refuses
 */
export async function switchRecovery(port: ServePort, wish: RecoveryWish): Promise<Refusal | null> {
  const { workspaceId, signature, on } = wish
  const recovery = (await port.read.failurePattern(workspaceId, signature))?.recovery
  if (recovery === null)
    return notNow(
      'nobody has looked at this error yet, so there is nothing to switch',
      'Let the analyst (role reason) run: it explains an error within seconds.',
    )
  if (recovery?.enabled === on) {
    const { switched } = recovery
    const since = switched === null ? '' : ` since ${switched.at}, by ${switched.by} (${switched.reason})`
    return notNow(`recovery of this error is ${on ? 'on' : 'off'} already${since}`, 'Nothing is to be done.')
  }
  await port.switchRecovery(wish)
  return null
}
