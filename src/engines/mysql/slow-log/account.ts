// The account of an entry: who ran the statement, from where.

/** Undefined where the server wrote nothing. */
export interface Account {
  readonly user: string | undefined
  /** The host's name, or its address when the server resolved none. */
  readonly host: string | undefined
}

/** What is known when nothing is. */
export const NO_ACCOUNT: Account = { user: undefined, host: undefined }

/** Reads `root[root] @ localhost [127.0.0.1]`, with any part missing; the name in brackets is the account's. */
export function parseAccount(text: string): Account {
  const match = /^([^[]*)\[([^\]]*)\]\s*@\s*(\S*)\s*\[([^\]]*)\]/.exec(text)
  if (match === null) return NO_ACCOUNT
  const [, shown, user, host, address] = match
  return { user: user || shown?.trim() || undefined, host: host || address || undefined }
}
