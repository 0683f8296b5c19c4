/** Every attack against every store that can run here, and what must hold afterwards whatever was tried. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { RULES, type RuleId, refusalText } from '../../../src/store/schema/rules.ts'
import { Scene } from '../support/scene.ts'
import {
  availableStores,
  type OpenSession,
  type StoreName,
  startStore,
  type TestStore,
} from '../support/stores.ts'
import { type Attack, expected, refusalOf } from './attack.ts'
import { ATTACKS } from './index.ts'
import { INVARIANTS } from './invariants.ts'

const WEAKNESSES = readFileSync(new URL('../../../docs/store-weaknesses.md', import.meta.url), 'utf8')

for (const { name, missing } of await availableStores()) {
  describe(`attacks on ${name}`, { skip: missing === null ? false : `no ${name} here: ${missing}` }, () =>
    suite(name),
  )
}

function suite(name: StoreName): void {
  let store: TestStore
  let scene: Scene
  const counts = { refused: 0, allowed: 0, weak: 0 }
  const reached = new Set<string>()

  before(async () => {
    store = await startStore(name)
    scene = await new Scene(store, await store.connect('owner')).prepare()
  })
  after(async () => {
    console.log(
      `${name} ${store.version}: ${counts.refused} attacks refused, ${counts.allowed} controls allowed, ${counts.weak} documented weaknesses; ${reached.size} rules fired`,
    )
    await scene.owner.close()
    await store.stop()
  })

  for (const each of ATTACKS) {
    const wanted = expected(each, name)
    if (wanted === null) continue
    test(`${each.role}: ${each.name} (${wanted.join(' or ')})`, async () => {
      const found = await run(each, scene)
      const weakness = wanted.find((word) => word.startsWith('weakness:'))
      if (weakness !== undefined) {
        const id = weakness.slice('weakness:'.length)
        assert.match(WEAKNESSES, new RegExp(`\\| ${id} \\|`), `docs/store-weaknesses.md does not list ${id}`)
        assert.equal(found, 'allowed', 'a documented weakness is closed: take it off the list')
        counts.weak += 1
        return
      }
      const fits = wanted.some(
        (word) => found === word || (word.startsWith('other') && found.startsWith(word)),
      )
      assert.ok(fits, `wanted ${wanted.join(' or ')}, found ${found}`)
      if (found in RULES) reached.add(found)
      if (found === 'allowed') counts.allowed += 1
      else counts.refused += 1
    })
  }

  for (const invariant of INVARIANTS) {
    test(`afterwards: ${invariant.claim}`, async () => {
      const rows = await scene.owner.rows(invariant.violations(scene))
      assert.deepEqual(rows, [])
    })
  }

  test('afterwards: the audit chain verifies link by link', async () => {
    const { createHash } = await import('node:crypto')
    const links = await scene.owner.rows(
      'SELECT seq, canonical, prev_hash, row_hash FROM audit_log ORDER BY seq',
    )
    assert.ok(links.length > 500)
    let previous = '0'.repeat(64)
    for (const [at, link] of links.entries()) {
      assert.equal(Number(link['seq']), at + 1)
      assert.equal(link['prev_hash'], previous)
      previous = createHash('sha256')
        .update(`${previous}:${String(link['canonical'])}`)
        .digest('hex')
      assert.equal(link['row_hash'], previous)
      JSON.parse(String(link['canonical']))
    }
    assert.equal(await scene.value('SELECT last_hash FROM audit_head'), previous)
  })
}

/** Runs one attack on a connection of its own; gives `allowed` or how it was refused. Weak ones are rolled back. */
async function run(each: Attack, scene: Scene): Promise<string> {
  await scene.settle()
  const statements = await each.statements(scene)
  const session =
    each.role === 'bare' ? await scene.store.connectBare() : await scene.store.connect(each.role)
  const isolated =
    scene.store.dialect === 'sqlite' && !statements.some((sql) => /^(BEGIN|PRAGMA|SAVEPOINT)/.test(sql))
  try {
    if (isolated && each.role === 'bare') await session.run('BEGIN')
    for (const [at, sql] of statements.entries()) {
      const refused = await one(session, scene, sql)
      if (refused === null) continue
      const last = at === statements.length - 1
      return last || refused === 'grant' ? refused : `too early, at statement ${at + 1}: ${refused}`
    }
    return 'allowed'
  } finally {
    if (isolated && each.role === 'bare') await session.run('ROLLBACK').catch(() => undefined)
    await session.close()
  }
}

async function one(session: OpenSession, scene: Scene, sql: string): Promise<string | null> {
  const elsewhere = /^REVOKE-ELSEWHERE (\d+)$/.exec(sql)?.[1]
  if (elsewhere !== undefined) {
    await scene.add('decision_endings', {
      decision_id: Number(elsewhere),
      ending: 'REVOKED',
      reason: 'x',
      ended_by: 'bob',
    })
    return null
  }
  try {
    if (/^SELECT/i.test(sql)) await session.rows(sql)
    else await session.run(sql)
    return null
  } catch (error) {
    return refusalOf(error)
  }
}

test('every refusal fits the message length of the servers', () => {
  for (const id of Object.keys(RULES) as RuleId[]) assert.ok(refusalText(id).length <= 128, id)
})
