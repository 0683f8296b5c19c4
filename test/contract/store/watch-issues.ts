/** A watch that fails is an issue of its error: opened, counted and ended by what the looks show, whoever observes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ReportedFailures } from '../../../src/app/reported-failures.ts'
import { sha256 as digest } from '../../../src/app/sha256.ts'
import { readWatchedFailures } from '../../../src/app/watched-failures.ts'
import { ISSUE_STATES, TERMINAL_ISSUE_STATES } from '../../../src/core/lifecycle.ts'
import type { Issue } from '../../../src/core/nouns.ts'
import type { Observer } from '../../../src/core/observer.ts'
import { fromMs, toMs } from '../../../src/core/time.ts'
import { reportedError } from '../../../src/detectors/mysql/reported-error.ts'
import { closeCleared, OPENING_RULE, openIssues } from '../../../src/pipeline/analyze/open-issues.ts'
import { TargetWatch } from '../../../src/pipeline/detect/index.ts'
import { INSTANCE, makeIssue } from '../../support/pipeline-rows.ts'
import { Watching } from '../../support/watching.ts'
import type { StoreContext } from './context.ts'

const there = async () => ({
  ...{ known: true, at: 'x', source: 'x' },
  value: { table: 'guarded', columns: [{ column: 'code' }] },
})
const gone = async () => ({ known: true, at: 'x', source: 'x', value: null })
const hidden = async () => ({ known: false, because: 'the catalog is hidden', toProceed: 'Grant it.' })
const full = async () => ({
  ...{ known: true, at: 'x', source: 'x' },
  value: {
    ...{ schema: 'shop', table: 'full', column: 'id', columnType: 'tinyint', usedPercent: 91, readAt: null },
  },
})

/** Windows in which nothing is the matter before it counts as well again. */
const CLOSING_WINDOWS = 3

/** The contract of issues that watches open. */
export function watchIssueContract({ world, server }: StoreContext): void {
  const made = new Map<string, Watching>()
  const watching = (failureType: string, code: string, object: string): Watching => {
    const known = made.get(object) ?? new Watching(world(), server(), { code, failureType, object })
    made.set(object, known)
    return known
  }
  const column = () => watching('COLUMN_NOT_FOUND', '1054', 'shop.guarded.code')
  const ids = () => watching('DUPLICATE_KEY', '1062', 'shop.full.PRIMARY')

  /** A process that observes the target from now on, through its detector of errors alone. */
  const observer = async () => {
    const { store, targetId } = world()
    const target = (await store.read.targets()).find((each) => each.targetId === targetId)
    if (target === undefined) throw new Error('the world has no target')
    const reported = new ReportedFailures(targetId, store.observe)
    const epoch = fromMs(toMs(await store.read.now()) - 86_400_000)
    const value = { instanceUid: INSTANCE, epoch, version: '10.11', flavour: 'mariadb', weak: false }
    const of = {
      identity: async () => ({ known: true, at: await store.read.now(), source: 'test', value }),
      read: (name: string) =>
        name === 'reportedFailures' ? reported.read() : readWatchedFailures(targetId, store.observe),
      cost: () => ({ stretched: {}, shed: [], shedsMuch: false, busyMsPerSecond: 0, sharePercent: null }),
      attend: () => undefined,
    }
    const watch = new TargetWatch<never, never>({
      target,
      observer: of as unknown as Observer<never, never>,
      detectors: [reportedError as never],
      series: async () => [],
      port: store.observe,
      storeNow: () => store.read.now(),
      sha256: digest,
      log: () => undefined,
      closing: { windows: CLOSING_WINDOWS, belowShare: 0.7, workloadShare: 0.2 },
      thresholds: { 'mysql/reported-error': { lookAgeSeconds: 0 } },
      paceFactor: 1,
      random: () => 0.5,
    })
    let nowMs = 0
    return {
      /** So many windows further, a minute each. */
      windows: async (count = 1): Promise<void> => {
        for (let i = 0; i < count; i += 1) {
          nowMs += 60_000
          await watch.tick(nowMs)
        }
      },
    }
  }
  let observing: Awaited<ReturnType<typeof observer>>
  const told = { log: () => undefined, nameOf: async () => 'a target' }
  let afterEventId = 0
  /** What the analyst makes of the events since the first of these tests. */
  const analyst = async (): Promise<void> => {
    await openIssues(world().store.reason, { afterEventId }, { rule: OPENING_RULE, ...told, limit: 200 })
  }
  const issuesOf = async (of: Watching): Promise<readonly Issue[]> => {
    const { targetId, store } = world()
    const all = await store.read.issues({ targetId, limit: 200 })
    const own: Issue[] = []
    for (const issue of all) {
      const [event] = await store.read.events({ issueFingerprint: issue.issueFingerprint, limit: 1 })
      if (event?.rawContext.includes(of.signature) === true) own.push(issue)
    }
    return own
  }
  const isOpen = (issue: Issue) =>
    ISSUE_STATES.includes(issue.issueStatus) && !TERMINAL_ISSUE_STATES.includes(issue.issueStatus)
  const openOf = async (of: Watching): Promise<readonly Issue[]> => (await issuesOf(of)).filter(isOpen)
  const shown = async (of: Watching) =>
    (await issuesOf(of)).map(({ issueStatus, occurrenceCount }) => [issueStatus, occurrenceCount])
  const endCleared = async (of: Watching): Promise<void> => {
    const { reason } = world().store
    for (const { issueId, issueStatus } of await openOf(of))
      if (issueStatus === 'DETECTED') await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
    await closeCleared(reason, told)
  }

  describe('issues of watches', () => {
    test('a look that fails opens the issue of its error, with what was asked and answered', async () => {
      afterEventId = (await world().store.read.events({ limit: 1 }))[0]?.eventId ?? 0
      await column().met(10)
      await column().watch(there)
      await column().accept((await column().of('column-exists')).watchId)
      observing = await observer()
      await observing.windows(2)
      await column().watch(gone)
      assert.deepEqual(await shown(column()), [], 'a look alone is none')
      await observing.windows()
      await analyst()
      const [issue] = await issuesOf(column())
      assert.deepEqual(
        [issue?.issueStatus, issue?.issueCategory, issue?.severity, issue?.occurrenceCount, issue?.ruleId],
        ['DETECTED', 'APPLICATION', 'WARNING', 1, 'mysql/reported-error'],
      )
      assert.deepEqual(
        [issue?.affectedResourceType, issue?.affectedResourceName],
        ['failure', 'COLUMN_NOT_FOUND of shop.guarded.code (mariadb 1054)'],
      )
      const [event] = await world().store.read.events({
        issueFingerprint: issue?.issueFingerprint ?? '',
        limit: 1,
      })
      const { look, watchId } = await column().of('column-exists')
      const context = JSON.parse(event?.rawContext ?? '{}') as { key: string; facts: { watches: object[] } }
      assert.equal(context.key, column().signature)
      assert.deepEqual(context.facts.watches, [
        {
          ...{ watchId, kind: 'column-exists', subject: 'shop.guarded.code', asked: 'table', limit: null },
          ...{ everySeconds: 3600, look: look?.number, value: null, says: look?.says, at: look?.at },
          failsSince: look?.at,
        },
      ])
      assert.deepEqual(
        [event?.detectionSource, event?.windowEnd, event?.metricName],
        ['CATALOG_SCAN', look?.at, 'failing_watches'],
      )
    })

    test('the same look counts once, also after a restart and to a second observer', async () => {
      await observing.windows(CLOSING_WINDOWS + 2)
      const second = await observer()
      await second.windows(CLOSING_WINDOWS + 2)
      await analyst()
      assert.deepEqual(await shown(column()), [['DETECTED', 1]])
    })

    test('a further look that fails counts on it, one that is unknown neither counts nor ends it', async () => {
      await column().later(61)
      await column().watch(gone)
      await observing.windows()
      await analyst()
      assert.deepEqual(await shown(column()), [['DETECTED', 2]])
      await column().later(61)
      await column().watch(hidden)
      assert.equal((await column().of('column-exists')).look?.result, 'UNKNOWN')
      await observing.windows(CLOSING_WINDOWS + 2)
      await analyst()
      await endCleared(column())
      assert.equal((await openOf(column())).length, 1)
    })

    test('calls that meet the error open no second one beside it', async () => {
      for (let window = 0; window < 4; window += 1) {
        await column().met(1)
        await observing.windows()
      }
      await analyst()
      assert.equal((await openOf(column())).length, 1)
      assert.equal((await issuesOf(column())).length, 1)
    })

    test('a look that holds again ends it by the ordinary windows, whoever observes by then', async () => {
      await column().later(61)
      await column().watch(there)
      observing = await observer()
      await observing.windows(CLOSING_WINDOWS)
      await endCleared(column())
      assert.equal((await openOf(column())).length, 1, 'a window too few: the first of a process only counts')
      await observing.windows(1)
      await endCleared(column())
      assert.deepEqual(
        (await issuesOf(column())).map(({ issueStatus }) => issueStatus),
        ['CLOSED'],
      )
    })

    test('an issue that opens after its observer is gone, and whose look holds by then, ends as well', async () => {
      await column().later(61)
      await column().watch(gone)
      await observing.windows()
      await column().later(61)
      await column().watch(there)
      observing = await observer()
      await observing.windows(CLOSING_WINDOWS + 2)
      // Only now the analyst comes to the event.
      await analyst()
      assert.equal((await openOf(column())).length, 1)
      await observing.windows(CLOSING_WINDOWS + 2)
      await endCleared(column())
      assert.deepEqual(await openOf(column()), [])
      const [newest] = await issuesOf(column())
      assert.notEqual(newest?.recurrenceOfIssueId, null, 'it came back')
    })

    test('the end of a watch that fails ends its issue', async () => {
      await column().later(61)
      await column().watch(gone)
      await observing.windows()
      await analyst()
      assert.equal((await openOf(column())).length, 1)
      const { watchId } = await column().of('column-exists')
      await world().store.serve.endWatch({ workspaceId: null, watchId, by: 'carl' })
      observing = await observer()
      await observing.windows(CLOSING_WINDOWS + 1)
      await endCleared(column())
      assert.deepEqual(await openOf(column()), [])
    })

    test('where a detector has an open issue of the same, the watch opens none; of a later one it lets its own go', async () => {
      await ids().met(10)
      await ids().watch(full)
      await ids().accept((await ids().of('id-headroom')).watchId)
      await ids().watch(full)
      assert.equal((await ids().of('id-headroom')).look?.result, 'FAILS')
      const detected = () =>
        makeIssue(world(), 'shop.full.id', {
          ...{ ruleId: 'mysql/id-exhaustion', issueCategory: 'SCHEMA_CAPACITY' },
        })
      const first = await detected()
      await observing.windows(2)
      await analyst()
      assert.deepEqual(await shown(ids()), [])
      await world().store.reason.moveIssue(first, 'DETECTED', 'CANCELLED')
      await observing.windows()
      await analyst()
      assert.equal((await openOf(ids())).length, 1, 'nothing else tells of it now')
      await detected()
      await observing.windows(CLOSING_WINDOWS + 1)
      await endCleared(ids())
      assert.deepEqual(await openOf(ids()), [])
      await world().store.serve.endWatch({
        ...{ workspaceId: null, by: 'carl' },
        watchId: (await ids().of('id-headroom')).watchId,
      })
    })
  })
}
