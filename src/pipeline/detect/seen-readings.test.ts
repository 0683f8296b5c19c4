import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Observer, Reading } from '../../core/observer.ts'
import { SeenReadings } from './seen-readings.ts'

const reading = (known = true) => ({ known })
const WAITS = { id: 'mysql/waits', reads: ['activity', 'status'] } as never

test('a reading is new to whoever has not come round since', () => {
  const readings = new SeenReadings()
  assert.equal(readings.isNewTo(WAITS), false)
  const first = readings.made('activity', reading())
  assert.equal(readings.isNewTo(WAITS), true)
  readings.seen(WAITS)
  readings.made('activity', first)
  readings.made('deadlocks', reading())
  assert.equal(readings.isNewTo(WAITS), false)
  readings.made('status', reading(false))
  assert.equal(readings.isNewTo(WAITS), false)
  readings.made('status', reading())
  assert.equal(readings.isNewTo(WAITS), true)
})

test('readings of an observer are noted, and all else of it works as before', async () => {
  class Counting {
    #cost = 7
    cost(): number {
      return this.#cost
    }
    async read(): Promise<Reading<number>> {
      return { known: true, value: this.#cost, at: '', source: '' }
    }
  }
  const readings = new SeenReadings()
  const noting = readings.noting(new Counting() as unknown as Observer<{ activity: number }, never>)
  assert.equal(noting.cost(), 7)
  const made = await noting.read('activity')
  assert.equal(made.known && made.value, 7)
  assert.equal(readings.isNewTo(WAITS), true)
})
