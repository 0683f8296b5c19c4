/** Why a store's server did not let an account in, and what to do: by error number, never by the server's text. */

/** What an error says about a login. */
export interface LoginMeaning {
  readonly reason: string
  readonly remedy: string
  /** Of the server, or the driver's own code where it ended the login itself. */
  readonly errno: number | string
}

type Meaning = Omit<LoginMeaning, 'errno'>

const WRONG: Meaning = {
  reason: 'user, password and client host fit no account',
  remedy:
    'Check the user and the secret of this role under `storeAccounts:` in dbmedic.yaml, and the host part and REQUIRE of the account (SHOW CREATE USER)',
}
const LOCKED: Meaning = {
  reason: 'the account is locked',
  remedy: 'Unlock it with ALTER USER … ACCOUNT UNLOCK',
}
const EXPIRED: Meaning = {
  reason: 'the password has expired',
  remedy:
    'Give the account a new password with ALTER USER … IDENTIFIED BY … and put it where `storeAccounts:` points',
}
const METHOD: Meaning = {
  reason: 'its authentication method is not one this client speaks over this connection',
  remedy: 'Give the account another method with ALTER USER … IDENTIFIED WITH …, or set `storeTls:`',
}
const NO_HOST: Meaning = { ...WRONG, reason: 'it has no account for the host we come from' }
const BLOCKED: Meaning = { ...LOCKED, reason: 'the account is blocked after too many failed logins' }

/**
 * https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html (1045 to 3955) and
 * https://mariadb.com/kb/en/mariadb-error-code-reference/ (1698, 4151).
 */
const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map([
  [1045, WRONG],
  [1130, NO_HOST],
  [1251, METHOD],
  [1524, METHOD],
  [1698, WRONG],
  [1820, EXPIRED],
  [1862, EXPIRED],
  [3118, LOCKED],
  [3955, BLOCKED],
  [4151, LOCKED],
])

/** The meaning of a driver's error; null if it is about something else than the login. */
export function loginMeaning({
  code,
  errno,
}: {
  readonly code?: unknown
  readonly errno?: unknown
}): LoginMeaning | null {
  if (typeof errno === 'number' && errno > 0) {
    const found = BY_NUMBER.get(errno)
    return found === undefined ? null : { ...found, errno }
  }
  // The driver's own codes, where the server asks for a method it does not have.
  return typeof code === 'string' && code.startsWith('AUTH_') ? { ...METHOD, errno: code } : null
}
