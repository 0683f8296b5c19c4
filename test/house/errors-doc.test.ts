import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DbmedicError, ERRORS, type ErrorCode } from '../../src/core/errors.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const codes = Object.keys(ERRORS) as ErrorCode[]

describe('the table of errors', () => {
  test('is what docs/errors.md says', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/errors-doc.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  })

  for (const code of codes) {
    test(`${code} says what, why and what next, in one factual line each`, () => {
      const { message, detail, hint } = ERRORS[code]
      assert.match(code, /^DBM_[A-Z0-9]+(_[A-Z0-9]+)*$/)
      for (const text of [message, detail, hint]) {
        assert.ok(text.trim().length > 0)
        assert.doesNotMatch(text, /\n|\bfailed to\b/i)
      }
      assert.doesNotMatch(message, /\.$|\?/)
    })

    test(`${code} leaves no brace unfilled when all its values are given`, () => {
      const row = ERRORS[code]
      const names = [...`${row.message}${row.detail}${row.hint}`.matchAll(/\{(\w+)\}/g)].map(
        (found) => found[1],
      )
      const error = new DbmedicError(code, Object.fromEntries(names.map((name) => [name, 'x'])))
      assert.doesNotMatch(`${error.message}${error.detail}${error.hint}`, /[{}]/)
    })
  }
})
