import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Story } from '../../src/app/index.ts'
import { stageTimes } from './stage-times.ts'

const at = (seconds: number): string => `2026-11-21T10:00:${seconds.toFixed(6).padStart(9, '0')}Z`
const WAITS = { settleMs: 2000, afterMs: 15_000 }

/** Only what is read: the rows of a story hold much more. */
const storyOf = (verifiedAt: string): Story =>
  ({
    issue: { openedAt: at(10.5) },
    events: [{ recordedAt: at(12) }, { recordedAt: at(10) }, { recordedAt: at(1) }],
    analyses: [{ analysisId: 1, analysedAt: at(11) }],
    decisions: [
      {
        decision: { analysisId: 1, createdAt: at(11.25) },
        approvals: [{ approvalStatus: 'APPROVED', approvalTimestamp: at(20) }],
        executions: [
          {
            execution: {
              purpose: 'DO',
              startedAt: at(20.3),
              finishedAt: at(24.3),
              steps: [
                { kind: 'check', startedAt: at(20.3), endedAt: at(21.3) },
                { kind: 'statement', startedAt: at(21.3), endedAt: at(24.2) },
              ],
            },
            verifications: [{ verifiedAt }],
          },
        ],
      },
    ],
  }) as unknown as Story
const STORY = storyOf(at(42.3))

test('each stage is between the times of its rows, without the configured waits', () => {
  const times = stageTimes(STORY, WAITS)
  const rounded = Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, Math.round(ms)]))
  assert.deepEqual(rounded, {
    'event to issue': 500,
    'issue to analysis': 500,
    'analysis to decision': 250,
    'approval to start': 300,
    execution: 4000,
    'execution, our own part': 1100,
    'end to verdict': 1000,
  })
})

test('a verdict that took a second look is measured from that look', () =>
  assert.equal(Math.round(stageTimes(storyOf(at(57.8)), WAITS)['end to verdict'] ?? 0), 1500))

test('a stage that was not reached is absent', () => {
  const times = stageTimes({ ...STORY, decisions: [] }, WAITS)
  assert.deepEqual(Object.keys(times), ['event to issue', 'issue to analysis'])
})
