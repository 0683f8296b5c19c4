/** The question `account`: whether an account exists, its connection limit, and whether it is locked. */
import { count, isOn, text } from '../cells.ts'
import { isDenied } from './failure.ts'
import { accountPart, exactly } from './params.ts'
import type { Found, Question, Reader } from './question.ts'
import { type ServerFacts, serverFacts } from './server-facts.ts'

/** MariaDB's `mysql.user` is a view that lists roles too. */
const ACCOUNT_SQL = {
  mysql: `SELECT User AS user_name, Host AS host_name, max_user_connections AS most, account_locked AS locked
FROM mysql.user WHERE User = ? AND Host = ? LIMIT 10`,
  mariadb: `SELECT User AS user_name, Host AS host_name, max_user_connections AS most, NULL AS locked
FROM mysql.user WHERE User = ? AND Host = ? AND is_role = 'N' LIMIT 10`,
} as const

const GRANTED_COLUMNS = {
  mysql: 'User, Host, max_user_connections, account_locked',
  mariadb: 'User, Host, max_user_connections, is_role',
} as const

/** Answered by exact match of both parts. Needs SELECT on four columns of `mysql.user`, none of them a secret. */
export const account: Question<'account'> = {
  params: exactly({ user: accountPart, host: accountPart }),
  answer: async ({ reader }, params) => {
    const facts = await serverFacts(reader)
    try {
      return await readAccount(reader, facts, params)
    } catch (error) {
      if (!isDenied(error)) throw error
      return {
        because: 'the account may not read mysql.user',
        toProceed: `GRANT SELECT (${GRANTED_COLUMNS[facts.flavour]}) ON mysql.user TO <the account>`,
      }
    }
  },
}

async function readAccount(
  reader: Reader,
  facts: ServerFacts,
  given: { readonly user: string; readonly host: string },
): Promise<Found<{ maxUserConnections: number; locked: boolean | null } | null>> {
  const rows = await reader.query(ACCOUNT_SQL[facts.flavour], [given.user, given.host])
  const row = rows.find(
    (item) => text(item['user_name']) === given.user && text(item['host_name']) === given.host,
  )
  const locked = row?.['locked'] ?? null
  const value =
    row === undefined
      ? null
      : { maxUserConnections: count(row['most']), locked: locked === null ? null : isOn(locked) }
  return { value, source: 'mysql.user' }
}
