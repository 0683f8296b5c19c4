/** First set-up, signing in and out, lockout, passwords, tokens and links, as a browser would do them. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { generateKey, trustedPeople } from '../../src/access/index.ts'
import { parseConfig } from '../../src/app/index.ts'
import type { RegistrationSigner } from '../../src/core/store-ports.ts'
import { buildServer } from '../../src/server/build-server.ts'
import type { ApiServer } from '../../src/server/context.ts'
import { digestOf, newSecret } from '../../src/server/secrets.ts'
import { openFull } from '../contract/store/context.ts'
import { availableStores, startStore, type TestStore } from '../store/support/stores.ts'
import type { FullStore } from '../support/pipeline-rows.ts'
import { panelOf, signInOf } from './support/api-world.ts'
import { madeKey } from './support/browser-key.ts'

const PASSWORD = 'four plain words here'

for (const { name, missing } of await availableStores()) {
  describe(`signing in over ${name}`, { skip: missing ?? false }, () => {
    let server: TestStore
    let store: FullStore
    let app: ApiServer
    let anna: RegistrationSigner
    before(async () => {
      server = await startStore(name)
      store = await openFull(server)
    })
    beforeEach(async () => {
      app = await buildServer(
        { config: parseConfig('', 'test.yaml'), store, log: () => undefined, owner: 'test' },
        panelOf('{}'),
      )
    })
    after(async () => {
      await app.close()
      await store.close()
      await server.stop()
    })

    const post = (url: string, payload: object, more: InjectOptions = {}) =>
      app.inject({ method: 'POST', url, payload, ...more })
    const enter = async (userName: string, password: string, more: InjectOptions = {}) =>
      post('/api/session', { userName, password }, more)
    const browser = async (userName: string, password = PASSWORD) => {
      const answer = await enter(userName, password)
      assert.equal(answer.statusCode, 201, answer.body)
      const [cookie] = answer.cookies
      return {
        cookie: `${cookie?.name}=${cookie?.value}`,
        'x-csrf-token': String(answer.json().csrfToken),
      }
    }

    test('what no login can be called is refused as a wrong password is, and counted as one', async () => {
      for (const [at, typed] of ['ünal', '\u202e\u2066\ufeff', "a' OR 1=1", ' anna', 'x'].entries()) {
        const from = { remoteAddress: `203.0.113.${at + 1}` }
        for (let attempt = 1; attempt <= 6; attempt += 1) {
          const answer = await enter(typed, PASSWORD, from)
          const wanted = attempt <= 5 ? 'DBM_SIGN_IN_FAILED' : 'DBM_SIGN_IN_LOCKED'
          assert.equal(answer.json().code, wanted, `${typed}: ${answer.body}`)
        }
      }
    })

    test('only the one-time link makes the first administrator, once, with a key made in the browser', async () => {
      const secret = newSecret()
      const link = { linkDigest: digestOf(secret), userName: null, by: null, lifetimeSeconds: 3600 }
      await signInOf(store).addLink(link)
      const who = { secret, userName: 'anna', displayName: 'Anna Weber' }
      const given = { ...who, password: PASSWORD }
      const { sealedKey, keyId, sign } = madeKey('anna')
      assert.equal((await app.inject('/api/setup')).json().isSetUp, false)
      const asked = await post('/api/setup/registration', { ...who, keyId })
      assert.equal(asked.statusCode, 200, asked.body)
      const { text } = asked.json()
      assert.equal((await post('/api/setup/registration', { ...who, keyId })).json().text, text)
      const login = { sealedKey, signature: sign(text) }
      const bad = await post('/api/setup', { ...given, secret: newSecret(), login })
      assert.equal(bad.json().code, 'DBM_LINK_SPENT')
      const weak = await post('/api/setup', { ...given, password: 'Weber-Anna-1985', login })
      assert.equal(weak.json().code, 'DBM_PASSWORD_WEAK')
      assert.match(weak.body, /being made of names of yours, other characters and a year or date/)
      assert.ok(!weak.body.includes('Weber'))
      const other = await post('/api/setup', {
        ...given,
        login: { ...login, sealedKey: madeKey('bert').sealedKey },
      })
      assert.equal(other.statusCode, 400)
      const unsigned = await post('/api/setup', {
        ...given,
        login: { ...login, signature: sign(`${text} `) },
      })
      assert.match(unsigned.json().detail, /not signed by that key/)
      const good = await post('/api/setup', { ...given, login })
      assert.equal(good.statusCode, 204, good.body)
      const eve = madeKey('eve')
      const again = await post('/api/setup', {
        ...given,
        userName: 'eve',
        login: { sealedKey: eve.sealedKey, signature: eve.sign(text) },
      })
      assert.equal(again.json().code, 'DBM_LINK_SPENT')
      assert.equal((await app.inject('/api/setup')).json().isSetUp, true)
      assert.deepEqual(
        (await store.read.people()).map((each) => [
          each.userName,
          each.displayName,
          each.mayAdminister,
          each.keyId,
        ]),
        [['anna', 'Anna Weber', true, keyId]],
      )
      const { read } = store
      const trust = trustedPeople(await read.people(), await read.registrations(), [keyId])
      assert.deepEqual(
        trust.people.map((each) => [each.userName, each.mayApprove]),
        [['anna', true]],
        'an executor that pins the key believes it',
      )
      anna = { userName: 'anna', keyId, sign }
      const headers = await browser('anna')
      const kept = (await app.inject({ url: '/api/keyring', headers })).json()
      assert.deepEqual(kept, sealedKey)
    })

    test('when somebody has a password there is no further link of set-up', async () => {
      const link = { linkDigest: digestOf('x'), userName: null, by: null, lifetimeSeconds: 60 }
      await assert.rejects(signInOf(store).addLink(link), /GOV-100/)
    })

    test('the cookie is out of reach of scripts and of other sites, and the answer names the rights', async () => {
      const answer = await enter('anna', PASSWORD)
      const cookie = String(answer.headers['set-cookie'])
      assert.match(cookie, /^dbmedic_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
      const session = answer.json()
      assert.equal(session.userName, 'anna')
      assert.deepEqual(session.roles.map((each: { role: string }) => each.role).sort(), [
        'administrator',
        'approver',
        'operator',
      ])
      assert.equal(answer.headers['cache-control'], 'no-store')
    })

    test('behind TLS the cookie has the host prefix and is sent under TLS only', async () => {
      const secure = await buildServer(
        { config: parseConfig('', 'test.yaml'), store, log: () => undefined, owner: 'test' },
        panelOf('{ publicUrl: "https://dbmedic.example.org" }'),
      )
      const answer = await secure.inject({
        method: 'POST',
        url: '/api/session',
        headers: { host: 'dbmedic.example.org', origin: 'https://dbmedic.example.org' },
        payload: { userName: 'anna', password: PASSWORD },
      })
      assert.equal(answer.statusCode, 201, answer.body)
      assert.match(String(answer.headers['set-cookie']), /^__Host-dbmedic_session=.*Secure/)
      assert.match(String(answer.headers['strict-transport-security']), /max-age=\d+/)
      await secure.close()
    })

    test('a wrong password and an unknown name get the same answer', async () => {
      const [wrong, unknown] = [await enter('anna', 'not it at all'), await enter('nobody', 'not it at all')]
      for (const answer of [wrong, unknown]) assert.equal(answer.statusCode, 401)
      const { requestId: _one, ...first } = wrong.json()
      const { requestId: _two, ...second } = unknown.json()
      assert.deepEqual(first, second)
    })

    test('five failures lock an account for that address only, and the right password does not help there', async () => {
      const from = (remoteAddress: string): InjectOptions => ({ remoteAddress })
      for (let at = 0; at < 5; at += 1)
        assert.equal((await enter('anna', 'guess', from('10.0.0.9'))).statusCode, 401)
      const locked = await enter('anna', PASSWORD, from('10.0.0.9'))
      assert.equal(locked.statusCode, 429)
      assert.equal(locked.json().code, 'DBM_SIGN_IN_LOCKED')
      assert.equal((await enter('anna', PASSWORD, from('10.0.0.10'))).statusCode, 201)
      assert.equal((await enter('ANNA', PASSWORD, from('10.0.0.9'))).statusCode, 429, 'one name in any case')
    })

    test('guessing from everywhere locks strangers out, never an address its owner signed in from', async () => {
      const accountDigest = digestOf('anna')
      for (let at = 0; at < 50; at += 1)
        await signInOf(store).recordAttempt({ accountDigest, address: `10.1.0.${at}`, succeeded: false })
      const from = (remoteAddress: string): InjectOptions => ({ remoteAddress })
      assert.equal((await enter('anna', PASSWORD, from('10.2.0.1'))).statusCode, 429)
      assert.equal((await enter('anna', PASSWORD)).statusCode, 201, 'known address')
    })

    test('an address that tries many names is locked for all of them', async () => {
      for (let at = 0; at < 30; at += 1)
        await signInOf(store).recordAttempt({
          accountDigest: digestOf(`name${at}`),
          address: '10.3.0.1',
          succeeded: false,
        })
      assert.equal((await enter('somebody', 'x', { remoteAddress: '10.3.0.1' })).statusCode, 429)
    })

    test('a link given by an administrator sets a password once and ends every session of that login', async () => {
      const headers = await browser('anna')
      const { keyId, publicKey } = generateKey()
      await store.serve.addUser({
        userName: 'bert',
        displayName: 'Bert',
        personOf: null,
        mayApprove: false,
        mayAdminister: false,
        keyId,
        publicKey: publicKey.toString('base64'),
        signer: anna,
      })
      const made = await post('/api/people/bert/link', {}, { headers })
      assert.equal(made.statusCode, 201, made.body)
      const { secret } = made.json()
      const weak = await post('/api/links/redeem', { secret, userName: 'bert', password: 'Bert!2026!!' })
      assert.equal(weak.json().code, 'DBM_PASSWORD_WEAK')
      const wrong = await post('/api/links/redeem', { secret, userName: 'anna', password: PASSWORD })
      assert.equal(wrong.json().code, 'DBM_LINK_SPENT', 'a link is for one login')
      const used = await post('/api/links/redeem', { secret, userName: 'bert', password: PASSWORD })
      assert.equal(used.statusCode, 204, used.body)
      const again = await post('/api/links/redeem', { secret, userName: 'bert', password: PASSWORD })
      assert.equal(again.json().code, 'DBM_LINK_SPENT')
      const own = await browser('bert')
      assert.equal((await app.inject({ url: '/api/issues', headers: own })).statusCode, 403, 'no role yet')
      const give = (role: string, held: boolean) =>
        app.inject({ method: 'PUT', url: `/api/people/bert/roles/${role}`, headers, payload: { held } })
      assert.equal((await give('viewer', true)).statusCode, 204)
      assert.equal((await app.inject({ url: '/api/issues', headers: own })).statusCode, 200)
      const beyond = await give('administrator', true)
      assert.equal(beyond.statusCode, 409)
      assert.match(beyond.json().detail, /GOV-104/)
      assert.equal((await give('viewer', false)).statusCode, 204)
      assert.equal((await app.inject({ url: '/api/issues', headers: own })).statusCode, 403)
    })

    test('an owner who is kept out by guesses from everywhere gets in where a one-time link was redeemed', async () => {
      const headers = await browser('anna')
      const accountDigest = digestOf('bert')
      for (let at = 0; at < 50; at += 1)
        await signInOf(store).recordAttempt({ accountDigest, address: `10.7.0.${at}`, succeeded: false })
      const here: InjectOptions = { remoteAddress: '10.8.0.1' }
      assert.equal((await enter('bert', PASSWORD, here)).json().code, 'DBM_SIGN_IN_LOCKED')
      const { secret } = (await post('/api/people/bert/link', {}, { headers })).json()
      const used = await post('/api/links/redeem', { secret, userName: 'bert', password: PASSWORD }, here)
      assert.equal(used.statusCode, 204, used.body)
      assert.equal((await enter('bert', PASSWORD, here)).statusCode, 201)
      assert.equal((await enter('bert', PASSWORD, { remoteAddress: '10.8.0.2' })).statusCode, 429)
    })

    test('a changed password needs the old one and signs every other browser out', async () => {
      const [one, two] = [await browser('anna'), await browser('anna')]
      const change = (current: string, next: string) =>
        app.inject({
          method: 'PUT',
          url: '/api/password',
          headers: one,
          payload: { current, password: next },
        })
      assert.equal((await change('not it', 'five other plain words')).statusCode, 401)
      assert.equal((await change(PASSWORD, 'Qwertyuiop-2026')).json().code, 'DBM_PASSWORD_WEAK')
      assert.equal((await change(PASSWORD, 'five other plain words')).statusCode, 204)
      assert.equal((await app.inject({ url: '/api/session', headers: one })).statusCode, 200)
      assert.equal((await app.inject({ url: '/api/session', headers: two })).statusCode, 401)
      assert.equal((await enter('anna', PASSWORD)).statusCode, 401)
      assert.equal((await change('five other plain words', PASSWORD)).statusCode, 204)
    })

    test('signing out everywhere ends every session, and one of them ends alone by its digest', async () => {
      const [one, two] = [await browser('anna'), await browser('anna')]
      const { items } = (await app.inject({ url: '/api/sessions', headers: one })).json()
      const other = items.find((each: { current: boolean }) => !each.current)
      const ended = await app.inject({
        method: 'DELETE',
        url: `/api/sessions/${digestOf(two.cookie.split('=')[1] ?? '')}`,
        headers: one,
      })
      assert.equal(ended.statusCode, 204)
      assert.ok(other)
      assert.equal((await app.inject({ url: '/api/session', headers: two })).statusCode, 401)
      const three = await browser('anna')
      await app.inject({ method: 'DELETE', url: '/api/sessions', headers: one })
      for (const headers of [one, three])
        assert.equal((await app.inject({ url: '/api/session', headers })).statusCode, 401)
    })

    test('a token reads within its scope, makes no tokens, and stops when it is revoked', async () => {
      const headers = await browser('anna')
      const bare = await post(
        '/api/tokens',
        { tokenName: 'grafana', scopes: ['read'], days: 30, password: 'four other words here' },
        { headers },
      )
      assert.deepEqual([bare.statusCode, bare.json().code], [403, 'DBM_PROOF_MISSING'])
      const made = await post(
        '/api/tokens',
        { tokenName: 'grafana', scopes: ['read'], days: 30, password: PASSWORD },
        { headers },
      )
      assert.equal(made.statusCode, 201, made.body)
      const { token, tokenId } = made.json()
      assert.match(token, /^dbm_[\w-]{43}$/)
      const bearer = { authorization: `Bearer ${token}` }
      assert.equal((await app.inject({ url: '/api/issues', headers: bearer })).statusCode, 200)
      assert.equal((await app.inject({ url: '/api/audit', headers: bearer })).statusCode, 403)
      const child = await post(
        '/api/tokens',
        { tokenName: 'more', scopes: ['read'], days: 1, password: PASSWORD },
        { headers: bearer },
      )
      assert.equal(child.statusCode, 403)
      const listed = (await app.inject({ url: '/api/tokens', headers })).body
      assert.ok(listed.includes('grafana') && !listed.includes(token))
      const gone = await app.inject({ method: 'DELETE', url: `/api/tokens/${tokenId}`, headers })
      assert.equal(gone.statusCode, 204)
      assert.equal((await app.inject({ url: '/api/issues', headers: bearer })).statusCode, 401)
      const twice = await app.inject({ method: 'DELETE', url: `/api/tokens/${tokenId}`, headers })
      assert.equal(twice.statusCode, 404)
    })

    test('no password, secret or hash is in the audit chain, and who signed in is', async () => {
      const links = await store.read.audit(1, 1000)
      const text = links.map((each) => each.canonical).join('\n')
      assert.doesNotMatch(text, /argon2|four plain words|dbm_[\w-]{43}/)
      assert.match(text, /"table":"sessions"|"table": "sessions"/)
    })
  })
}
