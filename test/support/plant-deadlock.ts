/** Plants one deadlock on a private server: sessions that lock and wait as a plan says, until one is the victim. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import type { Plan } from './planted-deadlocks.ts'

/** Deadlock; and what MariaDB says when the victim was waiting for an AUTO-INC lock. */
const VICTIM_ERRORS = [1213, 1467]
/** INNODB_TRX is renewed only when nobody has read it for 100 ms. */
const TRX_CACHE_MS = 130
const PATIENCE_MS = 40_000

/** Who took part, by number of the plan, and what the server reports then. */
export interface PlantedSessions {
  readonly connectionIds: readonly number[]
  /** Numbers of the connections that got the error; empty if none did in 40 s. */
  readonly victims: readonly number[]
  /** What SHOW ENGINE INNODB STATUS says afterwards. */
  readonly status: string
}

/** Plants it in the schema `dl`, in which `admin` is. */
export async function plantDeadlock(
  server: PrivateServer,
  admin: Connection,
  plan: Plan,
): Promise<PlantedSessions> {
  for (const sql of plan.setup) await admin.query(sql)
  const connections = await Promise.all([0, 1, 2].map(() => open(server)))
  try {
    for (const connection of connections) await connection.query('begin')
    for (const [at, sql] of plan.first) await connections[at]?.query(sql)
    const victims = await block(connections, admin, plan)
    const [found] = await admin.query<RowDataPacket[]>('show engine innodb status')
    const connectionIds = connections.map(({ threadId }) => threadId)
    return { connectionIds, victims, status: String(found[0]?.['Status']) }
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

/** Runs the steps that wait for each other, each when the one before waits; gives who was rolled back. */
async function block(
  connections: readonly Connection[],
  admin: Connection,
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

async function open(server: PrivateServer): Promise<Connection> {
  const connection = await createConnection({ uri: server.rootUri })
  connection.on('error', () => undefined)
  await connection.query('use dl')
  return connection
}

/** Does this connection wait? An older answer of the table never names it, so it cannot be taken for one that did before. */
async function isWaiting(admin: Connection, connection: Connection | undefined): Promise<boolean> {
  const [found] = await admin.query<RowDataPacket[]>(
    "select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT' and trx_mysql_thread_id = ?",
    [connection?.threadId],
  )
  return found.length > 0
}
