/** Schemas and accounts that belong to the server itself. No configuration can take them off these lists. */

/** Schemas of the servers: dictionaries, privileges and instruments. Compared without case. */
export const SYSTEM_SCHEMAS: readonly string[] = ['mysql', 'sys', 'performance_schema', 'information_schema']

/**
 * Accounts of the servers and their administrators. MySQL's CONNECTION_ADMIN cannot kill an account with
 * SYSTEM_USER, MariaDB's CONNECTION ADMIN can (https://mariadb.com/kb/en/grant/#connection-admin), so the list is
 * ours to keep; `denyUsers` of the policy adds to it.
 */
export const SYSTEM_USERS: readonly string[] = [
  'root',
  'mysql.sys',
  'mysql.session',
  'mysql.infoschema',
  'mariadb.sys',
  'event_scheduler',
  'system user',
  'unauthenticated user',
]

/** Whether a name is on a list, without regard to case: in doubt it is. */
export function isListed(name: string, ...lists: readonly (readonly string[])[]): boolean {
  const folded = name.toLowerCase()
  return lists.some((list) => list.some((item) => item.toLowerCase() === folded))
}
