import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecoveryRecord } from '../../core/recovery-records.ts'
import { readableRecovery } from './recovery-text.ts'

const AT = '2026-11-21T20:00:00.000000Z'
const RECORD: RecoveryRecord = {
  attempts: 7,
  lastAttemptAt: AT,
  enabled: true,
  switched: null,
  watches: [],
  explanation: {
    ...{ summary: 'The table is not there.', rootCause: '1. A migration has not run.', severity: 'WARNING' },
    ...{ retryDecision: 'Trying again does not help.', userAction: 'Migrate.', strategy: 'SELF_HEALING' },
    ...{
      number: 2,
      explainer: 'rules',
      knowledgeId: 'mysql/no-such-table',
      basisDigest: 'a',
      evidence: [],
      at: AT,
    },
  },
  latest: [7, 6, 5, 4, 3, 2].map((number) => ({
    ...{ number, strategy: 'IMMEDIATE', decisionId: null, reasoning: `try ${number}`, evidence: {} },
    ...{ startedAt: AT, endedAt: AT, success: number % 2 === 0 },
  })),
}

test('the words on record say from what they were made, and the newest attempts how they ended', () => {
  const text = readableRecovery(RECORD)
  assert.match(
    text,
    /^Explained 2026-11-21 20:00:00 UTC \(number 2, by rules from knowledge\/mysql\/no-such-table\.yaml\)$/m,
  )
  assert.match(text, /^ {2}WARNING The table is not there\.$/m)
  assert.match(text, /^ {2}to do {5}Migrate\.$/m)
  assert.match(text, /^Recovery: tried 7 times$/m)
  assert.match(text, /7\. IMMEDIATE failed .*: try 7/)
  assert.match(text, /6\. IMMEDIATE succeeded .*: try 6/)
  assert.doesNotMatch(text, /try 2/)
})

test('what is switched off, was never tried, is not ended or was never looked at is said so', () => {
  const { latest, ...rest } = RECORD
  const [first] = latest
  assert.ok(first)
  assert.match(
    readableRecovery({ ...rest, attempts: 0, latest: [], enabled: false }),
    /not tried yet; switched off/,
  )
  const switched = { on: false, by: 'otto', reason: 'the vendor is at it', at: AT }
  assert.match(
    readableRecovery({ ...rest, attempts: 0, latest: [], enabled: false, switched }),
    /Switched off \(otto, 2026-11-21 20:00:00 UTC\): the vendor is at it/,
  )
  const open = { ...first, success: null, endedAt: null, strategy: 'SELF_HEALING', decisionId: 41 } as const
  const text = readableRecovery({ ...rest, attempts: 1, explanation: null, latest: [open] })
  assert.match(text, /^Recovery: tried once\n {2}7\. SELF_HEALING is not ended \(.*, decision 41\)/)
  assert.match(readableRecovery(null), /the analyst \(role reason\)/)
})

test('nothing in a record steers the terminal', () => {
  const { latest, ...rest } = RECORD
  const [first] = latest
  assert.ok(first && rest.explanation)
  const steering = '\u001b[31m'
  const text = readableRecovery({
    ...rest,
    explanation: {
      ...rest.explanation,
      summary: steering,
      userAction: steering,
      knowledgeId: steering,
      explainer: steering,
    },
    switched: { on: false, by: steering, reason: steering, at: AT },
    latest: [{ ...first, reasoning: steering }],
  })
  assert.equal(text.includes('\u001b'), false)
})
