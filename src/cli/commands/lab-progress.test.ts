import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { aboutTime, likelySeconds, Progress } from './lab-progress.ts'

const OPTIONS = { controlSeconds: 300, compare: false }
const fault = (name: string, flavour = 'mariadb') => ({ name, flavour, control: false })
const timed = (name: string, seconds: number, flavour = 'mariadb') =>
  ({ name, flavour, kind: 'single', seconds }) as const

describe('the time left', () => {
  test('is what the same scenario took, on the same server if it ran there', () => {
    const known = [timed('a', 30), timed('a', 40, 'mysql')]
    assert.equal(likelySeconds([fault('a', 'mysql')], known, OPTIONS), 40)
    assert.equal(likelySeconds([fault('a', 'other')], known, OPTIONS), 30)
  })
  test('is the mean of faults for one that never ran, and a guess before any did', () => {
    assert.equal(likelySeconds([fault('b')], [timed('a', 30), timed('c', 50)], OPTIONS), 40)
    assert.ok(likelySeconds([fault('b')], [], OPTIONS) > 0)
  })
  test('counts controls by their own time, and three plays where remedies are compared', () => {
    assert.ok(likelySeconds([{ name: 'x', flavour: 'mysql', control: true }], [], OPTIONS) > 300)
    assert.equal(likelySeconds([fault('a')], [timed('a', 30)], { ...OPTIONS, compare: true }), 90)
  })
  test('is said as coarsely as it is known', () =>
    assert.deepEqual([3, 43, 100, 5_400, 7_500].map(aboutTime), [
      'about 5 s',
      'about 45 s',
      'about 2 min',
      'about 1 h 30 min',
      'about 2 h 5 min',
    ]))
})

describe('a series', () => {
  const screen = (isTTY: boolean) => {
    const written: string[] = []
    return { isTTY, write: (text: string) => written.push(text), text: () => written.join('') }
  }

  test('counts at a terminal after two seconds, and wipes the line before another', () => {
    mock.timers.enable({ apis: ['setInterval'] })
    const began = performance.now()
    const clock = mock.method(performance, 'now', () => began)
    const at = screen(true)
    const progress = new Progress(at, true)
    progress.now('run 1 of 2: a on mysql', 60)
    mock.timers.tick(1_000)
    assert.equal(at.text(), '')
    clock.mock.mockImplementation(() => began + 3_000)
    mock.timers.tick(1_000)
    assert.match(at.text(), /run 1 of 2: a on mysql; about 55 s left/)
    progress.say('fault: something')
    assert.ok(at.text().includes('\r\u001b[K'))
    assert.match(at.text(), /fault: something\n/)
    progress.end()
    assert.ok(at.text().endsWith('\r\u001b[K'))
    mock.reset()
    mock.timers.reset()
  })

  test('writes lines only, without colour, where nobody watches', () => {
    const at = screen(false)
    const progress = new Progress(at, true)
    progress.now('run 1 of 1: a', 60)
    progress.say('calm for 8 s')
    progress.end()
    assert.match(at.text(), /^ {3}0 s {2}calm for 8 s\n$/)
  })
})
