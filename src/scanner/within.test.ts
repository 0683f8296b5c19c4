/** A scan reads nothing outside of its folder, whatever imports, links and manifests say, and names what it did not follow. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { scan } from './scan.ts'

const base = mkdtempSync(join(tmpdir(), 'dbmedic-within-'))
after(() => rmSync(base, { recursive: true }))

const TEXTS = "export const byName = (v) => `SELECT id FROM users WHERE name = '${v}'`\n"
const using = (path: string): string =>
  `import db from 'mysql2/promise'\nimport { byName } from '${path}'\nexport const find = (req) => db.query(byName(req.query.n))\n`

/** A repository whose one file imports from a path; gives what a scan of `as` finds and skips. */
async function scanned(path: string, prepare: (root: string) => void, as = 'app') {
  const folder = mkdtempSync(join(base, 'case-'))
  const root = join(folder, 'app')
  for (const each of [join(root, 'src'), join(folder, 'shared')]) mkdirSync(each, { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"dependencies":{"mysql2":"*"}}')
  writeFileSync(join(root, 'src/a.js'), using(path))
  writeFileSync(join(folder, 'shared/texts.js'), TEXTS)
  symlinkSync(root, join(folder, 'linked'))
  prepare(root)
  const { findings, skipped } = await scan(join(folder, as))
  return [findings.filter((each) => each.ruleId === 'SQL_INJECTION').length, skipped] as const
}
const BECAUSE = 'an import leads there, outside of the scanned folder; it was not followed'
const inside = (root: string): void => writeFileSync(join(root, 'src/texts.js'), TEXTS)

test('an import inside of the folder is followed, also where the folder is given by a link', async () => {
  for (const as of ['app', 'linked']) assert.deepEqual(await scanned('./texts.js', inside, as), [1, []])
})

test('a link to a file inside is followed', async () => {
  const linked = (root: string): void => {
    inside(root)
    symlinkSync('texts.js', join(root, 'src/link.js'))
  }
  assert.deepEqual(await scanned('./link.js', linked), [1, []])
})

test('an import out of the folder is not followed, and named', async () => {
  for (const as of ['app', 'linked'])
    assert.deepEqual(await scanned('../../shared/texts.js', () => undefined, as), [
      0,
      [{ file: '../shared/texts.js', because: BECAUSE }],
    ])
})

test('nor is a link that leads out, of a file or of a folder', async () => {
  const file = (root: string): void => symlinkSync('../../shared/texts.js', join(root, 'src/texts.js'))
  assert.deepEqual(await scanned('./texts.js', file), [0, [{ file: 'src/texts.js', because: BECAUSE }]])
  const folder = (root: string): void => symlinkSync('../../shared', join(root, 'src/shared'))
  assert.deepEqual(await scanned('./shared/texts.js', folder), [
    0,
    [{ file: 'src/shared/texts.js', because: BECAUSE }],
  ])
})
