import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { AT_ONCE, StatementTurns } from './statement-turns.ts'

/** Work that ends when it is told to, and says when it began. */
function bench() {
  const turns = new StatementTurns()
  const began: string[] = []
  const ends = new Map<string, { ok: () => void; fail: (error: Error) => void }>()
  const start = (name: string, lane: Parameters<StatementTurns['take']>[0]) =>
    turns.take(lane, () => {
      began.push(name)
      return new Promise<string>((resolve, reject) => {
        ends.set(name, { ok: () => resolve(name), fail: reject })
      })
    })
  return { began, ends, start }
}

test('so many statements of a lane run at once, and the others in the order they came', async () => {
  const { began, ends, start } = bench()
  const names = Array.from({ length: AT_ONCE.reading + 3 }, (_, i) => `r${i}`)
  const all = names.map((name) => start(name, 'reading'))
  for (const [i, name] of names.entries()) {
    await soon()
    assert.deepEqual(began, names.slice(0, i + AT_ONCE.reading))
    ends.get(name)?.ok()
  }
  assert.deepEqual(await Promise.all(all), names)
})

test('a reading does not wait for catalogs or questions, however many there are', async () => {
  const { began, start } = bench()
  for (let i = 0; i < 20; i += 1) {
    void start(`h${i}`, 'heavy')
    void start(`q${i}`, 'question')
  }
  await soon()
  assert.equal(began.length, AT_ONCE.heavy + AT_ONCE.question)
  void start('r', 'reading')
  await soon()
  assert.equal(began.at(-1), 'r')
})

test('what fails gives its turn on, and the failure reaches who asked', async () => {
  const { began, ends, start } = bench()
  const first = start('first', 'heavy')
  const second = start('second', 'heavy')
  await soon()
  ends.get('first')?.fail(new Error('lost'))
  await assert.rejects(first, /lost/)
  await soon()
  assert.deepEqual(began, ['first', 'second'])
  ends.get('second')?.ok()
  assert.equal(await second, 'second')
  const third = start('third', 'heavy')
  await soon()
  ends.get('third')?.ok()
  assert.equal(await third, 'third')
})
