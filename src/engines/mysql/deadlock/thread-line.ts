// Reads the line that names the connection of a transaction. The fields after the query id have no labels and each
// may be absent: host name, address, user, state.

/** Whose connection a transaction was. */
export interface ThreadLine {
  /** The server family, from its own word. MariaDB wrote `MySQL` until 10.4. */
  readonly server: 'MySQL' | 'MariaDB'
  readonly threadId: number
  readonly user: string | null
  readonly host: string | null
}

const THREAD =
  /^(MySQL|MariaDB) thread id (\d{1,15})(?:, OS thread handle (?:0x)?[0-9a-f]+)?, query id \d+(?: (.*))?$/

/**
 * States a statement may be in while it waits for an InnoDB lock, lower case (MySQL and MariaDB differ in case only).
 * An unlisted one costs nothing unless a user's name has spaces.
 * https://dev.mysql.com/doc/refman/8.4/en/general-thread-states.html
 */
const STATES = [
  'waiting for handler commit',
  'searching rows for update',
  'reading event from the relay log',
  'updating reference tables',
  'deleting from main table',
  'deleting from reference tables',
  'removing duplicates',
  'creating sort index',
  'creating sort output',
  'creating tmp table',
  'copying to tmp table',
  'copy to tmp table',
  'copying to tmp table on disk',
  'converting heap to ondisk',
  'removing tmp table',
  'reset for next command',
  'waiting for an event from coordinator',
  'waiting for preceding transaction to commit',
  'waiting for prior transaction to commit',
  'waiting for prior transaction to start commit',
  'waiting for dependent transaction to commit',
  'waiting for semi-sync ack from slave',
  'waiting for semi-sync ack from replica',
  'waiting for table level lock',
  'waiting for table metadata lock',
  'waiting for row lock',
  'commit implicit',
  'rolling back',
  'writing to binlog',
  'writing to net',
  'checking permissions',
  'checking for duplicates',
  'applying batch of row changes',
  'applying batch of row changes (update)',
  'applying batch of row changes (write)',
  'applying batch of row changes (delete)',
  'unlocking tables',
  'init for update',
  'executing event',
  'executing hook on transaction begin.',
  'filling schema table',
  'altering table',
  'opening tables',
  'closing tables',
  'closing table',
  'sorting result',
  'sorting for group',
  'sorting for order',
  'sending data',
  'sending to client',
  'saving state',
  'freeing items',
  'cleaning up',
  'system lock',
  'table lock',
  'query end',
  'user lock',
  'after create',
  'end of update loop',
  'explaining',
  'executing',
  'preparing',
  'preparing for alter table',
  'optimizing',
  'statistics',
  'starting',
  'updating',
  'update',
  'deleting',
  'inserting',
  'committing',
  'commit',
  'rollback',
  'logging slow query',
  'init',
  'end',
]

/** Longest line tried, in UTF-16 units: host 255, user 80, state 64 and the fixed words. */
const THREAD_LINE_MAX = 1024

/** What an applier is at, MariaDB 10.5 and newer with the table: ``Update_rows_log_event::find_row() on table `t` ``. */
const ROW_EVENT = /(?:^| )[A-Za-z]+_rows(?:_v\d)?_log_event(?:::\S+)?(?: on table [`"'].*)?$/
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*(?:%\w+)?)$/i

/** The connection of a `MySQL thread id` line (trimmed); null when the line is cut or is not one. */
export function parseThreadLine(text: string): ThreadLine | null {
  if (text.length > THREAD_LINE_MAX) return null
  const match = THREAD.exec(text)
  if (!match) return null
  const [, server, threadId, rest = ''] = match
  return {
    server: server as 'MySQL' | 'MariaDB',
    threadId: Number(threadId),
    ...account(rest.trim()),
  }
}

function account(rest: string): { user: string | null; host: string | null } {
  const withoutState = dropState(rest)
  const stated = withoutState !== rest
  const words = withoutState.split(' ').filter((word) => word !== '')
  const hostWords = hostLength(words)
  const name = words.slice(hostWords)
  const host = hostWords > 0 ? (words[0] ?? null) : null
  if (name.length === 0 && stated && hostWords > 0) {
    // "localhost update": a host without a user is not printed, so the word taken for a state was the user.
    return { host, user: rest.slice(withoutState.length).trim() || null }
  }
  if (name[0] === 'system' && name[1] === 'user') return { host, user: 'system user' }
  return { host, user: (stated ? name.join(' ') : name[0]) || null }
}

function dropState(rest: string): string {
  const event = ROW_EVENT.exec(rest)
  if (event) return rest.slice(0, event.index)
  const lower = rest.toLowerCase()
  let longest = 0
  for (const state of STATES) {
    const fits = lower === state || lower.endsWith(` ${state}`)
    if (fits && state.length > longest) longest = state.length
  }
  return rest.slice(0, rest.length - longest).trimEnd()
}

/** How many leading words are the host: a name and its address, either one, or `localhost`. */
function hostLength(words: readonly string[]): number {
  const [first = '', second = ''] = words
  if (ADDRESS.test(first)) return 1
  if (ADDRESS.test(second)) return 2
  if (first === 'localhost') return 1
  // A name alone: a user without a host (events, replication) if nothing follows, a host otherwise.
  return words.length > 1 && first !== 'system' ? 1 : 0
}
