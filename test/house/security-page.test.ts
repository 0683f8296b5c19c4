/** docs/security.md answers each requirement once, and what it says is where it says. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')

/** How many requirements of levels 1 and 2 each section of these chapters has in ASVS 5.0.0. */
const ASKED: Readonly<Record<string, readonly number[]>> = {
  '2': [3, 3, 4, 1],
  '6': [3, 12, 4, 4, 5, 3, 0, 4],
  '7': [3, 4, 2, 5, 2, 2],
  '8': [2, 3, 1, 1],
}
const IDS = Object.entries(ASKED).flatMap(([chapter, sections]) =>
  sections.flatMap((count, at) => Array.from({ length: count }, (_, n) => `${chapter}.${at + 1}.${n + 1}`)),
)

interface Row {
  readonly id: string
  readonly answer: string
  readonly where: string
}
const rows: readonly Row[] = [
  ...page.matchAll(/^\| (\d\.\d+\.\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm),
].map(([, id = '', answer = '', where = '']) => ({ id, answer, where }))

test('each requirement of the four chapters is answered once, by one of the four answers', () => {
  assert.deepEqual(
    rows.map(({ id }) => id),
    IDS,
  )
  for (const { id, answer } of rows) assert.match(answer, /^(met|partly|not yet|none)$/, id)
})

test('what is met names where: a file that is there or a page, and tests that are in that file', () => {
  for (const { id, answer, where } of rows) {
    const paths = [...where.matchAll(/`((?:src|test|web|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path)
    const pages = [...where.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => `docs/${name}`)
    if (answer === 'met' && where !== 'the same')
      assert.ok(paths.length + pages.length > 0, `${id} names nothing`)
    for (const path of [...paths, ...pages]) assert.ok(existsSync(join(ROOT, path)), `${id}: ${path}`)
    const tests = paths
      .filter((path) => /\.(test|e2e)\.ts$/.test(path))
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    for (const [, title = ''] of where.matchAll(/“([^”]+)”/g))
      assert.ok(
        tests.some((text) => text.includes(`test('${title}'`)),
        `${id}: no test is called “${title}”`,
      )
  }
})
