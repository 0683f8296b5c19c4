/** The second factor over HTTP: set, asked for, taken once, locked, lost and removed. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { signText } from '../../src/access/index.ts'
import { createPasswords } from '../../src/server/passwords.ts'
import { digestOf } from '../../src/server/secrets.ts'
import { availableStores } from '../store/support/stores.ts'
import { decide, makeIssue } from '../support/pipeline-rows.ts'
import { type ApiWorld, makeApiWorld, panelOf, signInOf } from './support/api-world.ts'
import { codeNow } from './support/code-now.ts'

const PASSWORD = 'four plain words here'
process.env['DBM_TEST_SECRET_KEY'] = 'a key of the server for these tests only'

for (const { name, missing } of await availableStores()) {
  describe(`the second factor over ${name}`, { skip: missing ?? false }, () => {
    let api: ApiWorld
    let secret: string
    let setWith: string
    let recoveryCodes: readonly string[]
    before(async () => {
      const panel = panelOf('{ requestsPerMinute: 1000000, secretKey: "env:DBM_TEST_SECRET_KEY" }')
      api = await makeApiWorld(name, panel)
      const hash = await createPasswords().hash(PASSWORD)
      for (const user of ['bert', 'otto']) await signInOf(api.world.store).setPassword(user, hash, user)
    })
    after(() => api.stop())

    const post = (url: string, payload: object, more: InjectOptions = {}) =>
      api.app.inject({ method: 'POST', url, payload, ...more })
    const enter = (code?: string, remoteAddress = '127.0.0.1') =>
      post(
        '/api/session',
        { userName: 'bert', password: PASSWORD, ...(code === undefined ? {} : { code }) },
        { remoteAddress },
      )
    const draft = async (headers: Record<string, string>) =>
      (await post('/api/second-factor/draft', { password: PASSWORD }, { headers })).json()

    test('it is set with the password and a first code, and signs other browsers out', async () => {
      const [one, two] = [await api.signIn('approver'), await api.signIn('approver')]
      const { headers } = one
      const wrong = await post('/api/second-factor/draft', { password: 'not it at all' }, { headers })
      assert.deepEqual([wrong.statusCode, wrong.json().code], [403, 'DBM_PROOF_MISSING'])
      const made = await draft(headers)
      secret = made.secret
      assert.match(secret, /^[A-Z2-7]{32}$/)
      assert.match(made.address, new RegExp(`^otpauth://totp/dbmedic:bert\\?secret=${secret}&`))
      assert.equal((await api.app.inject({ url: '/api/second-factor', headers })).json().set, false)
      const early = await post(
        '/api/second-factor',
        { sealed: made.sealed, code: codeNow(secret, -3) },
        { headers },
      )
      assert.equal(early.json().code, 'DBM_PROOF_MISSING')
      setWith = codeNow(secret)
      const foreign = (await api.signIn('operator')).headers
      const stolen = await post(
        '/api/second-factor',
        { sealed: made.sealed, code: codeNow(secret) },
        { headers: foreign },
      )
      assert.equal(stolen.statusCode, 400, 'a secret made for somebody else')
      const set = await post('/api/second-factor', { sealed: made.sealed, code: setWith }, { headers })
      assert.equal(set.statusCode, 201, set.body)
      recoveryCodes = set.json().recoveryCodes
      assert.equal(recoveryCodes.length, 10)
      assert.equal((await api.app.inject({ url: '/api/session', headers: two.headers })).statusCode, 401)
      const shown = (await api.app.inject({ url: '/api/second-factor', headers })).json()
      assert.deepEqual([shown.set, shown.codesLeft], [true, 10])
      const again = await draft(headers)
      const second = await post(
        '/api/second-factor',
        { sealed: again.sealed, code: codeNow(again.secret) },
        { headers },
      )
      assert.equal(second.json().code, 'DBM_STORE_REFUSED', 'one of a login at a time')
    })

    test('signing in asks for a code after the right password, and takes each once', async () => {
      const without = await enter()
      assert.deepEqual([without.statusCode, without.json().code], [401, 'DBM_SECOND_FACTOR'])
      const wrongPassword = await post('/api/session', {
        userName: 'bert',
        password: 'no',
        code: codeNow(secret),
      })
      assert.equal(wrongPassword.json().code, 'DBM_SIGN_IN_FAILED', 'nothing is said of a second factor')
      assert.equal((await enter(setWith)).json().code, 'DBM_SECOND_FACTOR', 'taken when it was set')
      // One step ahead: the one of now was taken when it was set.
      const code = codeNow(secret, 1)
      assert.equal((await enter(code)).statusCode, 201)
      assert.equal((await enter(code)).json().code, 'DBM_SECOND_FACTOR', 'taken already')
    })

    test('a recovery code stands for it once, however it is typed', async () => {
      const [first = '', second = ''] = recoveryCodes
      assert.equal((await enter(first.toLowerCase().replaceAll('-', ' '))).statusCode, 201)
      assert.equal((await enter(first, '10.5.0.2')).json().code, 'DBM_SECOND_FACTOR')
      const headers = (await api.signIn('approver')).headers
      const made = await post(
        '/api/second-factor/recovery-codes',
        { password: PASSWORD, code: second },
        { headers },
      )
      assert.equal(made.statusCode, 201, made.body)
      const before = recoveryCodes
      recoveryCodes = made.json().recoveryCodes
      assert.equal(
        (await enter(before[2], '10.5.0.1')).json().code,
        'DBM_SECOND_FACTOR',
        'those before count no more',
      )
      assert.equal((await enter(recoveryCodes[0])).statusCode, 201)
      assert.equal((await api.app.inject({ url: '/api/second-factor', headers })).json().codesLeft, 9)
    })

    test('guessing codes is stopped at an address and in all, never for ever where its owner is known', async () => {
      for (let at = 0; at < 5; at += 1) assert.equal((await enter('000000', '10.0.0.9')).statusCode, 401)
      assert.equal((await enter(recoveryCodes[1], '10.0.0.9')).json().code, 'DBM_SIGN_IN_LOCKED')
      const accountDigest = digestOf('second-factor bert')
      for (let at = 0; at < 50; at += 1)
        await signInOf(api.world.store).recordAttempt({
          accountDigest,
          address: `10.1.0.${at}`,
          succeeded: false,
        })
      assert.equal((await enter(recoveryCodes[1], '10.2.0.1')).json().code, 'DBM_SIGN_IN_LOCKED')
      assert.equal((await enter(recoveryCodes[1])).statusCode, 201, 'an address bert signed in from')
    })

    test('guesses sent at once, or from one network, are counted as if they came one after the other', async () => {
      const at = (n: number): string => `2001:db8:0:9:${n}::1`
      const codes = (await Promise.all(Array.from({ length: 12 }, (_, n) => enter('000000', at(n))))).map(
        (answer) => answer.json().code,
      )
      const compared = codes.filter((code) => code === 'DBM_SECOND_FACTOR')
      assert.ok(compared.length <= 5, `${compared.length} were compared`)
      assert.ok(codes.every((code) => code === 'DBM_SECOND_FACTOR' || code === 'DBM_SIGN_IN_LOCKED'))
    })

    test('signing in again ends the session the browser had', async () => {
      const before = await api.signIn('operator')
      const again = await post(
        '/api/session',
        { userName: 'otto', password: PASSWORD },
        { headers: before.headers },
      )
      assert.equal(again.statusCode, 201, again.body)
      assert.equal((await api.app.inject({ url: '/api/session', headers: before.headers })).statusCode, 401)
    })

    test('who has a session guesses the password behind it no more often than at sign-in', async () => {
      const { headers } = await api.signIn('operator')
      const guess = (current: string) =>
        api.app.inject({
          method: 'PUT',
          url: '/api/password',
          headers,
          payload: { current, password: 'five other plain words' },
          remoteAddress: '10.7.0.1',
        })
      for (let at = 0; at < 5; at += 1) assert.equal((await guess(`guess ${at}`)).statusCode, 401)
      const sixth = await guess(PASSWORD)
      assert.deepEqual([sixth.statusCode, sixth.json().code], [429, 'DBM_SIGN_IN_LOCKED'])
    })

    test('it is removed by its owner with both proofs, or by an administrator, and by nobody else', async () => {
      const operator = (await api.signIn('operator')).headers
      const url = '/api/people/bert/second-factor'
      const refused = await api.app.inject({ method: 'DELETE', url, headers: operator })
      assert.equal(refused.json().code, 'DBM_RIGHT_MISSING')
      const own = (await api.signIn('approver')).headers
      const wrong = { password: PASSWORD, code: '000000' }
      assert.equal(
        (await post('/api/second-factor/remove', wrong, { headers: own })).json().code,
        'DBM_PROOF_MISSING',
      )
      const right = { password: PASSWORD, code: recoveryCodes[2] }
      assert.equal((await post('/api/second-factor/remove', right, { headers: own })).statusCode, 204)
      assert.equal((await enter()).statusCode, 201)
      const made = await draft(own)
      const set = await post(
        '/api/second-factor',
        { sealed: made.sealed, code: codeNow(made.secret) },
        { headers: own },
      )
      assert.equal(set.statusCode, 201, set.body)
      await voteByCode(own, codeNow(made.secret, 1), set.json().recoveryCodes[0])
      const { headers } = await api.signIn('administrator')
      const told = async () => {
        const { items } = (await api.app.inject({ url: '/api/people', headers })).json()
        return items.find((each: { readonly userName: string }) => each.userName === 'bert').hasSecondFactor
      }
      assert.equal(await told(), true)
      assert.equal((await api.app.inject({ method: 'DELETE', url, headers })).statusCode, 204)
      assert.equal(await told(), false)
      assert.equal((await api.app.inject({ method: 'DELETE', url, headers })).statusCode, 404)
      assert.equal(
        (await api.app.inject({ url: '/api/session', headers: own })).statusCode,
        401,
        'signed out',
      )
      assert.equal((await enter()).statusCode, 201)
    })

    /** A yes to HIGH risk with a code in place of the password; a recovery code is none. */
    async function voteByCode(
      headers: Record<string, string>,
      code: string,
      recovery: string,
    ): Promise<void> {
      const { world } = api
      const decision = await decide(world, await makeIssue(world, 'second.factor'), {
        action: 'mysql/rebuild-table',
      })
      const { planDigest, decisionId } = decision
      const url = `/api/decisions/${decisionId}`
      await api.app.inject({ method: 'PUT', url: `${url}/reading`, headers, payload: { planDigest } })
      const ballot = { planDigest, decline: false, reason: 'CONFIDENT' }
      const asked = (await post(`${url}/ballot`, ballot, { headers })).json()
      assert.deepEqual(asked.needs, ['password-or-code'])
      const { approvalStatus, expiresAt } = asked.vote
      const vote = { ...ballot, approvalStatus, expiresAt, signature: signText(asked.text, world.bert.seed) }
      const send = (key: string, proof: object) =>
        post(`${url}/votes`, { ...vote, ...proof }, { headers: { ...headers, 'idempotency-key': key } })
      const bare = await send('second-factor-vote-1', {})
      assert.equal(bare.json().code, 'DBM_PROOF_MISSING')
      const wrong = await send('second-factor-vote-2', { code: recovery })
      assert.equal(wrong.json().code, 'DBM_PROOF_MISSING', 'it is for the day the app is lost')
      const taken = await send('second-factor-vote-3', { code })
      assert.equal(taken.statusCode, 201, taken.body)
      const [stored] = await world.store.read.approvals(decisionId)
      assert.equal(stored?.authenticationMethod, 'key+totp')
    }

    test('its secret, its codes and the key of the server stand nowhere in the store', async () => {
      const owner = await api.server.connect('owner')
      const rows = [
        ...(await owner.rows('SELECT * FROM second_factors')),
        ...(await owner.rows('SELECT * FROM recovery_codes')),
        ...(await owner.rows('SELECT canonical FROM audit_log')),
        ...(await owner.rows('SELECT answer FROM request_answers')),
      ]
      await owner.close()
      const text = JSON.stringify(rows)
      assert.ok(text.includes('second_factors'), 'that it was set is on the chain')
      for (const kept of [secret, PASSWORD, process.env['DBM_TEST_SECRET_KEY'] ?? '', ...recoveryCodes])
        assert.ok(!text.includes(kept) && !text.includes(kept.replaceAll('-', '')), 'a secret in clear')
    })
  })
}

test('without a key and without a file’s place for one nobody can set a second factor, and is told why', async () => {
  const api = await makeApiWorld('sqlite', panelOf('{ secretKey: "env:DBM_TEST_MISSING_KEY" }'))
  try {
    process.env['DBM_TEST_MISSING_KEY'] = 'short'
    const hash = await createPasswords().hash(PASSWORD)
    await signInOf(api.world.store).setPassword('bert', hash, 'bert')
    const { headers } = await api.signIn('approver')
    const answer = await api.app.inject({
      method: 'POST',
      url: '/api/second-factor/draft',
      headers,
      payload: { password: PASSWORD },
    })
    assert.deepEqual([answer.statusCode, answer.json().code], [409, 'DBM_SERVER_SECRET'])
    assert.match(answer.json().hint, /panel\.secretKey/)
  } finally {
    await api.stop()
  }
})
