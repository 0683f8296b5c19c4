import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readableLine } from './logger.ts'

const line = (fields: object): string =>
  readableLine(JSON.stringify({ level: 40, time: '2026-11-21T03:00:01.234Z', message: 'trouble', ...fields }))

test('a line for people has time, level, stage, message, fields and the next step', () => {
  assert.equal(
    line({
      stage: 'decide',
      issue: 7,
      confidence: 0.98901305,
      because: 'no room',
      after: null,
      next: 'Make room.',
    }),
    '03:00:01 WARN  decide  trouble issue=7 confidence=0.989 because="no room"\n         next: Make room.\n',
  )
})

test('a name in a field cannot begin a line, steer the terminal or pass for another field', () => {
  const said = line({ stage: 'detect', target: 'a\n03:00:02 INFO\u001b[2J\u202e\u2028 issue=9' })
  assert.equal(said.split('\n').length, 2, said)
  assert.doesNotMatch(said.trimEnd(), /[\p{Cc}\p{Cf}\u2028]/u)
  assert.match(said, /target=".* issue=9"\n$/)
})
