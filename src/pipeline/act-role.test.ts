/** What the executor says of runs it does not start. What runs do is the business of the stages' own tests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINDING } from '../../test/support/bindings.ts'
import type { LogLine } from '../core/log.ts'
import type { Runnable } from '../core/store-ports.ts'
import { type ActRole, Executor } from './act-role.ts'

const runnable = (decisionId: number, targetId: number): Runnable =>
  ({ decision: { decisionId, targetId, bindingText: JSON.stringify(BINDING) }, purpose: 'DO' }) as Runnable

function executor(due: readonly Runnable[]) {
  const lines: LogLine[] = []
  let looks = 0
  const targets = async () => {
    looks += 1
    return [
      { targetId: 1, targetName: 'shop' },
      { targetId: 2, targetName: 'stock' },
    ]
  }
  const port = {
    abandoned: async () => [],
    unverified: async () => [],
    runnable: async () => due,
    read: { targets },
  }
  const made = new Executor({
    port: port as unknown as ActRole['port'],
    lease: { owner: 'me', seconds: 15 },
    engineOf: async () => 'mysql',
    limitsOf: () => null,
    execute: async () => assert.fail('nothing may run'),
    askAbandoned: async () => assert.fail('nothing was abandoned'),
    runsByItself: true,
    log: (line) => void lines.push(line),
  })
  return { made, lines, looks: () => looks }
}

test('what waits is said once, with its reason and the name of its target, for one look at the targets', async () => {
  const { made, lines, looks } = executor([runnable(5, 1), runnable(6, 2), runnable(7, 1)])
  await made.turn()
  await made.turn()
  assert.deepEqual(
    lines.map((l) => [l.message, l.decision, l.target]),
    [
      ['approved, but waiting', 5, 'shop'],
      ['approved, but waiting', 6, 'stock'],
      ['approved, but waiting', 7, 'shop'],
    ],
  )
  assert.match(String(lines[0]?.because), /this program has no action/)
  assert.equal(looks(), 1)
})
