import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { applyEdits, type Edit, inOrder } from './edits.ts'
import { unifiedDiff } from './unified-diff.ts'

/** What `git apply` makes of the text with the diff. */
function applied(file: string, text: string, diff: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-diff-'))
  try {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
    const ran = spawnSync('git', ['apply', '--whitespace=nowarn', '-'], {
      cwd: folder,
      input: diff,
      encoding: 'utf8',
      env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
    })
    assert.equal(ran.status, 0, `${ran.stderr}\n${diff}`)
    return readFileSync(join(folder, file), 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const line = fc.stringMatching(/^[ab+\- \\@é]{0,6}$/)
const textArbitrary = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n')), { minLength: 1, maxLength: 40 })
  .chain((lines) =>
    fc.boolean().map((ends) => {
      const text = lines.map(([words, end]) => words + end).join('')
      return ends ? text : text.replace(/\r?\n$/, '')
    }),
  )
  .filter((text) => text !== '')

const caseArbitrary = textArbitrary.chain((text) =>
  fc
    .array(
      fc.tuple(
        fc.nat({ max: text.length - 1 }),
        fc.nat({ max: 12 }),
        fc.constantFrom('', '?', 'x\ny', 'long words'),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((changes) => {
      const edits: Edit[] = []
      let from = 0
      for (const [at, length, words] of changes.sort(([a], [b]) => a - b)) {
        const start = Math.max(from, at)
        const end = Math.min(text.length, start + length)
        if (start >= text.length) continue
        edits.push({ start, end, text: words })
        from = end + 1
      }
      return { text, edits: inOrder(edits) ?? [] }
    }),
)

describe('a unified diff', () => {
  test('makes of a file what its edits make of it, when git applies it', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ text, edits }) => {
        const after = applyEdits(text, edits)
        if (after === text || after === '') return
        assert.equal(applied('src/a.ts', text, unifiedDiff('src/a.ts', text, edits)), after)
      }),
      { numRuns: 60 },
    )
  })

  test('names files with spaces, quotes and letters beyond ASCII as git reads them', () => {
    for (const file of ['a b/c d.ts', 'a"b/é\\.ts', 'ü/x.ts']) {
      const diff = unifiedDiff(file, 'one\ntwo\n', [{ start: 0, end: 3, text: '1' }])
      assert.equal(applied(file, 'one\ntwo\n', diff), '1\ntwo\n')
    }
  })

  test('shows three lines around a change and joins changes that are near', () => {
    const text = Array.from({ length: 30 }, (_, index) => `${index}\n`).join('')
    const at = (number: number): Edit => {
      const start = text.indexOf(`\n${number}\n`) + 1
      return { start, end: start + String(number).length, text: 'x' }
    }
    const diff = unifiedDiff('f', text, [at(5), at(11), at(25)])
    assert.deepEqual(diff.match(/^@@.*$/gm), ['@@ -3,13 +3,13 @@', '@@ -23,7 +23,7 @@'])
    assert.equal(unifiedDiff('f', text, []), '')
  })
})
