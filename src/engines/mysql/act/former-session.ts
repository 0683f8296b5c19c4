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

/** See `ActSession.endFormer`. */
export async function endFormerSession(
  { reader, user }: FormerContext,
  former: FormerSession,
  mayEnd: boolean,
): Promise<FormerState> {
  if (!/^[0-9]{1,20}$/.test(former.connectionId)) throw new RangeError('a connection id is digits')
  // A server that was started anew has none of the connections it had.
  if (!sameEpoch((await readIdentity(reader)).epoch, former.epoch)) return 'gone'
  const list = processListTable(await serverFacts(reader))
  const command = async (): Promise<string | null> => {
    const [row] = await reader.query(
      `SELECT COMMAND AS command FROM ${list} WHERE ID = ? AND USER = ? AND ID <> CONNECTION_ID()`,
      [former.connectionId, user],
    )
    return row === undefined ? null : (text(row['command']) ?? '')
  }
  const found = await command()
  if (found === null) return 'gone'
  if (found !== 'Sleep' && found !== 'Killed' && !mayEnd) return 'working'
  // It may have gone by itself meanwhile.
  if (found !== 'Killed') await reader.query(`KILL CONNECTION ${former.connectionId}`).catch(() => [])
  for (const until = Date.now() + GOING_MS; Date.now() < until; await sleep(LOOK_MS)) {
    if ((await command()) === null) return 'gone'
  }
  return 'working'
}
