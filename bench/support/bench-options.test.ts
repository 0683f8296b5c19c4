import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BenchOptions, helpText, type OptionTable, UsageProblem } from './bench-options.ts'

const TABLE: OptionTable = {
  pairs: { kind: 'number', value: 6, quick: 2, min: 1, max: 100, whole: true, help: 'pairs' },
  server: { kind: 'choice', value: 'both', of: ['mariadb', 'mysql', 'both'], help: 'which' },
  'no-pin': { kind: 'flag', help: 'no pinning' },
}

describe('options', () => {
  test('not given are as stated', () => {
    const options = new BenchOptions(TABLE, [])
    assert.equal(options.number('pairs'), 6)
    assert.equal(options.choice('server'), 'both')
    assert.equal(options.flag('no-pin'), false)
    assert.equal(options.path('json'), null)
  })
  test('have small sizes under --quick, unless a size is given', () => {
    assert.equal(new BenchOptions(TABLE, ['--quick']).number('pairs'), 2)
    assert.equal(new BenchOptions(TABLE, ['--quick', '--pairs', '9']).number('pairs'), 9)
  })
  test('given are taken', () => {
    const options = new BenchOptions(TABLE, [
      '--pairs',
      '2',
      '--server=mysql',
      '--no-pin',
      '--json',
      'x.json',
    ])
    assert.equal(options.number('pairs'), 2)
    assert.equal(options.choice('server'), 'mysql')
    assert.equal(options.flag('no-pin'), true)
    assert.equal(options.path('json'), 'x.json')
  })
  for (const args of [
    ['--pears', '2'],
    ['--pairs', '0'],
    ['--pairs', '1.5'],
    ['--pairs', ''],
    ['--pairs', 'many'],
    ['--server', 'oracle'],
    ['--json', ''],
    ['loose'],
  ]) {
    test(`${args.join(' ')} is refused as a matter of usage`, () =>
      assert.throws(() => new BenchOptions(TABLE, args), UsageProblem))
  }
  test('of another kind than asked for are a mistake of the bench', () =>
    assert.throws(() => new BenchOptions(TABLE, []).flag('pairs'), RangeError))
})

test('the help names every option with its default', () => {
  const text = helpText({ name: 'x', purpose: 'It measures.', options: TABLE })
  for (const part of [
    '--pairs N',
    '(6; quick: 2)',
    '--server mariadb|mysql|both',
    '--json PATH',
    '--report',
    '--help',
  ])
    assert.ok(text.includes(part), part)
})
