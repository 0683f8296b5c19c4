/**
 * How often a verification is wrong, counted on simulated servers: what it takes for the work of an action where nothing
 * was done, in every kind of drift, and what it finds where something was.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Counted, countVerdicts, EFFECTS, REGIMES } from '../../../test/support/drift-regimes.ts'
import { FINISHED, type Workload } from '../../../test/support/workload-samples.ts'

const SEEDS = Number(process.env['DBMEDIC_VERDICT_SEEDS'] ?? 10)
/** Of all runs, and of those in any one kind of drift, percent. */
const MOST_WRONG_PERCENT = 5
const MOST_WRONG_OF_ONE_PERCENT = 10

const percent = (part: number, counts: Counted): number =>
  (100 * part) / Object.values(counts).reduce((sum, n) => sum + n, 0)

const counted = (regime: string, effect: string, seeds = SEEDS): Promise<Counted> => {
  const [drawn, factor] = [REGIMES[regime], EFFECTS[effect]]
  assert.ok(drawn !== undefined && factor !== undefined, `${regime}, ${effect}`)
  return countVerdicts(drawn, factor, { seeds })
}

describe('where nothing was done', () => {
  const all: Counted = { improved: 0, no_effect: 0, regressed: 0, undecided: 0 }
  for (const regime of Object.keys(REGIMES))
    test(`but ${regime}, at most ${MOST_WRONG_OF_ONE_PERCENT} % are called improved, and as many regressed`, async (t) => {
      const counts = await counted(regime, 'nothing')
      t.diagnostic(JSON.stringify(counts))
      for (const verdict of ['improved', 'no_effect', 'regressed', 'undecided'] as const)
        all[verdict] += counts[verdict]
      assert.ok(percent(counts.improved, counts) <= MOST_WRONG_OF_ONE_PERCENT, JSON.stringify(counts))
      assert.ok(percent(counts.regressed, counts) <= MOST_WRONG_OF_ONE_PERCENT, JSON.stringify(counts))
    })

  test(`at most ${MOST_WRONG_PERCENT} % of all these runs are called improved, and as many regressed`, () => {
    assert.ok(percent(all.improved, all) <= MOST_WRONG_PERCENT, JSON.stringify(all))
    assert.ok(percent(all.regressed, all) <= MOST_WRONG_PERCENT, JSON.stringify(all))
  })
})

describe('where something was done', () => {
  const found = async (effect: string, regime: string, verdict: keyof Counted): Promise<number> => {
    const counts = await counted(regime, effect, SEEDS)
    return percent(counts[verdict], counts)
  }

  test('a statement at a fifth of its time is found improved, also while the server wanders', async () => {
    assert.ok(
      (await found('takes four fifths off the affected class', 'nothing but noise', 'improved')) >= 90,
    )
    assert.ok(
      (await found('takes four fifths off the affected class', 'the server wanders slowly', 'improved')) >=
        90,
    )
  })

  test('a server twice as slow since the run is found regressed in four of five', async () =>
    assert.ok((await found('doubles the whole server', 'nothing but noise', 'regressed')) >= 80))

  test('and so is an untouched class three times as slow since then', async () =>
    assert.ok((await found('triples one untouched class', 'nothing but noise', 'regressed')) >= 80))

  test('a report that took most of the server’s time and no longer does is never found regressed, though all else drifts', async () => {
    const shares = 0.01
    for (const regime of ['the server wanders slowly', 'the server steps once', 'the server has bursts']) {
      const drawn = REGIMES[regime]
      assert.ok(drawn !== undefined)
      const cured: Workload['factor'] = (series, at) => (series > 0 ? shares : at >= FINISHED ? shares : 1)
      const counts = await countVerdicts(drawn, cured, { seeds: SEEDS })
      assert.equal(counts.regressed, 0, `${regime}: ${JSON.stringify(counts)}`)
      assert.ok(percent(counts.improved, counts) >= 80, `${regime}: ${JSON.stringify(counts)}`)
    }
  })
})
