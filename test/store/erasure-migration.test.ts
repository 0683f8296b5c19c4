/** Migration 0020 on a store that has people: what was there stays, on the chain as it was; what comes is sealed; and back again. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { rollback, up } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/list.ts'
import { fromNow } from './support/literals.ts'
import { HOUR, Scene, sha } from './support/scene.ts'
import { availableStores, type OpenSession, startStore } from './support/stores.ts'

/** The last one before people have keys. */
const BEFORE = 19

for (const { name, missing } of await availableStores()) {
  describe(`migration 0020 on ${name}`, {
    skip: missing === null ? false : `no ${name} here: ${missing}`,
  }, () => {
    test('gives everybody a key, seals what comes, changes no link, and goes back with its data', async () => {
      const store = await startStore(name)
      const owner = await store.connect('owner')
      try {
        await rollback(owner, migrations(store.dialect).length - BEFORE)
        const scene = await new Scene(store, owner).prepare()
        await scene.add('sessions', session('alice', '198.51.100.4'))
        const old = await chain(owner)
        assert.match(old.at(-1) ?? '', /198\.51\.100\.4/)
        assert.ok(old.some((link) => link.includes('person 3')))

        await up(owner)
        const people = 'SELECT COUNT(*) FROM persons WHERE person_id <> 1'
        assert.equal(await scene.value('SELECT COUNT(*) FROM person_keys'), await scene.value(people))
        assert.equal(
          await scene.value('SELECT COUNT(DISTINCT sealing_key) FROM person_keys'),
          await scene.value(people),
        )
        assert.equal(await scene.value('SELECT COUNT(*) FROM person_keys WHERE person_id = 1'), '0')
        await scene.add('sessions', session('alice', '198.51.100.5'))
        await scene.owner.run(await scene.shutOut('alice'))
        await scene.add('person_erasures', { person_id: 3, erased_by: 'bob', reason: 'asked to' })
        const sealed = await chain(owner)
        assert.deepEqual(sealed.slice(0, old.length), old, 'what is on the chain stays as it was')
        assert.ok(!sealed.slice(old.length).some((link) => link.includes('198.51.100.5')))
        assert.equal(await scene.value('SELECT COUNT(*) FROM person_keys WHERE person_id = 3'), '0')

        await rollback(owner, migrations(store.dialect).length - BEFORE)
        assert.deepEqual((await chain(owner)).slice(0, sealed.length), sealed)
        assert.equal(
          await scene.value('SELECT display_name FROM persons WHERE person_id = 3'),
          'erased person 3',
        )
        assert.equal(await scene.value("SELECT COUNT(*) FROM sessions WHERE user_id = 'alice'"), '0')
        await scene.add('sessions', session('dave', '198.51.100.6'))
        assert.match((await chain(owner)).at(-1) ?? '', /198\.51\.100\.6/, 'the older rules again')
        await up(owner)
        assert.equal(await scene.value(people), await scene.value('SELECT COUNT(*) FROM person_keys'))
      } finally {
        await owner.close()
        await store.stop()
      }
    })
  })
}

const session = (user_id: string, address: string) => ({
  session_digest: sha(`${user_id} ${address}`),
  user_id,
  address,
  user_agent: '',
  last_seen_at: fromNow(0),
  expires_at: fromNow(HOUR),
})

/** The text of every link, which must verify. */
async function chain(owner: OpenSession): Promise<readonly string[]> {
  const links = await owner.rows('SELECT canonical, prev_hash, row_hash FROM audit_log ORDER BY seq')
  let previous = '0'.repeat(64)
  for (const link of links) {
    assert.equal(link['prev_hash'], previous)
    previous = createHash('sha256')
      .update(`${previous}:${String(link['canonical'])}`)
      .digest('hex')
    assert.equal(link['row_hash'], previous)
  }
  return links.map((link) => String(link['canonical']))
}
