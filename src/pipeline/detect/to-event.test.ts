import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sha256 } from '../../../test/support/pipeline-rows.ts'
import type { Detector, Finding } from '../../core/detector.ts'
import { CONTEXT_BYTES, type FindingOrigin, issueFingerprint, toEvent } from './to-event.ts'

const detector = {
  id: 'mysql/lock-wait',
  version: 2,
  category: 'LOCK_CONTENTION',
  source: 'ACTIVITY_SNAPSHOT',
} as unknown as Detector<never>

const finding: Finding = {
  resourceType: 'table',
  resourceName: 'shop.stock',
  resourceKey: 'shop.stock',
  severity: 'WARNING',
  metricName: 'waiting_sessions',
  metricUnit: 'sessions',
  metricValue: 4,
  limit: 2,
  workload: 30,
  opensAtOnce: false,
  context: { blocker: 12 },
}

const origin: FindingOrigin = {
  targetId: 7,
  instanceUid: 'uid-1',
  epoch: '2026-11-01T00:00:00.000000Z',
  windowStart: '2026-11-21T10:00:00.000000Z',
  windowEnd: '2026-11-21T10:00:10.000000Z',
  partial: false,
}

const event = (
  change: Partial<Finding> = {},
  at: Partial<FindingOrigin> = {},
  kind: 'BREACH' | 'CLEARED' = 'BREACH',
) => toEvent(detector, { ...finding, ...change }, { origin: { ...origin, ...at }, kind, sha256 })

describe('the fingerprint of an issue', () => {
  test('is the same for the same resource, rule, category and server, whatever was measured', () => {
    const other = event(
      { metricValue: 99, severity: 'CRITICAL' },
      { windowEnd: '2026-11-21T11:00:00.000000Z' },
    )
    assert.equal(other.issueFingerprint, event().issueFingerprint)
    assert.equal(event({}, {}, 'CLEARED').issueFingerprint, event().issueFingerprint)
  })

  test('differs by server, category, rule and resource, and no two of them can be confused', () => {
    const parts = { instanceUid: 'a', category: 'b', ruleId: 'c', resourceKey: 'd' }
    const all = [
      parts,
      ...Object.keys(parts).map((key) => ({ ...parts, [key]: 'x' })),
      { ...parts, instanceUid: 'ab', category: '' },
      { ...parts, ruleId: 'c","d', resourceKey: '' },
    ].map((p) => issueFingerprint(sha256, p))
    assert.equal(new Set(all).size, all.length)
  })
})

describe('the dedupe key', () => {
  test('is the same for the same window seen twice', () => assert.equal(event().dedupeKey, event().dedupeKey))

  test('differs by window, kind, target and resource', () => {
    const keys = [
      event(),
      event({}, { windowEnd: '2026-11-21T10:00:20.000000Z' }),
      event({}, {}, 'CLEARED'),
      event({}, { targetId: 8 }),
      event({ resourceKey: 'shop.orders' }),
    ].map((e) => e.dedupeKey)
    assert.equal(new Set(keys).size, keys.length)
  })
})

describe('an event', () => {
  test('says what its detector says, at the end of the window', () => {
    const { rawContext, ...rest } = event()
    assert.equal(rest.eventTimestamp, origin.windowEnd)
    assert.deepEqual(
      [rest.eventKind, rest.severityIndicator, rest.detectionSource, rest.ruleId, rest.ruleVersion],
      ['BREACH', 'WARNING', 'ACTIVITY_SNAPSHOT', 'mysql/lock-wait', 2],
    )
    assert.deepEqual(JSON.parse(rawContext), {
      key: 'shop.stock',
      limit: 2,
      workload: 30,
      facts: { blocker: 12 },
    })
  })

  test('takes the source of the finding where it differs from the detector’s', () =>
    assert.equal(event({ source: 'INNODB_DEADLOCK' }).detectionSource, 'INNODB_DEADLOCK'))

  test('that clears is INFO, whatever the finding says', () =>
    assert.equal(event({ severity: 'CRITICAL' }, {}, 'CLEARED').severityIndicator, 'INFO'))

  test('never has a negative figure', () => assert.equal(event({ metricValue: -1 }).metricValue, 0))

  test('with too much context keeps its key and figures, and says that the rest is gone', () => {
    const facts = { text: 'é'.repeat(CONTEXT_BYTES / 2) }
    const { rawContext } = event({ context: facts })
    assert.deepEqual(JSON.parse(rawContext), {
      key: 'shop.stock',
      limit: 2,
      workload: 30,
      facts: {},
      truncated: true,
    })
    const room = CONTEXT_BYTES - Buffer.byteLength(event({ context: { text: '' } }).rawContext)
    assert.equal(Buffer.byteLength(event({ context: { text: 'x'.repeat(room) } }).rawContext), CONTEXT_BYTES)
    assert.ok(event({ context: { text: 'x'.repeat(room + 1) } }).rawContext.includes('"truncated":true'))
  })

  test('cuts a long name at 400 characters and leaves no half character', () => {
    const name = event({ resourceName: `${'x'.repeat(399)}😀` }).affectedResourceName
    assert.equal(name.length, 400)
    assert.ok(name.isWellFormed())
  })
})
