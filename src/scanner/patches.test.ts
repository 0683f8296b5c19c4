import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { applyDiff } from '../engines/source/files/apply-diff.ts'
import { changeOf, fileState, fixesByFile, textDiff } from './patches.ts'
import { digestOf } from './source-files.ts'

const SOURCE = [
  "import mysql from 'mysql2/promise'",
  'const db = mysql.createPool({})',
  'export const one = (req) => db.query(`SELECT id FROM users WHERE name = ' + "'${req.query.a}'`)",
  'export const two = (req) => db.query(`SELECT id FROM users WHERE name = ' + "'${req.query.b}'`)",
  'export const by = (req) => db.query(`SELECT id FROM users ORDER BY ${req.query.c}`)',
  '',
].join('\n')

describe('the fixes of a file as one change', () => {
  const root = mkdtempSync(join(tmpdir(), 'dbmedic-patches-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  before(() => {
    writeFileSync(join(root, 'package.json'), '{"dependencies":{"mysql2":"*"}}')
    writeFileSync(join(root, 'a.js'), SOURCE)
    writeFileSync(join(root, 'clean.js'), 'export const a = 1\n')
  })

  test('mend what they say they mend, and scanning changed no file', async () => {
    const [only, ...others] = await fixesByFile(root)
    assert.deepEqual(others, [])
    assert.ok(only !== undefined)
    assert.deepEqual(
      [only.file, only.fixes.length, only.found, only.remaining, only.before],
      ['a.js', 2, 3, 1, digestOf(SOURCE)],
    )
    assert.equal(readFileSync(join(root, 'a.js'), 'utf8'), SOURCE)
  })

  test('are read as a diff there and a diff back, and made again they are the same', async () => {
    const [all] = await fixesByFile(root)
    assert.ok(all !== undefined)
    const made = await changeOf(root, 'a.js', all.fixes)
    assert.ok(!('because' in made))
    const { diff, undoDiff, ...facts } = made
    assert.deepEqual(facts, all)
    const fixed = applyDiff(SOURCE, diff) ?? ''
    assert.equal(digestOf(fixed), all.after)
    assert.equal(applyDiff(fixed, undoDiff), SOURCE)
    assert.deepEqual(await changeOf(root, 'a.js', all.fixes), made)
  })

  test('may be some of them; the others stay', async () => {
    const [all] = await fixesByFile(root)
    const made = await changeOf(root, 'a.js', all?.fixes.slice(1) ?? [])
    assert.ok(!('because' in made))
    assert.deepEqual([made.found, made.remaining], [3, 2])
    assert.match(applyDiff(SOURCE, made.diff) ?? '', /'\$\{req\.query\.a\}'[\s\S]*name = \?/)
  })

  test('are none where a scan does not find each of them in that file', async () => {
    const [all] = await fixesByFile(root)
    const ids = all?.fixes ?? []
    for (const [file, given] of [
      ['a.js', [...ids, 'bind-0123456789ab']],
      ['clean.js', ids],
      ['gone.js', ids],
    ] as const)
      assert.ok('because' in (await changeOf(root, file, given)), file)
  })

  test('leave a file whose state is what was said', async () => {
    assert.deepEqual(await fileState(root, 'a.js'), { problem: null, findings: 3 })
    const [all] = await fixesByFile(root)
    const made = await changeOf(root, 'a.js', all?.fixes ?? [])
    writeFileSync(join(root, 'a.js'), 'diff' in made ? (applyDiff(SOURCE, made.diff) ?? '') : '')
    assert.deepEqual(await fileState(root, 'a.js'), { problem: null, findings: 1 })
    assert.deepEqual(await fixesByFile(root), [], 'fixed twice is fixed once')
    writeFileSync(join(root, 'a.js'), 'export const a = (\n')
    assert.notEqual((await fileState(root, 'a.js')).problem, null)
  })
})

test('a text made another is one change that fits', () => {
  for (const [from, to] of [
    ['a\nb\nc\n', 'a\nx\nc\n'],
    ['a\nb', 'a\nb\n'],
    ['aaa\n', 'aaaa\n'],
    ['a\nb\n', 'b\n'],
  ] as const)
    assert.equal(applyDiff(from, textDiff('x.js', from, to)), to)
})
