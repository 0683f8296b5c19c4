import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { keepBusy, PROGRAMS_A_PROCESSOR } from './keep-busy.ts'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the machine is busy until it is stopped, and nothing is left', async () => {
  const programs = keepBusy(60_000)
  assert.equal(programs.pids.length, PROGRAMS_A_PROCESSOR * availableParallelism())
  assert.ok(programs.pids.every(isAlive))
  await programs.stop()
  assert.ok(!programs.pids.some(isAlive))
  await programs.stop()
})
