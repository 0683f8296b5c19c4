import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allActions } from '../app/index.ts'
import { classify, ERROR_ENGINES, ERROR_TYPES, errorEngineOf } from '../recovery/index.ts'
import { entryLookup, type KnowledgeEntry, loadEntries } from './index.ts'

const entries = loadEntries()
const lookup = entryLookup(entries)
const actions = new Set(allActions().map((action) => action.id))

/** Fewest entries of each folder; writing more raises them. */
const FEWEST: Readonly<Record<string, number>> = {
  mysql: 72,
  postgresql: 61,
  sqlite: 27,
  mongodb: 5,
  redis: 4,
  oracle: 7,
}

/** Statements and commands that change nothing, by engine; `look:` is for what no statement can tell. */
const READS: Readonly<Record<string, RegExp>> = {
  mysql: /^(?:SELECT|SHOW|EXPLAIN) /,
  mariadb: /^(?:SELECT|SHOW|EXPLAIN) /,
  postgresql: /^(?:SELECT|SHOW|EXPLAIN) (?!.*\bpg_(?:terminate|cancel)_backend)/,
  sqlite: /^(?:SELECT .*|PRAGMA \w+(?:\(\w+\))?)$/,
  mongodb:
    /^(?:db|rs)\.(?:\w+\.)*(?:getIndexes|serverStatus|status|hello|find|currentOp|runCommand)\(.*\)[\w.("')]*$/,
  redis: /^(?:TYPE|OBJECT IDLETIME|INFO) /,
  oracle: /^SELECT /,
}
const CHANGES = /;|\b(?:INTO OUTFILE|FOR UPDATE|dropUser|shutdown|setParameter)\b/

function idOf(entry: KnowledgeEntry, example: KnowledgeEntry['mustMatch'][number]): string | null {
  const engine = errorEngineOf(example.engine ?? entry.engines[0] ?? '')
  assert.ok(engine)
  const report = { ...example, engine: engine.id }
  return classify(report, engine, (error) => lookup(error)?.id ?? null).knowledgeId
}

describe('the knowledge', () => {
  test('has no fewer entries than before, each in the folder of its engine', () => {
    const folders = Map.groupBy(entries, (e) => e.id.split('/')[0] ?? '')
    for (const [folder, fewest] of Object.entries(FEWEST))
      assert.ok((folders.get(folder)?.length ?? 0) >= fewest, `${folder}: ${folders.get(folder)?.length}`)
    for (const entry of entries) assert.equal(entry.id.split('/')[0], entry.engines[0], entry.id)
  })

  test('explains no code twice', () => {
    const keys = entries.flatMap((entry) =>
      entry.engines.flatMap((engine) =>
        entry.codes.flatMap((code) => (entry.types ?? ['any']).map((type) => `${engine} ${code} ${type}`)),
      ),
    )
    assert.deepEqual(
      keys.filter((key, i) => keys.indexOf(key) !== i),
      [],
    )
  })

  for (const entry of entries) {
    test(`${entry.id} is found by its examples and by no other's`, () => {
      for (const example of entry.mustMatch) assert.equal(idOf(entry, example), entry.id, example.message)
      for (const example of entry.mustNotMatch)
        assert.notEqual(idOf(entry, example), entry.id, example.message)
    })

    test(`${entry.id} names engines, codes, types and actions that there are, and checks that only read`, () => {
      const known = entry.engines.map((name) => ERROR_ENGINES.find((e) => e.id === name))
      for (const code of entry.codes)
        assert.ok(
          known.some((e) => e?.codes().row(code) !== undefined),
          code,
        )
      for (const type of entry.types ?? []) assert.ok(Object.hasOwn(ERROR_TYPES, type), type)
      for (const { action } of entry.remedy) if (action !== undefined) assert.ok(actions.has(action), action)
      const reads = READS[entry.engines[0] ?? '']
      assert.ok(reads)
      for (const { check } of entry.causes) {
        if (check.startsWith('look: ')) continue
        assert.match(check, reads)
        assert.doesNotMatch(check, CHANGES)
      }
    })
  }
})
