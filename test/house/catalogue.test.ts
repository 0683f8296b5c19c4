import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ROOT_CAUSES } from '../../src/core/vocabulary.ts'
import {
  ACTION_IDS,
  CATALOGUES,
  codeFiles,
  DETECTORS,
  DIAGNOSES,
  filesOf,
  pages,
  proposedBy,
} from '../support/catalogue-items.ts'
import { actionIdsIn, FACTS_MARK, pageTitle } from '../support/catalogue-pages.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What the store takes as a metric's name and unit: `code(64)` and `code(32)`. */
const CODE = /^[!-~]{1,32}$/

/** Everything a module exports that looks like an item of a catalogue. */
async function itemsIn(file: string): Promise<readonly string[]> {
  const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
  return Object.values(exported).flatMap((value) =>
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    ('detect' in value || 'test' in value)
      ? [value.id]
      : [],
  )
}

for (const { folder, items, facts } of CATALOGUES) {
  describe(`the catalogue of ${folder}`, () => {
    const ids = items.map((item) => item.id)

    test('lists every item once', () => assert.equal(new Set(ids).size, ids.length))

    test('has each item in the file of its id, with a test beside it', () => {
      for (const id of ids) {
        assert.ok(existsSync(filesOf(folder, id).code), `${folder}: no file for ${id}`)
        assert.ok(existsSync(filesOf(folder, id).test), `${folder}: no test for ${id}`)
      }
    })

    test('lists every item its files export, each from its own file', async () => {
      for (const file of codeFiles(folder, 'mysql')) {
        const own = `mysql/${file.replace(/\.ts$/, '')}`
        const found = await itemsIn(join(ROOT, 'src', folder, 'mysql', file))
        assert.deepEqual(found, ids.includes(own) ? [own] : [], `src/${folder}/mysql/${file}`)
      }
    })

    test('names the engine in id and field alike', () => {
      for (const item of [...DETECTORS, ...DIAGNOSES])
        assert.equal(item.id.split('/')[0], item.engine, item.id)
    })

    test('has a page for every item, and no other page', () =>
      assert.deepEqual(
        [...pages(folder, 'mysql')].sort(),
        ids.map((id) => `${id.split('/')[1] ?? ''}.md`).sort(),
      ))

    for (const item of items) {
      test(`the page of ${item.id} states what the code does`, () => {
        const text = readFileSync(filesOf(folder, item.id).page, 'utf8')
        assert.equal(text.split('\n')[0], pageTitle(item))
        const [prose = '', stated = ''] = text.split(FACTS_MARK)
        assert.equal(stated.trim(), facts(item.id).trim(), 'run: node test/house/write-catalogue-pages.ts')
        const headings = folder === 'detectors' ? DETECTOR_HEADINGS : DIAGNOSIS_HEADINGS
        assert.deepEqual(
          [...prose.matchAll(/^## (.*)$/gm)].map((m) => m[1]),
          headings,
        )
        for (const part of prose.split(/^## .*$/m).slice(1))
          assert.ok(part.trim().length > 0, 'an empty section')
      })
    }
  })
}

const DETECTOR_HEADINGS = ['What it notices', 'What it cannot see', 'How to tune it']
const DIAGNOSIS_HEADINGS = ['What it explains', 'Evidence', 'Look-alikes', 'What it proposes']

describe('every detector', () => {
  for (const detector of DETECTORS) {
    test(`${detector.id} says nothing of what it cannot read`, async () => {
      const found = await detector.detect({
        read: async () => ({ known: false, because: 'no', toProceed: 'no' }),
        threshold: (name) => detector.thresholds[name]?.value ?? Number.NaN,
        tracked: new Set(['server', 'row|shop.orders', 'a|b', 'shop.orders']),
        memory: { get: () => undefined, set: () => undefined },
      })
      assert.deepEqual(found, [])
    })
  }

  test('has thresholds with a finite value, a unit the store accepts, and a reason', () => {
    for (const { id, thresholds } of DETECTORS) {
      for (const [name, threshold] of Object.entries(thresholds)) {
        assert.ok(Number.isFinite(threshold.value) && threshold.value >= 0, `${id} ${name}`)
        assert.match(threshold.unit, CODE, `${id} ${name}`)
        assert.ok(threshold.why.length > 10, `${id} ${name}`)
        assert.match(name, /^[a-z][A-Za-z]+$/, `${id} ${name}`)
      }
    }
  })

  test('writes metric names and units the store accepts', () => {
    for (const { id } of DETECTORS) {
      const source = readFileSync(filesOf('detectors', id).code, 'utf8')
      for (const [, unit] of source.matchAll(/(?:metricUnit|unit): '([^']*)'/g))
        assert.match(unit ?? '', CODE, id)
      for (const [, name] of source.matchAll(/(?:metricName|metric): '([^']*)'/g))
        assert.match(name ?? '', /^[a-z][a-z0-9_]{0,63}$/, id)
    }
  })

  test('uses every threshold it has, and asks for none it has not', () => {
    for (const { id, thresholds } of DETECTORS) {
      const source = readFileSync(filesOf('detectors', id).code, 'utf8')
      const asked = new Set([...source.matchAll(/threshold\('([A-Za-z]+)'\)/g)].map((m) => m[1] ?? ''))
      assert.deepEqual([...asked].sort(), Object.keys(thresholds).sort(), id)
    }
  })

  test('needs only capabilities that the engine reports', () => {
    const folder = join(ROOT, 'src/engines/mysql/capabilities')
    const sources = readdirSync(folder)
      .filter((f) => !f.endsWith('.test.ts'))
      .map((f) => readFileSync(join(folder, f), 'utf8'))
    const known = new Set(
      sources
        .flatMap((s) => [...s.matchAll(/\bids: \[([^\]]*)\]/g)])
        .flatMap((m) => [...(m[1] ?? '').matchAll(/'([^']+)'/g)])
        .map((m) => m[1] ?? ''),
    )
    for (const { id, needs } of DETECTORS)
      for (const need of needs) assert.ok(known.has(need), `${id} needs ${need}`)
  })

  test('opens issues of a category that some diagnosis explains', () => {
    const explained = new Set(DIAGNOSES.flatMap((d) => d.categories))
    for (const { id, category } of DETECTORS) assert.ok(explained.has(category), `${id}: ${category}`)
  })
})

describe('every diagnosis', () => {
  test('names a root cause of the vocabulary, and no two the same', () => {
    const causes = DIAGNOSES.map((d) => d.rootCause)
    for (const cause of causes) assert.ok(ROOT_CAUSES.includes(cause), cause)
    // UNKNOWN names none.
    const named = causes.filter((cause) => cause !== 'UNKNOWN')
    assert.equal(new Set(named).size, named.length)
  })

  test('explains only categories that some detector opens, or that a person may', () => {
    const opened = new Set<string>([...DETECTORS.map((d) => d.category), 'TYPE_MISMATCH', 'PLAN_REGRESSION'])
    for (const { id, categories } of DIAGNOSES)
      for (const category of categories) assert.ok(opened.has(category), `${id}: ${category}`)
  })

  test('names only actions, detectors and diagnoses that exist', () => {
    const known = new Set([...ACTION_IDS, ...DETECTORS.map((d) => d.id), ...DIAGNOSES.map((d) => d.id)])
    for (const file of codeFiles('diagnoses', 'mysql')) {
      const source = readFileSync(join(ROOT, 'src/diagnoses/mysql', file), 'utf8')
      for (const id of actionIdsIn(source, 'mysql')) assert.ok(known.has(id), `${file} names ${id}`)
      for (const [, id] of source.matchAll(/(?<!\/)\b(mysql\/[a-z0-9-]+)\b/g))
        assert.ok(known.has(id ?? ''), `${file} names ${id}`)
    }
  })

  test('has a test that draws every action it may propose: their parameters are checked there', () => {
    for (const { id } of DIAGNOSES) {
      const written = readFileSync(filesOf('diagnoses', id).test, 'utf8')
      for (const action of proposedBy(id))
        assert.ok(written.includes(`'${action}'`), `${id} may propose ${action}`)
    }
  })

  test('proposes nothing that raises the limit on connections', () => {
    for (const { id } of DIAGNOSES) assert.ok(!proposedBy(id).includes('mysql/raise-max-connections'), id)
  })
})
