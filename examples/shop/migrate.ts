/** The shop's own migrations: files in the order of their names, each put on record with the SHA-256 of its bytes. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'

/** Where the files are. */
export const MIGRATIONS = join(import.meta.dirname, 'migrations')

/** Applies the files up to this name, those that are on record already left out. The connection takes several statements at once. */
export async function migrate(connection: Connection, upTo: string): Promise<void> {
  await connection.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(120) PRIMARY KEY, checksum CHAR(64) NOT NULL, applied_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP)',
  )
  const [rows] = await connection.query('SELECT name FROM schema_migrations')
  const done = new Set((rows as { name: string }[]).map(({ name }) => name))
  for (const name of readdirSync(MIGRATIONS).sort()) {
    if (done.has(name) || name > upTo) continue
    const bytes = readFileSync(join(MIGRATIONS, name))
    await connection.query(bytes.toString('utf8'))
    const checksum = createHash('sha256').update(bytes).digest('hex')
    await connection.query('INSERT INTO schema_migrations (name, checksum) VALUES (?, ?)', [name, checksum])
  }
}
