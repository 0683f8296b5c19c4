import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reading } from '../../core/observer.ts'
import { type Collector, type CollectorTarget, known, unknown, windowBetween } from './collector.ts'
import { CollectorRunner } from './collector-runner.ts'
import type { Replication } from './shapes.ts'
import { TargetError } from './target-error.ts'

const AT = '2026-11-21T10:00:00.000000Z'
const LIFE = { instanceUid: 'u', epoch: AT, version: '9', flavour: 'mysql', weak: false }

interface Bench {
  nowMs: number
  identity: typeof LIFE
  takesMs: number
  /** Part of what a reading takes that it waits for others. */
  waitsMs: number
  waitedMs: number
  stretch: number
  held: Reading<never> | null
  fail: Error | null
  readonly states: (number | null)[]
  readonly nominals: number[]
  readonly ended: string[]
}

function bench(heavy = false, everyMs = 10_000) {
  const world: Bench = {
    nowMs: 0,
    identity: LIFE,
    takesMs: 1,
    waitsMs: 0,
    waitedMs: 0,
    stretch: 1,
    held: null,
    fail: null,
    states: [],
    nominals: [],
    ended: [],
  }
  const collector: Collector<'replication', number> = {
    name: 'replication',
    everyMs,
    heavy,
    async collect(target, before) {
      if (world.fail !== null) throw world.fail
      world.states.push(before)
      world.nominals.push(target.nominalMs)
      world.nowMs += world.takesMs
      world.waitedMs += world.waitsMs
      const value: Replication = { at: AT, epoch: AT, channels: [] }
      return { outcome: known(value, AT, `read ${world.states.length}`), state: world.states.length }
    },
  }
  const runner = new CollectorRunner(collector, {
    stretch: () => world.stretch,
    ended: (_name, how) => world.ended.push(how),
    target: async () => ({ identity: world.identity }) as Omit<CollectorTarget, 'nominalMs'>,
    waitedMs: () => world.waitedMs,
    hold: () => world.held,
    slowCollectorMs: 250,
    pace: 1,
    now: () => world.nowMs,
  })
  const source = async (): Promise<string> => {
    const reading = await runner.read()
    return reading.known ? reading.source : reading.because
  }
  return { world, runner, source }
}

test('everyone who asks within one interval gets the same reading', async () => {
  const { world, runner, source } = bench()
  const together = await Promise.all([runner.read(), runner.read(), runner.read()])
  assert.equal(new Set(together).size, 1)
  world.nowMs += 7_000
  assert.equal(await source(), 'read 1')
  world.nowMs += 1_000
  assert.equal(await source(), 'read 2')
})

test('a stretched interval holds from the next reading on, and each window is judged by the interval it was meant for', async () => {
  const { world, source, runner } = bench()
  await source()
  world.nowMs += 8_000
  world.stretch = 3
  assert.equal(await source(), 'read 2', 'what was due stays due')
  world.nowMs += 20_000
  assert.equal(await source(), 'read 2')
  world.nowMs += 4_000
  world.stretch = 1
  assert.equal(await source(), 'read 3')
  world.nowMs += 8_000
  assert.equal(await source(), 'read 4')
  assert.deepEqual(world.nominals, [10_000, 10_000, 30_000, 10_000])
  assert.equal(runner.times, 1)
})

test('what is to be read more often is so from the reading that was made last, unless it is slow', async () => {
  const { world, source, runner } = bench()
  await source()
  world.nowMs += 4_000
  assert.equal(await source(), 'read 1')
  world.stretch = 0.5
  assert.equal(await source(), 'read 2')
  world.nowMs += 3_900
  assert.equal(await source(), 'read 2')
  world.nowMs += 100
  world.takesMs = 400
  assert.equal(await source(), 'read 3')
  assert.equal(runner.times, 2)
  world.nowMs += 15_000
  assert.equal(await source(), 'read 3')
})

test('a slow collector is read half as often each time, and as before when it is quick again', async () => {
  const { world, source } = bench()
  world.takesMs = 400
  for (let i = 0; i < 8; i += 1) {
    await source()
    world.nowMs += 400_000
  }
  assert.deepEqual(world.nominals.slice(0, 5), [10_000, 20_000, 40_000, 60_000, 60_000])
  world.takesMs = 1
  for (let i = 0; i < 8; i += 1) {
    await source()
    world.nowMs += 400_000
  }
  assert.equal(world.nominals.at(-1), 10_000)
})

test('waiting for other targets on the same server makes no reading slow', async () => {
  const { world, runner, source } = bench()
  world.takesMs = 400
  world.waitsMs = 300
  await source()
  assert.equal(runner.times, 1)
  world.nowMs += 10_000
  world.waitsMs = 0
  await source()
  assert.equal(runner.times, 2)
})

test('what it remembers ends with the life of the server', async () => {
  const { world, source } = bench()
  await source()
  world.nowMs += 8_000
  await source()
  world.identity = { ...LIFE, epoch: '2026-11-21T10:05:00.000000Z' }
  world.nowMs += 8_000
  await source()
  world.identity = { ...world.identity, instanceUid: 'another' }
  world.nowMs += 8_000
  await source()
  assert.deepEqual(world.states, [null, 1, null, null])
})

test('a clock that was stepped by two seconds is the same life', async () => {
  const { world, source } = bench()
  await source()
  world.identity = { ...LIFE, epoch: '2026-11-21T10:00:02.000000Z' }
  world.nowMs += 8_000
  await source()
  assert.deepEqual(world.states, [null, 1])
})

test('a failure is an unknown reading, keeps what is remembered, and is tried again', async () => {
  const { world, runner, source } = bench()
  await source()
  world.fail = new TargetError('DBM_TARGET_LOST', { target: 't', reason: 'the server closed it' })
  world.nowMs += 8_000
  const reading = await runner.read()
  assert.ok(!reading.known && reading.because.includes('the server closed it') && reading.toProceed !== '')
  world.fail = null
  world.nowMs += 5_001
  assert.equal(await source(), 'read 2')
  assert.deepEqual(world.states, [null, 1])
  assert.deepEqual(world.ended, ['read', 'failed', 'read'], 'what each cost is known')
})

test('slow facts that failed dearly are not tried again every minute', async () => {
  const { world, source } = bench(true, 900_000)
  world.fail = new TargetError('DBM_TARGET_LOST', { target: 't', reason: 'the server closed it' })
  world.stretch = 8
  await source()
  world.fail = null
  world.nowMs += 8 * 60_000 - 1
  assert.notEqual(await source(), 'read 1')
  world.nowMs += 1
  assert.equal(await source(), 'read 1')
})

test('the text of an error that is not ours never gets out', async () => {
  const { world, runner } = bench()
  world.fail = new Error("Duplicate entry 'alice@example.com' for key 'email'")
  const reading = await runner.read()
  assert.ok(!reading.known && !JSON.stringify(reading).includes('alice'))
})

test('held back, a window of counters is unknown; slow facts stand in for three intervals', async () => {
  const [window, facts] = [bench(false), bench(true)]
  for (const { world, source } of [window, facts]) {
    await source()
    world.held = unknown('not now', 'later')
    world.nowMs += 9_000
  }
  assert.equal(await window.source(), 'not now')
  assert.equal(await facts.source(), 'read 1')
  facts.world.nowMs += 30_000
  assert.equal(await facts.source(), 'not now')
})

test('an interval under half or over three times the nominal one is discarded', () => {
  const target = { identity: LIFE, nominalMs: 10_000 }
  const at = (seconds: number): string => `2026-11-21T10:00:${String(seconds).padStart(2, '0')}.000000Z`
  assert.ok('discarded' in windowBetween(target, at(0), at(4)))
  assert.ok('elapsedMs' in windowBetween(target, at(0), at(5)))
  assert.ok('elapsedMs' in windowBetween(target, at(0), at(30)))
  assert.ok('discarded' in windowBetween(target, at(0), at(31)))
  assert.ok('discarded' in windowBetween(target, at(10), at(5)), 'a clock that was set back')
})
