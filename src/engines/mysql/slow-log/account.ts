// The account of an entry: who ran the statement, from where.

/** Undefined where the server wrote nothing. */
export interface Account {
  readonly user: string | undefined
  /** The host's name, or its address when the server resolved none. */
  readonly host: string | undefined
}

/** What is known when nothing is. */
export const NO_ACCOUNT: Account = { user: undefined, host: undefined }

/**
 * Reads `root[root] @ localhost [127.0.0.1]`, with any part missing. The server writes the account that was matched and,
 * in brackets, the name the client gave; the first is taken, as pt-query-digest does, the second where there is no first
 * (an anonymous account, `[SQL_SLAVE]`).
 */
export function parseAccount(text: string): Account {
  const match = /^(.*)\]\s*@\s*(\S*)\s*\[([^\]]*)\]/.exec(text)
  if (match === null) return NO_ACCOUNT
  const [, names = '', host, address] = match
  return { user: userOf(names), host: host || address || undefined }
}

/** The account's name in `name[login`, whose parts are mostly equal, and may then hold brackets themselves. */
function userOf(names: string): string | undefined {
  const half = (names.length - 1) / 2
  if (Number.isInteger(half) && names[half] === '[' && names.slice(0, half) === names.slice(half + 1))
    return names.slice(0, half).trim() || undefined
  const open = names.indexOf('[')
  if (open < 0) return undefined
  return names.slice(0, open).trim() || names.slice(open + 1) || undefined
}
