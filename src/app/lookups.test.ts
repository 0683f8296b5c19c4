import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { sqliteEngine } from '../engines/sqlite/index.ts'
import { LOOKUPS, tableAnswer } from './lookups.ts'

test('a form knows the columns of a table in a database file, and that there is no such table', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-lookup-'))
  const file = join(folder, 'app.db')
  const db = new Database(file)
  db.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, qty TEXT); CREATE INDEX by_qty ON orders (qty)')
  db.close()
  const observer = sqliteEngine.observe({ options: { file } } as never, {} as never)
  try {
    const answerOf = async (table: string) => {
      const { kind, params } = LOOKUPS.table('main', table)
      const reading = await observer.ask(kind as 'table', params as never)
      // As a door reads it: out of a row of the store.
      return tableAnswer.parse(JSON.parse(JSON.stringify(reading)))
    }
    assert.deepEqual(await answerOf('orders'), {
      known: true,
      value: {
        columns: [
          { column: 'id', columnType: 'INTEGER' },
          { column: 'qty', columnType: 'TEXT' },
        ],
        indexes: [],
      },
    })
    const none = await answerOf('invoices')
    assert.ok(!none.known)
    assert.match(none.because, /no table invoices/)
  } finally {
    await observer.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
