import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SILENT_WITHIN_SECONDS, silentSeconds } from './suppressions.ts'
import type { UtcTime } from './time.ts'

const DAY = 86_400
const NOW = '2026-11-22T12:00:00.500000Z' as UtcTime
const ago = (days: number): UtcTime =>
  new Date(Date.parse(NOW) - days * DAY * 1_000).toISOString().replace('Z', '000Z') as UtcTime
const nobody = (): boolean => false

test('what was silent adds up, to its early end or to where it ran out, within the time that is counted', () => {
  const by = { suppressedBy: 'otto' }
  const past = [
    { ...by, suppressedAt: ago(20), expiresAt: ago(10), endedAt: null },
    { ...by, suppressedAt: ago(60), expiresAt: ago(30), endedAt: ago(55) },
    { ...by, suppressedAt: ago(200), expiresAt: ago(170), endedAt: null },
    { ...by, suppressedAt: ago(400), expiresAt: ago(380), endedAt: null },
  ]
  assert.equal(silentSeconds(past, NOW, nobody), (10 + 5 + SILENT_WITHIN_SECONDS / DAY - 170) * DAY)
})

test('what somebody who may release silenced does not count', () => {
  const past = [{ suppressedBy: 'bert', suppressedAt: ago(80), expiresAt: ago(1), endedAt: null }]
  assert.equal(
    silentSeconds(past, NOW, (who) => who === 'bert'),
    0,
  )
  assert.equal(silentSeconds(past, NOW, nobody), 79 * DAY)
})
