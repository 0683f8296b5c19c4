/** X12: a connection is still the one that was bound, is nobody's we must leave alone, and is in the bound state. */
import type { ConnectionNow } from '../../../engines/mysql/shapes.ts'
import { type Condition, type Finding, given, met, unmet } from '../mysql-action.ts'
import type { OnConnection } from './objects.ts'

const GONE = 'There is nothing left to end; if the trouble stays, it will be found again with its new cause.'

/** X12: user, host, database, transaction or statement and epoch are those that were bound; a client's session. */
export const connectionAsBound: Condition<OnConnection> = {
  id: 'X12',
  rule: 'The connection is the bound one (user, host, transaction or statement, epoch), a client’s, and not ours, replication’s or a backup’s.',
  test: async ({ ask, params }) =>
    given(await ask('connection', params.connection), (now) => {
      const id = params.connection.connectionId
      if (!now.present) return unmet(`connection ${id} is gone`, GONE)
      if (!now.same) return unmet(`connection ${id} is another now: ${now.differences.join(', ')}`, GONE)
      if (now.kind !== 'client') {
        return unmet(
          `connection ${id} is of kind ${now.kind ?? 'unknown'}`,
          'Such connections are never ended by an action.',
        )
      }
      return met(`connection ${id} is the bound one and a client’s`)
    }),
}

/** A condition on the state of the bound connection. */
export function connectionState(
  id: string,
  rule: string,
  judge: (now: ConnectionNow) => Finding,
): Condition<OnConnection> {
  return {
    id,
    rule,
    test: async ({ ask, params }) => given(await ask('connection', params.connection), judge),
  }
}

/** It is named by its transaction, so that a later transaction of the same connection is never ended. */
export const transactionBound: Condition<OnConnection> = {
  id: 'transaction-bound',
  rule: 'The parameter names the transaction and when it began.',
  test: async ({ params: { connection } }) =>
    connection.transactionId !== null && connection.transactionStartedAt !== null
      ? met(`transaction ${connection.transactionId}, begun ${connection.transactionStartedAt}`)
      : unmet('the parameter names no transaction', 'Propose the connection with its transaction.'),
}

/** Somebody waits because of it. */
export const blocksSomebody = connectionState(
  'blocks-others',
  'At least one session waits because of it.',
  (now) =>
    now.blocksOthers > 0
      ? met(`${now.blocksOthers} sessions wait because of it`)
      : unmet('nobody waits because of it', 'Leave it alone.'),
)
