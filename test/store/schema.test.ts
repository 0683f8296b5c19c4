/** The committed schema is the generated one, its rules are all in use, and its lifecycle is core's. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ISSUE_STATES, isLegalTransition, TRANSITIONS } from '../../src/core/lifecycle.ts'
import { suppliableColumns } from '../../src/store/schema/access.ts'
import { ISSUE_EVIDENCE } from '../../src/store/schema/conditions-decide.ts'
import { downStatements, upStatements } from '../../src/store/schema/generate.ts'
import { generatedFiles } from '../../src/store/schema/generated-files.ts'
import { RULES, ruleOf } from '../../src/store/schema/rules.ts'
import { TABLES } from '../../src/store/schema/tables.ts'
import { Scene } from './support/scene.ts'
import { availableStores, startStore } from './support/stores.ts'

const root = new URL('../../', import.meta.url)

for (const { path, text } of generatedFiles()) {
  test(`${path} is what the schema generates`, () => {
    assert.equal(readFileSync(new URL(path, root), 'utf8'), text, 'run: node src/store/schema/write.ts')
  })
}

test('every transition made by a trigger names its evidence, and no other does', () => {
  const byTrigger = TRANSITIONS.filter((t) => t.entity === 'issue' && t.by === 'trigger')
  assert.deepEqual(
    Object.keys(ISSUE_EVIDENCE).sort(),
    byTrigger.map(({ from, to }) => `${from}>${to}`).sort(),
  )
})

test('every rule refuses somewhere, and every refusal is a listed rule', () => {
  const text = (['sqlite', 'mysql'] as const)
    .flatMap((dialect) => upStatements(dialect).map(({ sql }) => sql))
    .join('\n')
  const used = new Set(text.match(/GOV-\d{3}/g))
  assert.deepEqual([...used].sort(), Object.keys(RULES).sort())
})

test('a rule is read from the text of a database error, and nothing else is', () => {
  assert.equal(ruleOf('SqliteError: GOV-041 no live APPROVED approval'), 'GOV-041')
  assert.equal(ruleOf('GOV-999 made up'), null)
  assert.equal(ruleOf('UNIQUE constraint failed'), null)
})

test('no table cascades, has an ENUM, or leaves a foreign key without an index', () => {
  for (const dialect of ['sqlite', 'mysql'] as const) {
    const sql = upStatements(dialect)
      .map((each) => each.sql)
      .join('\n')
    assert.doesNotMatch(sql, /CASCADE|\bENUM\b|SET NULL|TIMESTAMP\b(?!\()/)
  }
})

test('every table can be described: purpose, and a column a caller may supply or a reason it has none', () => {
  for (const table of TABLES) {
    assert.ok(table.purpose.length > 10, table.name)
    assert.ok(suppliableColumns(table).length > 0, table.name)
  }
})

test('down removes every object up creates', () => {
  for (const dialect of ['sqlite', 'mysql'] as const) {
    const created = upStatements(dialect).flatMap(({ sql }) => [
      ...sql.matchAll(
        /^CREATE (?:OR REPLACE )?(?:DEFINER = CURRENT_USER )?(?:SQL SECURITY DEFINER )?(?:TABLE|TRIGGER|VIEW|PROCEDURE|FUNCTION) (?:IF NOT EXISTS )?(\w+)/gm,
      ),
    ])
    const removed = new Set(downStatements(dialect).map(({ sql }) => /EXISTS (\w+)/.exec(sql)?.[1]))
    assert.deepEqual(
      created.map(([, name]) => name).filter((name) => !removed.has(name)),
      [],
    )
  }
})

for (const { name, missing } of await availableStores()) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`

  test(`${name}: the stored lifecycle is core's, and every other change of an issue is refused`, {
    skip,
  }, async () => {
    const store = await startStore(name)
    const owner = await store.connect('owner')
    try {
      const rows = await owner.rows('SELECT entity, from_state, to_state, moved_by FROM state_transitions')
      const stored = rows.map((row) => Object.values(row).join(' ')).sort()
      assert.deepEqual(stored, TRANSITIONS.map((t) => `${t.entity} ${t.from} ${t.to} ${t.by}`).sort())
      await everyIllegalMove(await new Scene(store, owner).prepare())
    } finally {
      await owner.close()
      await store.stop()
    }
  })
}

/** Brings an issue into each state by the rows that lead there, then tries every state from it. */
async function everyIllegalMove(scene: Scene): Promise<void> {
  let tried = 0
  for (const from of ISSUE_STATES) {
    const issueId = await issueIn(scene, from)
    assert.equal(
      await scene.value(`SELECT issue_status FROM detected_issues WHERE issue_id = ${issueId}`),
      from,
    )
    for (const to of ISSUE_STATES) {
      const direct = TRANSITIONS.find((t) => t.entity === 'issue' && t.from === from && t.to === to)
      if (from === to || direct?.by === 'reason') continue
      tried += 1
      const rule = isLegalTransition('issue', from, to) ? /GOV-027/ : /GOV-02[38]/
      await assert.rejects(scene.move(issueId, to), rule, `${from} > ${to}`)
    }
  }
  assert.ok(tried > 110)
}

async function issueIn(scene: Scene, state: (typeof ISSUE_STATES)[number]): Promise<number> {
  const ended = async (): Promise<number> => {
    const issueId = await scene.issue('UNDER_ANALYSIS')
    await scene.move(issueId, 'NO_ACTION')
    return issueId
  }
  const makers: Record<typeof state, () => Promise<number>> = {
    DETECTED: () => scene.issue(),
    UNDER_ANALYSIS: () => scene.issue('UNDER_ANALYSIS'),
    AWAITING_DECISION: async () => (await scene.analysed()).issueId,
    DECISION_MADE: async () => (await scene.proposed()).issueId,
    APPROVED: async () => (await scene.approved()).issueId,
    DECLINED: async () => {
      const of = await scene.proposed()
      await scene.vote(of, { approval_status: 'DECLINED', approval_reason: 'BAD_TIMING' })
      return of.issueId
    },
    EXECUTING: async () => (await scene.running()).issueId,
    VERIFYING: async () => (await scene.finished()).issueId,
    RESOLVED: async () => (await scene.judged('improved')).issueId,
    NO_ACTION: ended,
    CLOSED: async () => {
      const issueId = await ended()
      await scene.move(issueId, 'CLOSED')
      return issueId
    },
    CANCELLED: async () => {
      const issueId = await scene.issue()
      await scene.move(issueId, 'CANCELLED')
      return issueId
    },
  }
  return makers[state]()
}
