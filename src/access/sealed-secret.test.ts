/** A sealed secret opens for whom and what it was sealed, under its key, and for nothing else. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openSecret, sealSecret } from './sealed-secret.ts'

const master = randomBytes(32)
const bytes = Buffer.from('the secret of an app')
const anna = { purpose: 'second-factor', userName: 'anna' }

test('what was sealed opens again, whatever the case of the login, and says nothing of itself', () => {
  const sealed = sealSecret(master, bytes, anna)
  assert.deepEqual(openSecret(master, sealed, { ...anna, userName: 'ANNA' }), bytes)
  assert.doesNotMatch(JSON.stringify(sealed), /secret of|anna/)
  assert.notDeepEqual(sealSecret(master, bytes, anna), sealed, 'a nonce of its own each time')
})

test('another key, login, purpose or a single changed bit opens nothing', () => {
  const sealed = sealSecret(master, bytes, anna) as { readonly [name: string]: string }
  assert.equal(openSecret(randomBytes(32), sealed, anna), null)
  assert.equal(openSecret(master, sealed, { ...anna, userName: 'bert' }), null)
  assert.equal(openSecret(master, sealed, { ...anna, purpose: 'draft' }), null)
  const raw = Buffer.from(sealed['sealed'] ?? '', 'base64')
  for (let at = 0; at < raw.length; at += 1) {
    const changed = Buffer.from(raw)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(openSecret(master, { ...sealed, sealed: changed.toString('base64') }, anna), null)
  }
  for (const value of [
    null,
    {},
    { ...sealed, nonce: 'AA==' },
    { ...sealed, sealed: '' },
    { ...sealed, schema: 'x' },
  ])
    assert.equal(openSecret(master, value, anna), null)
})
