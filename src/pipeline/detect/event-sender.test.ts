import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DbmedicError } from '../../core/errors.ts'
import type { LogLine } from '../../core/log.ts'
import type { NewDetectionEvent } from '../../core/nouns.ts'
import type { ObservePort } from '../../core/store-ports.ts'
import { EventSender, UNSENT_MOST } from './event-sender.ts'

const event = (dedupeKey: string): NewDetectionEvent => ({ dedupeKey, ruleId: 'r' }) as NewDetectionEvent

/** A store that takes every event once, refuses those named, and can be out of reach. */
function store(refused: readonly string[] = []) {
  const kept: string[] = []
  const state = { down: false }
  const port = {
    appendEvents: async (events: readonly NewDetectionEvent[]) => {
      if (state.down) throw new DbmedicError('DBM_STORE_BUSY', { address: 'x', attempts: 3 })
      if (events.some((e) => refused.includes(e.dedupeKey)))
        throw new DbmedicError('DBM_STORE_REFUSED', { rule: 'R' })
      const fresh = events.filter((e) => !kept.includes(e.dedupeKey))
      kept.push(...fresh.map((e) => e.dedupeKey))
      return fresh.length
    },
  } as unknown as ObservePort
  const lines: LogLine[] = []
  return { kept, state, lines, sender: new EventSender(port, (line) => lines.push(line)) }
}

describe('events', () => {
  test('that the store could not take are sent again before newer ones', async () => {
    const { kept, state, sender } = store()
    state.down = true
    await assert.rejects(sender.send([event('a'), event('b')]), /stayed locked/)
    await assert.rejects(sender.send([event('c')]), /stayed locked/)
    state.down = false
    assert.equal(await sender.send([]), 3)
    assert.deepEqual(kept, ['a', 'b', 'c'])
    assert.equal(await sender.send([]), 0)
  })

  test('that a rule of the store refuses hold up no other, and are named in the log', async () => {
    const { kept, lines, sender } = store(['bad'])
    assert.equal(await sender.send([event('a'), event('bad'), event('b')]), 2)
    assert.deepEqual(kept, ['a', 'b'])
    assert.equal(lines.length, 1)
    assert.equal(await sender.send([event('c')]), 1, 'the refused one is not tried again')
  })

  test(`are kept up to ${UNSENT_MOST}; the oldest go first, and that is logged`, async () => {
    const { kept, state, lines, sender } = store()
    state.down = true
    const many = Array.from({ length: UNSENT_MOST + 5 }, (_, i) => event(`e${i}`))
    await assert.rejects(sender.send(many))
    assert.equal(lines[0]?.dropped, 5)
    state.down = false
    assert.equal(await sender.send([]), UNSENT_MOST)
    assert.equal(kept[0], 'e5')
  })
})
