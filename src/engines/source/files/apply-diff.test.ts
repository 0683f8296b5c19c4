import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from '../../../scanner/fix/unified-diff.ts'
import { applyDiff } from './apply-diff.ts'

const NAMES = '--- a/x.js\n+++ b/x.js\n'

describe('a unified diff', () => {
  test('of any one change of any text makes exactly the changed text', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', '\n', '\r\n', ' ', '-', '+', '\\', '@@', 'é'))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, fc.nat(), fc.nat(), (before, put, from, length) => {
        const start = from % (before.length + 1)
        const end = Math.min(before.length, start + (length % 20))
        const after = before.slice(0, start) + put + before.slice(end)
        const diff = unifiedDiff('x.js', before, [{ start, end, text: put }])
        // Of an empty file nothing can be fixed, and no diff is made.
        if (before === '' || before === after) return
        assert.equal(applyDiff(before, diff), after)
      }),
      { numRuns: 500 },
    )
  })

  for (const [what, diff] of Object.entries({
    'another line before': `${NAMES}@@ -1,2 +1,2 @@\n x\n-b\n+c\n`,
    'another line to go': `${NAMES}@@ -1,2 +1,2 @@\n a\n-x\n+c\n`,
    'a line further on': `${NAMES}@@ -2,2 +2,2 @@\n a\n-b\n+c\n`,
    'a line beyond the end': `${NAMES}@@ -9 +9 @@\n-b\n+c\n`,
    'a range that is longer than what follows': `${NAMES}@@ -1,3 +1,3 @@\n a\n-b\n+c\n`,
    'a range that is shorter than what follows': `${NAMES}@@ -1 +1 @@\n a\n-b\n+c\n`,
    'another place after than it says': `${NAMES}@@ -1,2 +2,2 @@\n a\n-b\n+c\n`,
    'a line feed the text does not have': `${NAMES}@@ -3 +3 @@\n-z\n+y\n`,
    'no hunk': NAMES,
    'no names': '@@ -1,2 +1,2 @@\n a\n-b\n+c\n',
    'two files': `${NAMES}@@ -1,2 +1,2 @@\n a\n-b\n+c\n--- a/y.js\n+++ b/y.js\n@@ -3 +3 @@\n-z\n+y\n`,
    'a hunk twice': `${NAMES}@@ -1,2 +1,2 @@\n a\n-b\n+c\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n`,
    nothing: '',
  }))
    test(`with ${what} does not fit`, () => assert.equal(applyDiff('a\nb\nz', diff), null))

  test('says of the last line whether it ends', () => {
    const bare = '\\ No newline at end of file\n'
    assert.equal(applyDiff('a\nz', `${NAMES}@@ -2 +2 @@\n-z\n${bare}+y\n`), 'a\ny\n')
    assert.equal(applyDiff('a\nz\n', `${NAMES}@@ -2 +2 @@\n-z\n+y\n${bare}`), 'a\ny')
  })
})
