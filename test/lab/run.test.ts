/** The lab itself on a real server: a fault is healed and passes; a control with a fault in it fails; an abort ends it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadScenarios, runScenario, type Scenario, type ScenarioResult } from '../../src/lab/index.ts'

const scenario = (name: string): Scenario => {
  const found = loadScenarios().find((s) => s.name === name)
  if (found === undefined) throw new Error(`there is no scenario ${name}`)
  return found
}

const run = (which: Scenario, signal = new AbortController().signal): Promise<ScenarioResult> =>
  runScenario({
    scenario: which,
    flavour: 'mariadb',
    controlSeconds: 12,
    log: () => undefined,
    say: () => undefined,
    signal,
  })

const failedChecks = (r: ScenarioResult) => r.checks.filter((c) => !c.ok).map((c) => `${c.what}: ${c.found}`)

describe('the lab', () => {
  test('sees a forgotten transaction found, explained, ended with consent and verified', async () => {
    const result = await run(scenario('idle-reader'))
    assert.deepEqual(failedChecks(result), [])
    assert.equal(result.passed, true)
    const [followed] = result.followed
    assert.ok((followed?.eventAfterMs ?? Number.POSITIVE_INFINITY) < 60_000, 'the event came in time')
    assert.ok((result.effect?.before ?? 0) > (result.effect?.after ?? Number.POSITIVE_INFINITY))
    const approvals = result.stories.flatMap((s) => s.decisions).flatMap((d) => d.approvals)
    assert.ok(approvals.length > 0 && approvals.every((a) => a.signature.length > 0), 'the vote was signed')
  })

  test('fails a control on which something does go wrong', async () => {
    const { fault, setup, drawn } = scenario('missing-index')
    const rigged: Scenario = {
      ...scenario('control-steady-load'),
      setup,
      workload: { steady: true, calmSeconds: 8, sessions: fault.sessions },
    }
    const result = await run(rigged)
    assert.equal(result.passed, false)
    assert.match(
      failedChecks(result).join(),
      new RegExp(`no issue on a healthy server.*${drawn['column.name'] ?? ''}.*MISSING_INDEX`),
    )
  })

  test('ends within seconds when it is told to, as failed', async () => {
    const abort = new AbortController()
    const running = run(scenario('missing-index'), abort.signal)
    setTimeout(() => abort.abort(), 3_000)
    const result = await running
    assert.equal(result.passed, false)
    assert.ok(result.seconds < 20, `it took ${result.seconds} s`)
  })
})
