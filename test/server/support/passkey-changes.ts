/** Requests about passkeys that are taken. */
import { SoftPasskey } from '../../support/soft-passkey.ts'
import { type ApiWorld, signInOf } from './api-world.ts'
import { as, type Maker, next, PASSWORD } from './change.ts'

const PASSKEYS_AT = { origin: 'http://localhost:8642', rpId: 'localhost' }

async function draftedPasskey(api: ApiWorld) {
  const browser = await api.signIn('operator')
  const payload = { password: PASSWORD }
  await signInOf(api.world.store).removeSecondFactor('otto', 'otto')
  const { headers } = browser
  const drafted = await api.app.inject({ method: 'POST', url: '/api/passkeys/draft', headers, payload })
  const passkey = new SoftPasskey(PASSKEYS_AT)
  return { browser, passkey, payload: { passkeyName: next(), ...passkey.made(drafted.json()) } }
}

/** An operator with a passkey. */
async function withPasskey(api: ApiWorld) {
  const { browser, passkey, payload } = await draftedPasskey(api)
  const { headers } = browser
  const made = await api.app.inject({ method: 'POST', url: '/api/passkeys', headers, payload })
  const { passkeyId } = made.json()
  return { browser, passkey, passkeyId }
}

/** What a browser with a passkey is asked, for a proof. */
async function challengeOf(api: ApiWorld, headers: Readonly<Record<string, string>>): Promise<string> {
  const url = '/api/passkeys/challenge'
  const asked = await api.app.inject({ method: 'POST', url, headers, payload: {} })
  return asked.json().challenge
}

/** A request that is taken, by address. */
export const PASSKEY_CHANGES: Readonly<Record<string, Maker>> = {
  'POST /api/passkeys/draft': async (api) => {
    await signInOf(api.world.store).removeSecondFactor('otto', 'otto')
    const payload = { password: PASSWORD }
    return as(api, 'operator', { url: '/api/passkeys/draft', payload, status: 200 })
  },
  'POST /api/passkeys': async (api) => {
    const { browser, payload } = await draftedPasskey(api)
    return { browser, url: '/api/passkeys', payload, status: 201 }
  },
  'POST /api/passkeys/challenge': async (api) => {
    const { browser } = await withPasskey(api)
    return { browser, url: '/api/passkeys/challenge', payload: {}, status: 200 }
  },
  'PUT /api/passkeys/{passkeyId}/name': async (api) => {
    const { browser, passkey, passkeyId } = await withPasskey(api)
    const payload = { passkeyName: next(), passkey: passkey.used(await challengeOf(api, browser.headers)) }
    return { browser, url: `/api/passkeys/${passkeyId}/name`, payload, status: 204 }
  },
  'POST /api/passkeys/{passkeyId}/remove': async (api) => {
    const { browser, passkey, passkeyId } = await withPasskey(api)
    const payload = { passkey: passkey.used(await challengeOf(api, browser.headers)) }
    return { browser, url: `/api/passkeys/${passkeyId}/remove`, payload, status: 204 }
  },
  'DELETE /api/people/{userName}/passkeys': async (api) => {
    await withPasskey(api)
    return as(api, 'administrator', { url: '/api/people/otto/passkeys', status: 204 })
  },
}
