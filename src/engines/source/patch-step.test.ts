import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readStep, writeStep } from './patch-step.ts'

const DIFF = '--- a/x.js\n+++ b/x.js\n@@ -1 +1 @@\n-a\n+b\n'
const STEP = {
  root: '/srv/app',
  commit: null,
  file: 'x.js',
  before: '0'.repeat(64),
  after: '1'.repeat(64),
  diff: DIFF,
}

test('what is written is read again, whatever root and file are called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.boolean(), (root, file, isCommitted) => {
      const step = { ...STEP, root, file, commit: isCommitted ? 'c'.repeat(40) : null }
      assert.deepEqual(readStep(writeStep(step)), step)
    }),
    // A line separator ends no line of a step.
    { numRuns: 200, examples: [['\u2028', 'a\u2029.js', true]] },
  )
})

test('a text that differs in anything is no step, or another one', () => {
  const text = writeStep(STEP)
  for (const wrong of [
    '',
    DIFF,
    text.replace('repository "/srv/app"', 'repository /srv/app'),
    text.replace('"/srv/app"', ' "/srv/app"'),
    text.replace('"/srv/app"', '"\\u002fsrv/app"'),
    text.replace('"x.js"', '["x.js"]'),
    text.replace('commit none', 'commit main'),
    text.replace(STEP.before, STEP.before.toUpperCase().replace('0', 'A')),
    text.replace('--- a', 'diff a'),
    `\n${text}`,
    text.replaceAll('\n', '\r\n'),
  ])
    assert.equal(readStep(wrong), null, JSON.stringify(wrong))
})
