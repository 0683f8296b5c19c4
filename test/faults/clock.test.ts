/** A target whose clock is off: it is said, and what is kept of it is on the store's clock all the same. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Database from 'better-sqlite3'
import { onEachServer } from '../support/each-server.ts'
import { type Forwarder, openForwarder } from '../support/forwarder.ts'
import { prepareTarget } from '../support/mysql-target.ts'
import { shiftedClock } from '../support/shifted-clock.ts'
import { QUICK, SECRETS, type Started, targetOf, troubleFolder } from '../support/trouble.ts'
import { until } from '../support/until.ts'

const HOUR = 3_600

onEachServer('targets whose clocks are an hour off', ({ server }) => {
  const place = troubleFolder()
  const doors: Forwarder[] = []
  let started: Started

  before(async () => {
    await prepareTarget(server())
    const ahead = await openForwarder(server().port, { rewrite: shiftedClock(HOUR) })
    const behind = await openForwarder(server().port, { rewrite: shiftedClock(-HOUR) })
    doors.push(ahead, behind)
    const targets = [targetOf('right', server()), targetOf('ahead', ahead), targetOf('behind', behind)]
    place.configure({ ...QUICK, targets })
    started = place.start({ env: SECRETS })
  })
  after(async () => {
    await place.remove()
    for (const door of doors) door.close()
  })

  test('are named with the difference, its direction and what to do', async () => {
    for (const [name, direction] of [
      ['ahead', 'ahead of'],
      ['behind', 'behind'],
    ] as const) {
      const { message } = await started.trouble('DBM_TARGET_CLOCK', name)
      const seconds = Number(/is (\d+) s/.exec(message)?.[1])
      assert.ok(Math.abs(seconds - HOUR) <= 7, message)
      assert.ok(message.includes(`s ${direction} the store’s`), message)
    }
  })

  test('have their windows on the store’s clock, so that before and after a run stay apart', async () => {
    const newest = (name: string): number | null => {
      const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
      try {
        const at = store
          .prepare(
            'SELECT MAX(window_end) FROM metric_samples JOIN targets USING (target_id) WHERE target_name = ?',
          )
          .pluck()
          .get(name) as string | null
        return at === null ? null : Date.parse(at)
      } finally {
        store.close()
      }
    }
    for (const name of ['right', 'ahead', 'behind']) {
      await until(
        () => newest(name) !== null,
        `windows of ${name}`,
        () => started.said(),
      )
      const off = Math.abs(Date.now() - (newest(name) ?? 0))
      assert.ok(off < 30_000, `the newest window of ${name} is ${off} ms off`)
    }
  })

  test('and one that is right is not named', async () => {
    assert.ok(
      !started.lines.some((l) => l.code === 'DBM_TARGET_CLOCK' && l.target === 'right'),
      started.said(),
    )
    await started.stop()
  })
})
