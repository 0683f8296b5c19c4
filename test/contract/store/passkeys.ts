/** Passkeys: kept, counted forward, refused on record, removed; challenges answered once, in time, by who was asked. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DbmedicError } from '../../../src/core/errors.ts'
import type { Challenge, NewPasskey, Passkeys } from '../../../src/core/passkeys.ts'
import { sha256 } from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

const refusedWith = (rule: string) => (error: unknown) =>
  error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED' && error.message.includes(rule)

const newPasskey = (over: Partial<NewPasskey> = {}): NewPasskey => ({
  userName: 'bert',
  passkeyName: 'laptop',
  credentialId: `Credential_${fresh('id')}`,
  publicKey: 'MFkw',
  algorithm: 'ES256',
  userHandle: sha256('bert'),
  isSyncable: true,
  signCount: 0,
  ...over,
})

/** The contract of passkeys. */
export function passkeyContract({ world }: StoreContext): void {
  const port = (): Passkeys => {
    const { signIn } = world().store
    assert.ok(signIn !== null)
    return signIn
  }

  describe('passkeys', () => {
    test('are found by their exact id, count forward only, and none is found once it was removed', async () => {
      const passkey = newPasskey()
      const passkeyId = await port().addPasskey(passkey)
      const { createdAt, ...kept } = (await port().passkey(passkey.credentialId)) ?? assert.fail('none')
      assert.ok(createdAt)
      assert.deepEqual(kept, { ...passkey, passkeyId, lastUsedAt: null, refusals: 0 })
      assert.equal(await port().passkey(passkey.credentialId.toLowerCase()), null)
      assert.equal(await port().usePasskey(passkeyId, 0), true, 'an authenticator without a counter')
      assert.equal(await port().usePasskey(passkeyId, 7), true)
      for (const count of [7, 6, 0]) assert.equal(await port().usePasskey(passkeyId, count), false)
      const another = { passkeyId, userName: 'bert', passkeyName: 'Büro 🔑' }
      assert.equal(await port().namePasskey(another), true)
      assert.equal(await port().namePasskey({ ...another, passkeyName: 'büro' }), true, 'the newest counts')
      assert.equal((await port().passkey(passkey.credentialId))?.passkeyName, 'büro')
      assert.equal(await port().namePasskey({ ...another, userName: 'carl' }), false, 'it is not theirs')
      const refusal = { passkeyId, userName: 'bert', problem: 'COUNTER', address: '10.0.0.9' } as const
      await port().refusePasskey(refusal)
      const used = (await port().passkeysOf('BERT')).find((each) => each.passkeyId === passkeyId)
      assert.deepEqual([used?.signCount, used?.refusals], [7, 1])
      assert.ok(used?.lastUsedAt)
      await assert.rejects(port().addPasskey({ ...passkey, userName: 'carl' }), refusedWith(''))
      await assert.rejects(port().removePasskeys('bert', { passkeyId }, 'carl'), refusedWith('GOV-131'))
      assert.equal(await port().removePasskeys('carl', { passkeyId }, 'carl'), 0, 'it is not theirs')
      assert.equal(await port().removePasskeys('bert', { passkeyId }, 'bert'), 1)
      assert.equal(await port().passkey(passkey.credentialId), null)
      assert.equal(await port().usePasskey(passkeyId, 8), false)
      assert.equal(await port().namePasskey(another), false, 'it is gone')
      await port().addPasskey(newPasskey())
      assert.equal(await port().removePasskeys('bert', 'all', 'anna'), 1, 'by an administrator')
      const links = (await world().store.read.audit(1, 100_000)).map((each) => each.canonical)
      for (const table of ['passkeys', 'passkey_names', 'passkey_refusals'])
        assert.ok(
          links.some((text) => text.includes(`"${table}"`)),
          table,
        )
      assert.ok(!links.some((text) => text.includes('passkey_challenges')))
    })

    test('a challenge is answered once, by the browser and for the purpose it was asked for', async () => {
      const challenge: Challenge = {
        challengeDigest: sha256(fresh('challenge')),
        purpose: 'PROVE',
        userName: 'bert',
        boundDigest: sha256('session'),
        aboutDigest: sha256('plan'),
        userHandle: null,
      }
      await port().addChallenge(challenge, 60)
      const take = (over: Partial<Challenge> = {}) => port().takeChallenge({ ...asked, ...over })
      const { challengeDigest, purpose, boundDigest } = challenge
      const asked = { challengeDigest, purpose, boundDigest }
      assert.equal(await take({ purpose: 'REGISTER' }), null)
      assert.equal(await take({ boundDigest: sha256('another session') }), null)
      assert.equal(await take({ challengeDigest: sha256('another') }), null)
      const both = await Promise.all([take(), take()])
      assert.deepEqual(
        both.filter((each) => each !== null),
        [challenge],
      )
      assert.equal(await take(), null)
      await assert.rejects(
        port().addChallenge({ ...challenge, challengeDigest: sha256(fresh('late')) }, 600),
        refusedWith('GOV-132'),
      )
    })
  })
}
