/**
 * Accounts of dbmedic for many targets that share one private server. Each target has accounts of its own, as on servers of
 * their own: the budget of a target goes by what its accounts cost.
 */
import mysql from 'mysql2/promise'
import type { TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import { type Place, targetNames } from './shop-place.ts'
import type { TargetToWatch } from './started-dbmedic.ts'

const ROLES = ['monitor', 'planner', 'executor'] as const

/** Accounts of one target. */
type OwnAccounts = Pick<TargetAccounts, (typeof ROLES)[number]>

/** `count` sets of accounts with the grants of the place's own; the first set is the place's own. */
async function cloneAccounts(place: Place, count: number): Promise<readonly OwnAccounts[]> {
  const root = await mysql.createConnection(place.server.rootUri)
  try {
    const grants = new Map<string, readonly string[]>()
    for (const role of ROLES) {
      const { user } = place.accounts[role]
      const [rows] = await root.query<mysql.RowDataPacket[]>(`SHOW GRANTS FOR '${user}'@'%'`)
      grants.set(
        role,
        rows.map((row) => String(Object.values(row)[0])),
      )
    }
    const all: OwnAccounts[] = [place.accounts]
    for (let k = 1; k < count; k += 1)
      all.push(await cloneOnce(root, place.accounts, { grants, suffix: `_${k}` }))
    return all
  } finally {
    root.destroy()
  }
}

/** `count` targets spread evenly over the places, each with accounts of its own. */
export async function spreadOver(places: readonly Place[], count: number): Promise<readonly TargetToWatch[]> {
  const each = Math.ceil(count / places.length)
  const sets = await Promise.all(places.map((place) => cloneAccounts(place, each)))
  return targetNames(count).map((name, i) => {
    const at = i % places.length
    const [place, accounts] = [places[at], sets[at]?.[Math.floor(i / places.length)]]
    if (place === undefined || accounts === undefined) throw new RangeError('there is at least one place')
    return { name, server: place.server, accounts }
  })
}

async function cloneOnce(
  root: mysql.Connection,
  accounts: TargetAccounts,
  how: { readonly grants: ReadonlyMap<string, readonly string[]>; readonly suffix: string },
): Promise<OwnAccounts> {
  const clone = (role: (typeof ROLES)[number]) => ({
    user: `${accounts[role].user}${how.suffix}`,
    password: accounts[role].password,
  })
  const made = { monitor: clone('monitor'), planner: clone('planner'), executor: clone('executor') }
  for (const role of ROLES) {
    const { user, password } = made[role]
    await root.query(`CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}'`)
    for (const grant of how.grants.get(role) ?? [])
      await root.query(renamed(grant, accounts[role].user, user))
  }
  return made
}

/** A line of SHOW GRANTS for another user; on MariaDB it also states the password's hash, which CREATE USER has set. */
const renamed = (grant: string, from: string, to: string): string =>
  grant
    .replace(new RegExp(`TO [\`']${from}[\`']@`), `TO '${to}'@`)
    .replace(/ IDENTIFIED BY PASSWORD '[^']*'/, '')
