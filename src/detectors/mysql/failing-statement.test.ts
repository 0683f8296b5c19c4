import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow } from '../../../test/support/mysql-snapshots.ts'
import { failingStatement } from './failing-statement.ts'

describe('mysql/failing-statement', () => {
  const KEY = 'shop|a1b2c3d4e5f60718'
  const seen = async (part: Parameters<typeof statement>[0], tracked: readonly string[] = []) => {
    const bench = new DetectorBench(failingStatement)
    for (const key of tracked) bench.tracked.add(key)
    return (await bench.severities({ statements: statementWindow([statement(part)]) }))[KEY]
  }

  const CASES: readonly (readonly [string, Parameters<typeof statement>[0], string | undefined])[] = [
    ['every call fails', { calls: 20, errors: 20 }, 'WARNING'],
    ['one in ten works: another trouble', { calls: 20, errors: 18 }, undefined],
    ['nine calls are a person who mistypes', { calls: 9, errors: 9 }, undefined],
    ['no call fails', { calls: 20, errors: 0 }, undefined],
    ['a partial window says nothing', { calls: 20, errors: 20, partial: true }, undefined],
  ]
  for (const [title, part, severity] of CASES)
    test(title, async () => assert.equal(await seen(part), severity))

  test('one that is followed and works again is well', async () =>
    assert.equal(await seen({ calls: 20, errors: 0 }, [KEY]), null))

  test('the class is named, so that its text can be looked at', async () => {
    const window = statementWindow([statement({ calls: 20, errors: 20 })])
    const finding = await new DetectorBench(failingStatement).one({ statements: window })
    assert.deepEqual([finding.context['fingerprintId'], finding.context['errors']], ['a1b2c3d4e5f60718', 20])
  })
})
