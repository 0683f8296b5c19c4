import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { openFull } from '../../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../../test/store/support/stores.ts'
import { makeWorld, newEvent, sha256, type World } from '../../../test/support/pipeline-rows.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { LogLine } from '../../core/log.ts'
import type { DetectionEvent, NewDetectionEvent } from '../../core/nouns.ts'
import { targetNames } from '../../core/target-names.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { closeCleared, MOST_FAILED_TURNS, OPENING_RULE, openIssues, opens } from './open-issues.ts'

const T0 = Date.parse('2026-11-21T10:00:00Z')
const WIDTH = 10_000

/** The event of window `n` (0, 1, …). */
function at(n: number, change: Partial<DetectionEvent> = {}): DetectionEvent {
  return {
    eventId: n,
    eventKind: 'BREACH',
    severityIndicator: 'WARNING',
    partial: false,
    opensAtOnce: false,
    windowStart: fromMs(T0 + n * WIDTH),
    windowEnd: fromMs(T0 + (n + 1) * WIDTH),
    recordedAt: fromMs(T0 + (n + 1) * WIDTH + 50),
    ...change,
  } as DetectionEvent
}
/** Do these windows open an issue? Given oldest first, looked at newest first. */
const opened = (events: readonly DetectionEvent[], afterRecorded: string | null = null): boolean =>
  opens([...events].reverse(), OPENING_RULE, afterRecorded) !== null

describe('a resource over its limit', () => {
  test('opens an issue in three of five windows', () => {
    assert.equal(opened([at(0), at(1)]), false)
    assert.equal(opened([at(0), at(1), at(2)]), true)
    assert.equal(opened([at(0), at(2), at(4)]), true)
    assert.equal(opened([at(0), at(3), at(5)]), false, 'the first of six does not count')
    assert.equal(opened([at(0), at(30), at(31)]), false)
  })

  test('does so in three of any five consecutive windows and in no fewer', () =>
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (history) => {
        const events = history.flatMap((breach, n) => (breach ? [at(n)] : []))
        const last = history.lastIndexOf(true)
        const five = history.slice(Math.max(0, last - 4), last + 1).filter(Boolean).length
        assert.equal(opened(events), five >= 3)
      }),
    ))

  test('does so although windows are jittered by a fifth, whichever of them is the newest', () => {
    const lengths = [12_000, 12_000, 12_000, 12_000, 8_000]
    let start = T0
    const events = lengths.map((length, n) => {
      const event = at(n, { windowStart: fromMs(start), windowEnd: fromMs(start + length) })
      start += length
      return event
    })
    assert.equal(opened([events[0], events[2], events[4]].filter((e) => e !== undefined)), true)
  })

  test('is not counted twice for two events of one window', () => {
    const twice = [at(0), at(0, { eventId: 10 }), at(0, { eventId: 11 })]
    assert.equal(opened(twice), false)
  })

  test('opens one at once where it is critical, or of a kind that says so', () => {
    assert.equal(opened([at(0, { severityIndicator: 'CRITICAL' })]), true)
    assert.equal(opened([at(0, { opensAtOnce: true })]), true)
  })

  test('never opens one by partial windows, however many and critical', () => {
    const partial = { partial: true, severityIndicator: 'CRITICAL', opensAtOnce: true } as const
    assert.equal(opened([at(0, partial), at(1, partial), at(2, partial), at(3, partial)]), false)
    assert.equal(opened([at(0), at(1, partial), at(2)]), false)
  })

  test('never opens one by notices', () =>
    assert.equal(
      opened([0, 1, 2, 3].map((n) => at(n, { eventKind: 'NOTICE', severityIndicator: 'INFO' }))),
      false,
    ))

  test('starts to count again after it cleared', () => {
    const cleared = at(3, { eventKind: 'CLEARED', severityIndicator: 'INFO' })
    assert.equal(opened([at(0), at(1), at(2), cleared]), false)
    assert.equal(opened([at(1), at(2), cleared, at(4)]), false)
    assert.equal(opened([cleared, at(4), at(5), at(6)]), true)
  })

  test('starts to count again after an earlier issue of it ended', () => {
    const events = [at(0), at(1), at(2), at(3)]
    assert.equal(opened(events, at(1).recordedAt), false)
    assert.equal(opened([...events, at(4)], at(1).recordedAt), true)
  })
})

describe('issues in the store', () => {
  let server: TestStore
  let world: World
  const lines: LogLine[] = []
  const log = (line: LogLine): void => void lines.push(line)
  const told = { log, nameOf: (targetId: number) => targetNames(world.store.read)(targetId) }
  const options = { rule: OPENING_RULE, ...told, limit: 200 }
  const cursor: { afterEventId: number; failedTurns?: number } = { afterEventId: 0 }

  before(async () => {
    server = await startStore('sqlite')
    world = await makeWorld(await openFull(server))
  })
  after(async () => {
    await world.store.close()
    await server.stop()
  })

  let clock = 0
  const append = async (resource: string, change: Partial<NewDetectionEvent> = {}): Promise<void> => {
    clock += 1
    const now = await world.store.read.now()
    const windowEnd = fromMs(toMs(now) + clock * WIDTH)
    const event = await newEvent(world, resource, {
      windowStart: fromMs(toMs(windowEnd) - WIDTH),
      windowEnd,
      ...change,
    })
    await world.store.observe.appendEvents([event])
  }
  /** Waits for the next millisecond of the store: what is recorded in the one of a closing counts as before it. */
  const nextInstant = async (): Promise<void> => {
    const now = await world.store.read.now()
    while ((await world.store.read.now()) === now) await sleep(1)
  }
  const turn = (): Promise<readonly number[]> => openIssues(world.store.reason, cursor, options)
  const issueOf = async (resource: string) => world.store.reason.openIssueOf(sha256(resource))

  test('open at the third window, count further ones, and only ever rise in severity', async () => {
    await append('orders')
    await append('orders')
    assert.deepEqual(await turn(), [])
    await append('orders')
    const [issueId] = await turn()
    assert.ok(issueId)
    assert.deepEqual(await turn(), [], 'seen events are not looked at again')
    await append('orders', { severityIndicator: 'CRITICAL' })
    await append('orders')
    await turn()
    const issue = await world.store.read.issue(issueId)
    assert.deepEqual(
      [issue?.occurrenceCount, issue?.severity, issue?.issueStatus],
      [5, 'CRITICAL', 'DETECTED'],
    )
  })

  test('are opened once by two analysts', async () => {
    await append('twice', { opensAtOnce: true })
    const [a, b] = await Promise.all([
      openIssues(world.store.reason, { afterEventId: 0 }, options),
      openIssues(world.store.reason, { afterEventId: 0 }, options),
    ])
    const mine = await issueOf('twice')
    assert.equal([...a, ...b].filter((id) => id === mine?.issueId).length, 1)
  })

  test('open and are counted for a server that is another target’s now, each for its own target', async () => {
    const other = await world.store.serve.addTarget({
      targetName: 'moved-to',
      engine: 'mysql',
      connection: {},
    })
    const errors = (): number => lines.filter((l) => l.level === 'error').length
    const before = errors()
    await append('moved')
    await append('moved')
    await append('moved', { targetId: other })
    await turn()
    const issue = await issueOf('moved')
    assert.deepEqual([issue?.targetId, issue?.occurrenceCount], [other, 1])
    await append('moved')
    await turn()
    assert.equal((await issueOf('moved'))?.occurrenceCount, 1, 'of the other target')
    await append('moved', { targetId: other })
    await turn()
    assert.equal((await issueOf('moved'))?.occurrenceCount, 2)
    assert.equal(errors(), before)
  })

  test('end where their server is watched under another name only, and open again under that', async () => {
    const other = await world.store.serve.addTarget({
      targetName: 'renamed-to',
      engine: 'mysql',
      connection: {},
    })
    await append('renamed', { opensAtOnce: true })
    await turn()
    const first = await issueOf('renamed')
    assert.ok(first)
    await world.store.reason.moveIssue(first.issueId, 'DETECTED', 'UNDER_ANALYSIS')
    const soon = { targetId: other, opensAtOnce: true }
    await append('renamed', soon)
    await turn()
    assert.equal((await issueOf('renamed'))?.targetId, first.targetId, 'it may be a restart of ours')
    clock += 100
    await append('renamed', soon)
    await turn()
    assert.equal((await world.store.read.issue(first.issueId))?.issueStatus, 'CLOSED')
    await nextInstant()
    await append('renamed', soon)
    await turn()
    const again = await issueOf('renamed')
    assert.deepEqual([again?.targetId, again?.recurrenceOfIssueId], [other, first.issueId])
  })

  test('end when the condition clears before anybody decided, and come back as a recurrence', async () => {
    await append('passing', { opensAtOnce: true })
    await turn()
    const first = await issueOf('passing')
    assert.ok(first)
    await append('passing', { eventKind: 'CLEARED', severityIndicator: 'INFO' })
    assert.equal(await closeCleared(world.store.reason, told), 0, 'an issue nobody has looked at yet stays')
    await world.store.reason.moveIssue(first.issueId, 'DETECTED', 'UNDER_ANALYSIS')
    assert.equal(await closeCleared(world.store.reason, told), 1)
    assert.equal((await world.store.read.issue(first.issueId))?.issueStatus, 'CLOSED')
    const about = lines.filter((l) => l.issue === first.issueId)
    assert.deepEqual(
      about.map((l) => [l.message, l.target]),
      [
        ['issue opened', 'shop'],
        ['the condition cleared by itself', 'shop'],
      ],
    )
    await turn()
    assert.equal(await issueOf('passing'), null)
    await nextInstant()
    await append('passing', { opensAtOnce: true })
    await turn()
    assert.equal((await issueOf('passing'))?.recurrenceOfIssueId, first.issueId)
  })

  /** An issue of it that ended, and its suppression. */
  const suppressed = async (resource: string): Promise<number> => {
    await append(resource, { opensAtOnce: true })
    await turn()
    const issue = await issueOf(resource)
    assert.ok(issue)
    const { reason, serve } = world.store
    const [suppressionId] = [
      await serve.suppress({ issueId: issue.issueId, seconds: 600, reason: 'known', by: 'anna' }),
      await reason.moveIssue(issue.issueId, 'DETECTED', 'UNDER_ANALYSIS'),
      await reason.moveIssue(issue.issueId, 'UNDER_ANALYSIS', 'NO_ACTION'),
      await reason.moveIssue(issue.issueId, 'NO_ACTION', 'CLOSED'),
    ]
    await nextInstant()
    return suppressionId
  }
  const heldBy = async (suppressionId: number) =>
    (await world.store.read.suppressions({ suppressionId, after: null, limit: 1 })).rows[0]?.heldCount

  test('do not open while they are suppressed: events go on, an episode is counted once, and after the end it opens', async () => {
    const suppressionId = await suppressed('quiet')
    for (let window = 0; window < 3; window += 1) await append('quiet')
    assert.deepEqual(await turn(), [])
    assert.equal(await heldBy(suppressionId), 1)
    await append('quiet')
    await turn()
    assert.equal(await heldBy(suppressionId), 1, 'it goes on, and is one issue')
    await append('quiet', { eventKind: 'CLEARED', severityIndicator: 'INFO' })
    for (let window = 0; window < 3; window += 1) await append('quiet')
    await openIssues(world.store.reason, { afterEventId: 0 }, options)
    assert.equal(await heldBy(suppressionId), 2, 'it cleared and came back, seen by a copy that just began')
    assert.equal(await issueOf('quiet'), null)
    const events = await world.store.read.events({ issueFingerprint: sha256('quiet'), limit: 100 })
    assert.equal(events.length, 9, 'every event is on record')
    assert.equal(lines.filter((each) => each.suppression === suppressionId).length, 2)

    await world.store.serve.endSuppression(suppressionId, 'bert')
    await append('quiet')
    const [issueId] = await turn()
    assert.equal((await issueOf('quiet'))?.issueId, issueId)
  })

  test('that are worse than what was suppressed open all the same', async () => {
    const suppressionId = await suppressed('worse')
    await append('worse', { opensAtOnce: true })
    await turn()
    assert.deepEqual([await issueOf('worse'), await heldBy(suppressionId)], [null, 1])
    await append('worse', { severityIndicator: 'CRITICAL' })
    await turn()
    assert.equal((await issueOf('worse'))?.severity, 'CRITICAL')
  })

  test('are held by the store where an analyst does not look', async () => {
    await suppressed('blind')
    const { reason } = world.store
    await append('blind', { opensAtOnce: true })
    const blind = { ...reason, holding: async () => null }
    const from = cursor.afterEventId
    assert.deepEqual(await openIssues(blind, cursor, options), [])
    assert.ok(lines.some((each) => each.level === 'error' && /GOV-119/.test(each.message)))
    assert.equal(cursor.afterEventId, from, 'it is tried again')
    assert.deepEqual(await turn(), [])
    assert.equal(await issueOf('blind'), null)
  })

  test('of one fingerprint that fails hold up no other, and the cursor waits for it a bounded time', async () => {
    await append('poison', { opensAtOnce: true })
    await append('healthy', { opensAtOnce: true })
    const start = cursor.afterEventId
    const { reason } = world.store
    const failing = {
      ...reason,
      openIssueOf: async (fingerprint: string) => {
        if (fingerprint === sha256('poison')) throw new Error('the store said no')
        return reason.openIssueOf(fingerprint)
      },
    }
    for (let i = 1; i < MOST_FAILED_TURNS; i += 1) {
      await openIssues(failing, cursor, options)
      assert.ok(await issueOf('healthy'))
      assert.equal(cursor.afterEventId, start, 'it is tried again')
    }
    await openIssues(failing, cursor, options)
    assert.ok(cursor.afterEventId > start, 'and then no more')
    assert.ok(lines.some((l) => l.message === 'the store said no'))
    assert.equal(await issueOf('poison'), null)
  })

  test('wait for a store that cannot be used as long as that takes', async () => {
    await append('while full', { opensAtOnce: true })
    const { reason } = world.store
    const openIssue = async (): Promise<never> => {
      throw new DbmedicError('DBM_STORE_FULL', { address: 'store', reason: 'SQLITE_FULL' })
    }
    for (let i = 0; i <= 2 * MOST_FAILED_TURNS; i += 1)
      await assert.rejects(openIssues({ ...reason, openIssue }, cursor, options), { code: 'DBM_STORE_FULL' })
    await openIssues(reason, cursor, options)
    assert.ok(await issueOf('while full'))
  })
})
