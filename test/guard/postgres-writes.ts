// Has a PostgreSQL take no writes for a while, as one does that is no longer the writer.
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'

/** Returns once the server has told its sessions. */
export async function takeWrites(owner: Client, isTaken: boolean): Promise<void> {
  const wanted = isTaken ? 'off' : 'on'
  await owner.query(`ALTER SYSTEM SET default_transaction_read_only = ${wanted}`)
  await owner.query('SELECT pg_reload_conf()')
  for (;;) {
    const { rows } = await owner.query<{ told: string }>(
      "SELECT current_setting('default_transaction_read_only') AS told",
    )
    if (rows[0]?.told === wanted) return
    await pause(5)
  }
}
