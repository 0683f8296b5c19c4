import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarise, type UsageSample } from './usage-summary.ts'

/** Ten minutes: 100 MiB that grow by 6 MiB an hour after a beginning at 150, a tenth of a core, a store of 1 MiB/h. */
const SAMPLES: readonly UsageSample[] = Array.from({ length: 121 }, (_, i) => ({
  atSeconds: i * 5,
  rssMiB: i * 5 < 120 ? 150 : 100 + (i * 5) / 600,
  peakMiB: 151,
  cpuSeconds: 2 + i * 0.5,
  storeBytes: 2 ** 20 * (1 + (i * 5) / 3600),
}))

test('the slope leaves the beginning out, the first minute does not', () => {
  const summary = summarise(SAMPLES, 10)
  assert.equal(summary.firstMinuteMiB, 150)
  assert.ok(Math.abs((summary.slopeMiBPerHour ?? 0) - 6) < 1e-9)
  assert.ok(Math.abs((summary.storeMiBPerHour ?? 0) - 1) < 1e-9)
  assert.ok(summary.lastMinuteMiB > 100.9 && summary.lastMinuteMiB < 101)
  assert.equal(summary.peakMiB, 151)
})

test('processor time counts from the start of the program, and again without the beginning', () => {
  const summary = summarise(SAMPLES, 10)
  assert.ok(Math.abs(summary.cpuPercent - (100 * 62) / 610) < 1e-9)
  assert.ok(Math.abs((summary.steadyCpuPercent ?? 0) - 10) < 1e-9)
})

test('two minutes have no slope, and no samples are refused', () => {
  assert.equal(summarise(SAMPLES.slice(0, 25), 1).slopeMiBPerHour, null)
  assert.throws(() => summarise([], 1), RangeError)
})
