/** What only the owner of a store can do: write while a rule is away. */
import type { Scene } from '../support/scene.ts'

/** Runs statements while a trigger is away; the owner alone can, and the suite puts it back. */
export async function without(s: Scene, trigger: string, statements: readonly string[]): Promise<void> {
  const [row] = await s.owner.rows(
    s.mysql ? `SHOW CREATE TRIGGER ${trigger}` : `SELECT sql FROM sqlite_master WHERE name = '${trigger}'`,
  )
  await s.owner.run(`DROP TRIGGER ${trigger}`)
  try {
    for (const sql of statements) await s.owner.run(sql)
  } finally {
    await s.owner.run(String(row?.[s.mysql ? 'SQL Original Statement' : 'sql']))
  }
}
