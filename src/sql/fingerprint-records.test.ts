import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { type FingerprintRecordsOptions, fingerprintRecords } from './index.ts'

async function run(
  chunks: readonly (Buffer | string)[],
  options?: FingerprintRecordsOptions,
): Promise<string> {
  let output = ''
  for await (const line of fingerprintRecords(Readable.from(chunks), options)) output += line
  return output
}

describe('fingerprintRecords', () => {
  test('gives one fingerprint a line, empty lines included', async () => {
    assert.equal(
      await run(['select 1\r\n\nselect a from t where b in (1,2)']),
      'select ?\n\nselect a from t where b in(?+)\n',
    )
  })

  test('takes statements of several lines when they end with NUL', async () => {
    assert.equal(await run(['select\n1\0select 2\0'], { separator: '\0' }), 'select ?\nselect ?\n')
  })

  test('does not care where the chunks are cut, also inside a character', async () => {
    const input = Buffer.from("select 'ü' from täble\nselect 2\n")
    for (let at = 0; at <= input.length; at++) {
      assert.equal(await run([input.subarray(0, at), input.subarray(at)]), 'select ? from täble\nselect ?\n')
    }
  })

  test('keeps no more of a statement than it was told to', async () => {
    const chunks = Array.from({ length: 100 }, () => 'a'.repeat(1000))
    assert.equal(
      await run([...chunks, '\nselect 1\n'], { maxStatementLength: 10 }),
      `${'a'.repeat(10)}\nselect ?\n`,
    )
  })
})
