/** The fullest ids of the catalog as it was read: none before it was, and none once it is older than it may be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CatalogFindings } from '../shapes.ts'
import { idHeadroom } from './id-headroom.ts'
import type { QuestionContext } from './question.ts'

const column = { schema: 'shop', table: 'orders', column: 'id', columnType: 'int', usedPercent: 81 }
const asked = (catalog: Partial<CatalogFindings> | null, now = '2026-11-22 12:00:00.000000') =>
  idHeadroom.answer(
    {
      reader: { query: async () => [{ now }] },
      collected: { catalog: () => catalog },
    } as unknown as QuestionContext,
    { schema: null, table: null },
  )

test('the fullest comes first, with when it was read', async () => {
  const at = '2026-11-22T00:00:00.000000Z'
  const found = await asked({ at, autoIncrement: [column, { ...column, usedPercent: 2 }] })
  assert.deepEqual('value' in found ? found.value : found, { ...column, readAt: at })
  const none = await asked({ at, autoIncrement: [] })
  assert.deepEqual('value' in none ? none.value : none, null)
})

test('a catalog that was never read, or not for more than a day, says nothing', async () => {
  for (const [catalog, because] of [
    [null, /has not been read yet/],
    [{ at: '2026-11-21T10:59:00.000000Z', autoIncrement: [column] }, /last read 2026-11-21T10:59/],
  ] as const) {
    const found = await asked(catalog)
    assert.match('because' in found ? found.because : '', because)
  }
})
