/** Makes each planned deadlock on a private server and takes the server's own report of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import { PLANS, type Plan } from '../../test/support/planted-deadlocks.ts'

/** A deadlock, what is known of it by construction, and what SHOW ENGINE INNODB STATUS says afterwards. */
export interface PlantedDeadlock {
  readonly name: string
  readonly status: string
  /** Connections in the ring, with `schema.table index mode kind` of what each waited for. */
  readonly ring: readonly { readonly threadId: number; readonly waits: string; readonly isVictim: boolean }[]
}

/** Deadlock; and what MariaDB says when the victim was waiting for an AUTO-INC lock. */
const VICTIM_ERRORS = [1213, 1467]
/** INNODB_TRX is renewed only when nobody has read it for 100 ms. */
const TRX_CACHE_MS = 130
const PATIENCE_MS = 20_000
const WAITING =
  "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = ?"

/** Plants all plans, one after the other. @throws Error if a plan ends without a victim. */
export async function plantDeadlocks(server: PrivateServer): Promise<readonly PlantedDeadlock[]> {
  const admin = await mysql.createConnection(server.rootUri)
  try {
    await admin.query('CREATE DATABASE dl')
    await admin.query('USE dl')
    const planted: PlantedDeadlock[] = []
    for (const [name, plan] of Object.entries(PLANS)) planted.push(await plant(server, admin, { name, plan }))
    return planted
  } finally {
    admin.destroy()
  }
}

async function plant(
  server: PrivateServer,
  admin: mysql.Connection,
  { name, plan }: { readonly name: string; readonly plan: Plan },
): Promise<PlantedDeadlock> {
  for (const sql of plan.setup) await admin.query(sql)
  const connections = await Promise.all([0, 1, 2].map(() => open(server)))
  try {
    for (const connection of connections) await connection.query('BEGIN')
    for (const [at, sql] of plan.first) await connections[at]?.query(sql)
    const victims = await block(connections, admin, plan)
    if (victims.length === 0) throw new Error(`no deadlock came of “${name}” on ${server.version}`)
    const [rows] = await admin.query<mysql.RowDataPacket[]>('SHOW ENGINE INNODB STATUS')
    return {
      name,
      status: String(rows[0]?.['Status']),
      ring: plan.ring.map((at) => ({
        threadId: connections[at]?.threadId ?? 0,
        waits: plan.waits[at] ?? '',
        isVictim: victims.includes(at),
      })),
    }
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

/** Runs the steps that wait for each other, each when the one before waits; gives who was rolled back. */
async function block(
  connections: readonly mysql.Connection[],
  admin: mysql.Connection,
  plan: Plan,
): Promise<readonly number[]> {
  const victims: number[] = []
  const until = Date.now() + PATIENCE_MS
  for (const [step, [at, sql]] of plan.blocking.entries()) {
    connections[at]?.query(sql).catch((error: { errno?: number }) => {
      if (VICTIM_ERRORS.includes(error.errno ?? 0)) victims.push(at)
    })
    const closesRing = step === plan.blocking.length - 1 && plan.release === undefined
    while (!closesRing && !(await isWaiting(admin, connections[at])) && Date.now() < until)
      await sleep(TRX_CACHE_MS)
  }
  if (plan.release) await connections[plan.release[0]]?.query(plan.release[1])
  while (victims.length === 0 && Date.now() < until) await sleep(20)
  return victims
}

async function open(server: PrivateServer): Promise<mysql.Connection> {
  const connection = await mysql.createConnection(server.rootUri)
  connection.on('error', () => undefined)
  await connection.query('USE dl')
  return connection
}

/** Does this connection wait? An older answer of the table never names it, so it cannot be taken for one that did before. */
async function isWaiting(
  admin: mysql.Connection,
  connection: mysql.Connection | undefined,
): Promise<boolean> {
  const [found] = await admin.query<mysql.RowDataPacket[]>(WAITING, [connection?.threadId])
  return found.length > 0
}
