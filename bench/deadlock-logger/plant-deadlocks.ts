/** Makes each planned deadlock on a private server and takes the server's own report of it. */
import mysql from 'mysql2/promise'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import { plantDeadlock } from '../../test/support/plant-deadlock.ts'
import { PLANS, type Plan } from '../../test/support/planted-deadlocks.ts'

/** A deadlock, what is known of it by construction, and what SHOW ENGINE INNODB STATUS says afterwards. */
export interface PlantedDeadlock {
  readonly name: string
  readonly status: string
  /** Connections in the ring, with `schema.table index mode kind` of what each waited for. */
  readonly ring: readonly { readonly threadId: number; readonly waits: string; readonly isVictim: boolean }[]
}

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
  const { connectionIds, victims, status } = await plantDeadlock(server, admin, plan)
  if (victims.length === 0) throw new Error(`no deadlock came of “${name}” on ${server.version}`)
  return {
    name,
    status,
    ring: plan.ring.map((at) => ({
      threadId: connectionIds[at] ?? 0,
      waits: plan.waits[at] ?? '',
      isVictim: victims.includes(at),
    })),
  }
}
