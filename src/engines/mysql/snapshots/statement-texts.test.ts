import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MARIADB, MYSQL } from '../../../sql/index.ts'
import type { CollectorTarget } from '../collector.ts'
import { SampleBook } from '../statement-samples.ts'
import type { SummedClass } from './statement-classes.ts'
import { fillSamples } from './statement-texts.ts'

const classes = (count: number, digests = 1): readonly SummedClass[] =>
  Array.from(
    { length: count },
    (_, i) =>
      ({
        fingerprintId: `class ${i}`,
        digests: Array.from({ length: digests }, (_, k) => `${i}.${k}`),
      }) as unknown as SummedClass,
  )

/** A server that keeps texts of prepared statements only: none can be planned. */
function asked(flavour: 'mysql' | 'mariadb') {
  let nowMs = 0
  const questions: number[] = []
  const target = {
    server: { flavour },
    options: { pace: 1 },
    dialect: flavour === 'mysql' ? MYSQL : MARIADB,
    samples: new SampleBook(() => nowMs),
    query: async (_sql: string, values: readonly unknown[]) => {
      questions.push(values.length)
      return [{ sample: 'SELECT 1 WHERE ?', seen: '2026-11-21 10:00:00', db: null }]
    },
  } as unknown as CollectorTarget
  const after = (seconds: number): void => {
    nowMs += seconds * 1000
  }
  return { target, questions, after }
}

test('a text that MySQL does not have is asked for once a minute, not at every reading', async () => {
  const { target, questions, after } = asked('mysql')
  for (let reading = 0; reading < 12; reading += 1) {
    await fillSamples(target, classes(3))
    after(10)
  }
  assert.deepEqual(questions, [3, 3])
})

test('a new class is asked for at once, alone', async () => {
  const { target, questions, after } = asked('mysql')
  await fillSamples(target, classes(3))
  after(10)
  await fillSamples(target, classes(4))
  assert.deepEqual(questions, [3, 1])
})

test('MariaDB, whose history is gone in a moment, is asked at each reading', async () => {
  const { target, questions, after } = asked('mariadb')
  for (let reading = 0; reading < 3; reading += 1) {
    await fillSamples(target, classes(2))
    after(10)
  }
  assert.deepEqual(questions, [2, 2, 2])
})

test('a class of thousands of digests is asked for by twenty of them', async () => {
  const { target, questions } = asked('mysql')
  await fillSamples(target, classes(1, 5000))
  assert.deepEqual(questions, [20])
})
