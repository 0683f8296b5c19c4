/**
 * Requests made up from the description of the API: right ones, ones on the edge, and ones that are spoiled in one
 * place, from everybody. Whatever comes: no fault, every error a problem of ours, nothing changed by who may not or by
 * a refused request, nothing secret in an answer or a line of the log.
 * `npm run fuzz` plays 20,000 of them; `DBMEDIC_FUZZ` and `DBMEDIC_SEED` say how many, and which.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { availableStores } from '../store/support/stores.ts'
import { playRequests } from './fuzz/play.ts'
import { playWire } from './fuzz/wire.ts'

const REQUESTS = Number(process.env['DBMEDIC_FUZZ'] ?? 1500)
const SEED = Number(process.env['DBMEDIC_SEED'] ?? 20_261_121)
/** On a server each look at the whole store takes longer, and most of what differs is found early. */
const SHARES = { sqlite: 1, mariadb: 0.1, mysql: 0.1 } as const

describe('made-up requests', () => {
  for (const name of ['sqlite', 'mariadb'] as const) {
    test(`are answered without a fault, a leak or a change without a right, over ${name}`, async (t) => {
      const missing = (await availableStores()).find((each) => each.name === name)?.missing ?? null
      if (missing !== null) return t.skip(missing)
      const requests = Math.ceil(REQUESTS * SHARES[name])
      const played = await playRequests({
        store: name,
        requests,
        seed: SEED,
        say: (line) => t.diagnostic(line),
      })
      for (const line of played.lines) t.diagnostic(line)
      assert.deepEqual(played.problems, [])
      assert.ok(played.done > requests / 20, `only ${played.done} of ${requests} requests were right`)
      // Some need what only an authenticator app or the key of a browser can make.
      const most = requests >= 20_000 ? played.addresses / 3 : played.addresses
      assert.ok(played.neverDone.length <= most, `never asked rightly: ${played.neverDone.join(', ')}`)
    })
  }

  test('that are no HTTP at all are answered as problems, and the server goes on', async (t) => {
    const played = await playWire({ requests: Math.ceil(REQUESTS * 0.15), seed: SEED })
    for (const line of played.lines) t.diagnostic(line)
    assert.deepEqual(played.problems, [])
  })
})
