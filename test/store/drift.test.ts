/** One schema, two dialects, three servers: the catalogs describe the same tables, keys and rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dump } from '../../src/store/dump.ts'
import { availableStores, startStore } from './support/stores.ts'

test('every store that can run here has the same dumped schema', async (t) => {
  const dumps = new Map<string, string>()
  for (const { name, missing } of await availableStores()) {
    if (missing !== null) {
      t.diagnostic(`no ${name} here: ${missing}`)
      continue
    }
    const store = await startStore(name)
    const owner = await store.connect('owner')
    try {
      dumps.set(name, await dump(owner))
    } finally {
      await owner.close()
      await store.stop()
    }
  }
  const reference = dumps.get('sqlite') ?? ''
  assert.ok(reference.split('\n').length > 700)
  assert.ok(dumps.has('mariadb'), 'MariaDB is required')
  for (const [name, text] of dumps) assert.equal(text, reference, `${name} differs from sqlite`)
})

test('a dump sees a dropped rule, a loosened column and a lost key', async () => {
  const store = await startStore('sqlite')
  const owner = await store.connect('owner')
  try {
    const before = await dump(owner)
    await owner.run('DROP TRIGGER admin_approvals_before_insert')
    await owner.run('ALTER TABLE halts ADD COLUMN extra INTEGER')
    const after = await dump(owner)
    assert.match(before, /trigger admin_approvals_before_insert: .*GOV-035/)
    assert.doesNotMatch(after, /trigger admin_approvals_before_insert/)
    assert.match(after, /column extra null/)
  } finally {
    await owner.close()
    await store.stop()
  }
})
