import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DbmedicError } from '../../core/errors.ts'
import { namesOf, readMysqlOptions } from './config.ts'

test('options have the budget of the promise as their default', () => {
  const options = readMysqlOptions({ name: 'shop', options: {} })
  assert.deepEqual(
    [
      options.budgetPercent,
      options.budgetMsPerSecond,
      options.slowCollectorMs,
      options.statementTimeoutMs,
      options.cores,
    ],
    [0.5, 2, 250, 2000, 4],
  )
})

const WRONG = [
  [{ slowlogFile: '/x' }, 'slowlogFile'],
  [{ budgetPercent: 50 }, 'budgetPercent'],
  [{ cores: 0 }, 'cores'],
  [{ adminPort: '3307' }, 'adminPort'],
  [{ statementTimeoutMs: 1.5 }, 'statementTimeoutMs'],
  [{ pace: null }, 'pace'],
] as const

for (const [options, option] of WRONG) {
  test(`${JSON.stringify(options)} is refused by name`, () => {
    assert.throws(
      () => readMysqlOptions({ name: 'shop', options }),
      (error) =>
        error instanceof DbmedicError && error.code === 'DBM_TARGET_OPTION' && error.message.includes(option),
    )
  })
}

test('names of a list are trimmed and empty ones dropped', () => {
  assert.deepEqual(namesOf(' dbm_act, ,x '), ['dbm_act', 'x'])
})
