import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { DbmedicError } from '../core/errors.ts'
import { liveCredentials, readCredentials, readSecret } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-secrets-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function secretFile(name: string, text: string, mode: number): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return `file:${file}`
}
const refused = (reference: string, reason: RegExp): void =>
  assert.throws(
    () => readSecret(reference),
    (e: DbmedicError) =>
      e.code === 'DBM_SECRET_MISSING' && reason.test(e.message) && !e.message.includes('s3cret'),
  )

describe('a secret', () => {
  test('comes from the environment', () => {
    process.env.DBMEDIC_TEST_SECRET = 's3cret'
    assert.equal(readSecret('env:DBMEDIC_TEST_SECRET'), 's3cret')
    delete process.env.DBMEDIC_TEST_SECRET
    refused('env:DBMEDIC_TEST_SECRET', /not set/)
  })

  test('comes from a file, without its last line break and with everything else', () => {
    assert.equal(readSecret(secretFile('a', 's3cret\n', 0o600)), 's3cret')
    assert.equal(readSecret(secretFile('b', ' s3cret \r\n', 0o640)), ' s3cret ')
    assert.equal(readSecret(secretFile('c', 's3cret\n\n', 0o600)), 's3cret\n')
  })

  for (const mode of [0o604, 0o644, 0o602, 0o601, 0o777])
    test(`is not taken from a file of mode ${mode.toString(8)}: others have a right to it`, () =>
      refused(secretFile(`m${mode}`, 's3cret', mode), /chmod 600/))

  test('that is not there is named by its reference', () => {
    refused(`file:${join(folder, 'none')}`, /none.*there is no such file/)
    refused(`file:${folder}`, /not a plain file/)
  })

  test('that is empty is a mistake, not a password', () => {
    refused(secretFile('empty', '\n', 0o600), /is empty.*none/)
    process.env.DBMEDIC_TEST_SECRET = ''
    refused('env:DBMEDIC_TEST_SECRET', /is empty/)
    delete process.env.DBMEDIC_TEST_SECRET
  })

  test('is not waited for in a pipe, nor taken from a file of another kind of size', () => {
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
    refused(`file:${join(folder, 'pipe')}`, /not a plain file/)
    refused('file:/dev/zero', /not a plain file/)
    refused(secretFile('large', 'x'.repeat(65_537), 0o600), /65537 bytes/)
  })

  test('that is exchanged while it is in use is taken at the next look, and the last one stands meanwhile', () => {
    const reference = secretFile('rotated', 'first\n', 0o600)
    const account = liveCredentials({ user: 'm', password: reference })
    assert.equal(account.password, 'first')
    secretFile('rotated', '', 0o600)
    assert.equal(account.password, 'first')
    secretFile('rotated', 'second\n', 0o600)
    assert.equal(account.password, 'second')
    assert.throws(() => liveCredentials({ user: 'm', password: 'env:DBM_NO_SUCH' }), {
      code: 'DBM_SECRET_MISSING',
    })
  })

  test('may be none', () =>
    assert.deepEqual(readCredentials({ user: 'root', password: 'none' }), { user: 'root', password: '' }))
})
