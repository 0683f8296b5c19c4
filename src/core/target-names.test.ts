import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forTarget, type LogLine } from './log.ts'
import type { Target } from './nouns.ts'
import { targetNames } from './target-names.ts'

const target = (targetId: number, targetName: string) => ({ targetId, targetName }) as Target

test('the store is asked once for a target, and again for one that is new', async () => {
  const targets = [target(1, 'shop')]
  let asked = 0
  const nameOf = targetNames({
    targets: async () => {
      asked += 1
      return targets
    },
  })
  assert.deepEqual([await nameOf(1), await nameOf(1), asked], ['shop', 'shop', 1])
  targets.push(target(2, 'stock'))
  assert.deepEqual([await nameOf(2), await nameOf(1), asked], ['stock', 'shop', 2])
  assert.equal(await nameOf(9), 'number 9')
})

test('a store that is away fails no line, and is asked again for the next', async () => {
  let away = true
  const nameOf = targetNames({
    targets: async () => {
      if (away) throw new Error('away')
      return [target(1, 'shop')]
    },
  })
  assert.equal(await nameOf(1), 'number 1')
  away = false
  assert.equal(await nameOf(1), 'shop')
})

test('a log bound to a target names it in every line, and a line may name another', () => {
  const lines: LogLine[] = []
  const log = forTarget((line) => void lines.push(line), 'shop')
  log({ level: 'info', stage: 'decide', message: 'one' })
  log({ level: 'info', stage: 'decide', message: 'two', target: 'stock' })
  assert.deepEqual(
    lines.map((line) => line.target),
    ['shop', 'stock'],
  )
})
