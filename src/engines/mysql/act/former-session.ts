/**
 * Ends the connection a dead executor left behind, so that nothing can be sent on it any more. It is found by its
 * number, in the life of the server it was opened in, and only among connections of our own account, which may
 * end its own connections without a privilege (KILL in both manuals).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FormerSession, FormerState } from '../../../core/actuator.ts'
import { text } from '../cells.ts'
import { readIdentity, sameEpoch } from '../questions/identity.ts'
import { processListTable } from '../questions/process-list.ts'
import type { Reader } from '../questions/question.ts'
import { serverFacts } from '../questions/server-facts.ts'

/** How long an ended connection is waited for; it may have to undo work and then counts as at work, ms. */
const GOING_MS = 10_000
const LOOK_MS = 100

/** How the server is asked, and as which account. */
export interface FormerContext {
  readonly reader: Reader
  readonly user: string
}

/**
 * What a session of our own account does now (`Sleep`, `Query`, ...); null where the server behind `reader` has it no
 * more. A server that was started anew has none of the connections it had, whoever bears their numbers now.
 * @throws RangeError for a connection id that is no digits, and what the server answers with.
 */
export async function commandOf(
  { reader, user }: FormerContext,
  { connectionId, epoch }: FormerSession,
): Promise<string | null> {
  if (!/^[0-9]{1,20}$/.test(connectionId)) throw new RangeError('a connection id is digits')
  if (!sameEpoch((await readIdentity(reader)).epoch, epoch)) return null
  return commandNow({ reader, user }, connectionId)
}

/** The same, of the life of the server that `reader` is known to be in: a connection ends with it. */
async function commandNow({ reader, user }: FormerContext, connectionId: string): Promise<string | null> {
  const list = processListTable(await serverFacts(reader))
  const [row] = await reader.query(
    `SELECT COMMAND AS command FROM ${list} WHERE ID = ? AND USER = ? AND ID <> CONNECTION_ID()`,
    [connectionId, user],
  )
  return row === undefined ? null : (text(row['command']) ?? '')
}

/** See `ActSession.endFormer`. */
export async function endFormerSession(
  context: FormerContext,
  former: FormerSession,
  mayEnd: boolean,
): Promise<FormerState> {
  const found = await commandOf(context, former)
  if (found === null) return 'gone'
  if (found !== 'Sleep' && found !== 'Killed' && !mayEnd) return 'working'
  // It may have gone by itself meanwhile.
  if (found !== 'Killed') await context.reader.query(`KILL CONNECTION ${former.connectionId}`).catch(() => [])
  for (const until = Date.now() + GOING_MS; Date.now() < until; await sleep(LOOK_MS)) {
    if ((await commandNow(context, former.connectionId)) === null) return 'gone'
  }
  return 'working'
}
