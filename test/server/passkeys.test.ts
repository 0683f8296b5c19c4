/** Passkeys over HTTP: made, signed in with, a proof for HIGH risk, counted, refused, removed. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { signText } from '../../src/access/index.ts'
import { passkeyPlace } from '../../src/server/passkey-proofs.ts'
import { createPasswords } from '../../src/server/passwords.ts'
import { decide, makeIssue, setActive } from '../support/pipeline-rows.ts'
import { SoftPasskey } from '../support/soft-passkey.ts'
import { type ApiWorld, makeApiWorld, panelOf, signInOf } from './support/api-world.ts'
import { codeNow } from './support/code-now.ts'

const PASSWORD = 'four plain words here'
/** Where the server of these tests is for, whatever host a request names. */
const PLACE = { origin: 'http://localhost:8642', rpId: 'localhost' }
process.env['DBM_TEST_SECRET_KEY'] = 'a key of the server for these tests only'

describe('passkeys', () => {
  let api: ApiWorld
  let mine: SoftPasskey
  let handle = ''
  before(async () => {
    const panel = panelOf('{ requestsPerMinute: 1000000, secretKey: "env:DBM_TEST_SECRET_KEY" }')
    api = await makeApiWorld('sqlite', panel)
    const hash = await createPasswords().hash(PASSWORD)
    for (const user of ['bert', 'carl', 'otto']) await signInOf(api.world.store).setPassword(user, hash, user)
  })
  after(() => api.stop())

  let requests = 0
  /** Each request is from another address, as far as a test does not say which: so many a minute are let in from one. */
  const post = (url: string, payload: object, more: InjectOptions = {}) => {
    requests += 1
    return api.app.inject({ method: 'POST', url, payload, remoteAddress: `10.1.0.${requests}`, ...more })
  }
  type Headers = Readonly<Record<string, string>>

  /** Makes a passkey and registers it. */
  const registered = async (
    headers: Headers,
    proof: object = { password: PASSWORD },
    passkey = new SoftPasskey(PLACE),
  ) => {
    const drafted = await post('/api/passkeys/draft', proof, { headers })
    assert.equal(drafted.statusCode, 200, drafted.body)
    const payload = { passkeyName: 'laptop', ...passkey.made(drafted.json()) }
    const made = await post('/api/passkeys', payload, { headers })
    assert.equal(made.statusCode, 201, made.body)
    return { passkey, drafted: drafted.json(), made: made.json(), payload }
  }
  const asked = async () => {
    const answer = await post('/api/session/passkey/challenge', {})
    assert.equal(answer.statusCode, 200, answer.body)
    const [cookie] = answer.cookies
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.maxAge], [true, 'Strict', 60])
    const headers = { cookie: `${cookie?.name}=${cookie?.value}` }
    return { challenge: answer.json().challenge as string, headers }
  }
  const proofFor = async (headers: Headers, planDigest: string | null = null) =>
    (await post('/api/passkeys/challenge', { planDigest }, { headers })).json().challenge as string

  test('one is made with the password again, is listed without its key, and no answer counts twice', async () => {
    const { headers } = await api.signIn('approver')
    const bare = await post('/api/passkeys/draft', {}, { headers })
    assert.equal(bare.json().code, 'DBM_REQUEST_INVALID')
    const wrong = await post('/api/passkeys/draft', { password: 'not it at all' }, { headers })
    assert.deepEqual([wrong.statusCode, wrong.json().code], [403, 'DBM_PROOF_MISSING'])
    const { passkey, drafted, made, payload } = await registered(headers)
    mine = passkey
    handle = drafted.userHandle
    assert.deepEqual([drafted.rpId, drafted.userName, drafted.excluded], ['localhost', 'bert', []])
    assert.equal(Buffer.from(handle, 'base64url').length, 32)
    assert.deepEqual([made.passkeyName, made.algorithm, made.lastUsedAt], ['laptop', 'ES256', null])
    const again = await post('/api/passkeys', payload, { headers })
    assert.deepEqual([again.statusCode, again.json().code], [403, 'DBM_PASSKEY_REFUSED'])
    const { origin, items } = (await api.app.inject({ url: '/api/passkeys', headers })).json()
    assert.deepEqual([origin, items], [PLACE.origin, [made]])
    const other = await registered(headers, { passkey: passkey.used(await proofFor(headers)) })
    assert.deepEqual(other.drafted.excluded, [payload.credentialId])
    assert.equal(other.drafted.userHandle, handle, 'a login has one')
  })

  test('what was made for another browser, another address or by a stranger is not registered', async () => {
    const [one, two] = [await api.signIn('operator'), await api.signIn('operator')]
    const draft = async () =>
      (await post('/api/passkeys/draft', { password: PASSWORD }, { headers: one.headers })).json()
    const send = (passkey: object, headers: Headers) =>
      post('/api/passkeys', { passkeyName: 'x', ...passkey }, { headers })
    const soft = new SoftPasskey(PLACE)
    const elsewhere = await send(soft.made(await draft()), two.headers)
    assert.equal(elsewhere.json().code, 'DBM_PASSKEY_REFUSED')
    const phished = await send(soft.made(await draft(), { origin: 'http://localhost:9999' }), one.headers)
    assert.match(phished.json().detail, /another address/)
    const unverified = await send(soft.made(await draft(), { flags: 0x41 }), one.headers)
    assert.match(unverified.json().detail, /finger, a face or a PIN/)
    const invented = await send(soft.made({ challenge: 'a'.repeat(43) }), one.headers)
    assert.match(invented.json().detail, /answers no question of this browser/)
    assert.equal((await send(soft.made(await draft()), one.headers)).statusCode, 201)
  })

  test('it signs in alone, once for each question, only where it was asked, and only as its login', async () => {
    const first = await asked()
    const answer = mine.used(first.challenge)
    const stolen = await post('/api/session/passkey', { passkey: answer })
    assert.equal(stolen.json().code, 'DBM_PASSKEY_REFUSED', 'another browser was asked')
    const entered = await post('/api/session/passkey', { passkey: answer }, { headers: first.headers })
    assert.equal(entered.statusCode, 201, entered.body)
    assert.equal(entered.json().userName, 'bert')
    const cookie = entered.cookies.find((each) => each.name === 'dbmedic_session')
    const inside = { cookie: `dbmedic_session=${cookie?.value}` }
    assert.equal((await api.app.inject({ url: '/api/session', headers: inside })).statusCode, 200)
    const again = await post('/api/session/passkey', { passkey: answer }, { headers: first.headers })
    assert.equal(again.json().code, 'DBM_PASSKEY_REFUSED', 'a question is answered once')
    const as = async (userName: string) => {
      const { challenge, headers } = await asked()
      return post('/api/session/passkey', { passkey: mine.used(challenge), userName }, { headers })
    }
    assert.match((await as('carl')).json().detail, /of another login/)
    assert.equal((await as('BERT')).statusCode, 201)
    const unknown = await asked()
    const nobodys = { passkey: new SoftPasskey(PLACE).used(unknown.challenge) }
    const refused = await post('/api/session/passkey', nobodys, { headers: unknown.headers })
    assert.match(refused.json().detail, /not registered here/)
  })

  test('a question that ran out, and a proof, are no answer to sign in with', async () => {
    const { headers } = await api.signIn('approver')
    const late = await asked()
    await api.asOwner('DROP TRIGGER passkey_challenges_before_update')
    await api.asOwner("UPDATE passkey_challenges SET expires_at = '2020-01-01T00:00:00.000000Z'")
    const ran = await post('/api/session/passkey', { passkey: mine.used(late.challenge) }, late)
    assert.match(ran.json().detail, /more than a minute ago/)
    const browser = await asked()
    const proof = { passkey: mine.used(await proofFor(headers)) }
    const taken = await post('/api/session/passkey', proof, { headers: browser.headers })
    assert.match(taken.json().detail, /answers no question of this browser/)
  })

  test('HIGH risk takes it as the fresh proof of this plan, in this session, and says so on the vote', async () => {
    const { world } = api
    const { headers } = await api.signIn('approver')
    const plan = async () =>
      decide(world, await makeIssue(world, 'passkey.vote'), { action: 'mysql/rebuild-table' })
    const { planDigest, decisionId } = await plan()
    const url = `/api/decisions/${decisionId}`
    await api.app.inject({ method: 'PUT', url: `${url}/reading`, headers, payload: { planDigest } })
    const ballot = { planDigest, decline: false, reason: 'CONFIDENT' }
    const { text, vote } = (await post(`${url}/ballot`, ballot, { headers })).json()
    const { approvalStatus, expiresAt } = vote
    const signed = { ...ballot, approvalStatus, expiresAt, signature: signText(text, world.bert.seed) }
    const send = (key: string, passkey: object) =>
      post(`${url}/votes`, { ...signed, passkey }, { headers: { ...headers, 'idempotency-key': key } })
    const ofNone = await send('passkey-vote-00001', mine.used(await proofFor(headers)))
    assert.match(ofNone.json().detail, /another plan/)
    const ofOther = await send('passkey-vote-00002', mine.used(await proofFor(headers, 'a'.repeat(64))))
    assert.deepEqual([ofOther.statusCode, ofOther.json().code], [403, 'DBM_PROOF_MISSING'])
    const elsewhere = await proofFor((await api.signIn('approver')).headers, planDigest)
    assert.equal((await send('passkey-vote-00003', mine.used(elsewhere))).json().code, 'DBM_PROOF_MISSING')
    const answer = mine.used(await proofFor(headers, planDigest), { flags: 0x01 })
    assert.match((await send('passkey-vote-00004', answer)).json().detail, /finger, a face or a PIN/)
    assert.deepEqual(await world.store.read.approvals(decisionId), [])
    const right = mine.used(await proofFor(headers, planDigest))
    const taken = await send('passkey-vote-00005', right)
    assert.equal(taken.statusCode, 201, taken.body)
    const replayed = await send('passkey-vote-00005', right)
    assert.equal(replayed.headers['idempotency-replayed'], 'true', 'no answer came, and it is sent again')
    const [stored] = await world.store.read.approvals(decisionId)
    assert.deepEqual(
      [stored?.authenticationMethod, stored?.approvalStatus],
      ['key+passkey', 'CONDITIONAL_APPROVAL'],
    )
  })

  test('a counter that goes back is refused and on the chain, shown to its owner, and guessing is stopped', async () => {
    const { headers } = await api.signIn('approver')
    const enter = async (wrong: object, remoteAddress = '127.0.0.1') => {
      const { challenge, headers: browser } = await asked()
      const passkey = mine.used(challenge, wrong)
      return post('/api/session/passkey', { passkey }, { headers: browser, remoteAddress })
    }
    const copied = await enter({ signCount: 1 })
    assert.deepEqual([copied.statusCode, copied.json().code], [403, 'DBM_PASSKEY_REFUSED'])
    assert.match(copied.json().detail, /there may be a copy of it/)
    const { items } = (await api.app.inject({ url: '/api/passkeys', headers })).json()
    assert.equal(items[0].refusals, 2, 'the unverified one of the vote, and this')
    const links = (await api.world.store.read.audit(1, 100_000)).map((each) => each.canonical)
    assert.ok(links.some((text) => text.includes('"COUNTER"') && text.includes('passkey_refusals')))
    assert.equal((await enter({})).statusCode, 201, 'its owner still has it')
    for (let at = 0; at < 5; at += 1) await enter({ signCount: 1 }, '10.9.0.1')
    assert.equal((await enter({}, '10.9.0.1')).json().code, 'DBM_SIGN_IN_LOCKED')
    assert.equal((await enter({}, '10.9.0.2')).statusCode, 201, 'for that address only')
  })

  test('where a second factor is set, the password alone makes no passkey and removes none', async () => {
    const { headers } = await api.signIn('operator')
    const draft = (await post('/api/second-factor/draft', { password: PASSWORD }, { headers })).json()
    const confirm = { sealed: draft.sealed, code: codeNow(draft.secret) }
    assert.equal((await post('/api/second-factor', confirm, { headers })).statusCode, 201)
    const alone = await post('/api/passkeys/draft', { password: PASSWORD }, { headers })
    assert.match(alone.json().detail, /a second factor is set/)
    const wrong = await post('/api/passkeys/draft', { password: PASSWORD, code: '000000' }, { headers })
    assert.match(wrong.json().detail, /this code is wrong/)
    const { made } = await registered(headers, { password: PASSWORD, code: codeNow(draft.secret, 1) })
    const url = `/api/passkeys/${made.passkeyId}/remove`
    assert.equal((await post(url, { password: PASSWORD }, { headers })).statusCode, 403)
  })

  test('another name asks for a proof as well: names are what their owner tells passkeys by', async () => {
    const { headers } = await api.signIn('approver')
    const { passkey, made } = await registered(headers)
    const rename = (more: object, whose: Headers = headers) =>
      post(
        `/api/passkeys/${made.passkeyId}/name`,
        { passkeyName: 'lost phone', ...more },
        { method: 'PUT', headers: whose },
      )
    const nameNow = async () => {
      const { items } = (await api.app.inject({ url: '/api/passkeys', headers })).json()
      return items.find((each: { passkeyId: number }) => each.passkeyId === made.passkeyId).passkeyName
    }
    assert.equal((await rename({})).json().code, 'DBM_REQUEST_INVALID')
    const wrong = await rename({ password: 'not it at all' })
    assert.deepEqual([wrong.statusCode, wrong.json().code], [403, 'DBM_PROOF_MISSING'])
    const ofVote = { passkey: passkey.used(await proofFor(headers, 'a'.repeat(64))) }
    assert.equal((await rename(ofVote)).json().code, 'DBM_PROOF_MISSING', 'it was given for a plan')
    const foreign = await rename({ password: PASSWORD }, (await carlIn()).headers)
    assert.equal(foreign.statusCode, 404, 'it is not theirs')
    assert.equal(await nameNow(), 'laptop')
    assert.equal((await rename({ passkey: passkey.used(await proofFor(headers)) })).statusCode, 204)
    assert.equal(await nameNow(), 'lost phone')
    assert.equal((await rename({ passkeyName: 'desk', password: PASSWORD })).statusCode, 204)
    assert.equal(await nameNow(), 'desk')
  })

  test('it is removed by its owner with a proof, which signs other browsers out, or by an administrator', async () => {
    const [one, two] = [await api.signIn('approver'), await api.signIn('approver')]
    const { passkey, made } = await registered(one.headers)
    const url = `/api/passkeys/${made.passkeyId}/remove`
    const foreign = await post(url, { password: PASSWORD }, { headers: (await carlIn()).headers })
    assert.equal(foreign.statusCode, 404, 'it is not theirs')
    const proof = { passkey: passkey.used(await proofFor(one.headers)) }
    assert.equal((await post(url, proof, { headers: one.headers })).statusCode, 204)
    assert.equal((await api.app.inject({ url: '/api/session', headers: two.headers })).statusCode, 401)
    const gone = await asked()
    const used = await post('/api/session/passkey', { passkey: passkey.used(gone.challenge) }, gone)
    assert.match(used.json().detail, /not registered here, or was removed/)
    const { headers } = await api.signIn('administrator')
    const told = async () => {
      const { items } = (await api.app.inject({ url: '/api/people', headers })).json()
      return items.find((each: { readonly userName: string }) => each.userName === 'bert').passkeys
    }
    assert.ok((await told()) > 0)
    const removed = { method: 'DELETE', url: '/api/people/bert/passkeys', headers } as const
    assert.equal((await api.app.inject(removed)).statusCode, 204)
    assert.equal(await told(), 0)
    assert.equal((await api.app.inject(removed)).statusCode, 404)
    assert.equal((await api.app.inject({ url: '/api/session', headers: one.headers })).statusCode, 401)
  })

  const carlIn = async () => {
    const entered = await post('/api/session', { userName: 'carl', password: PASSWORD })
    const cookie = entered.cookies.find((each) => each.name === 'dbmedic_session')
    const csrf = entered.json().csrfToken as string
    return { headers: { cookie: `dbmedic_session=${cookie?.value}`, 'x-csrf-token': csrf } }
  }

  test('a one-time link, the way back after a theft, removes what the thief may have made', async () => {
    const { passkey } = await registered((await carlIn()).headers)
    const { headers } = await api.signIn('administrator')
    const { secret } = (await post('/api/people/carl/link', {}, { headers })).json()
    const redeemed = await post('/api/links/redeem', { secret, userName: 'carl', password: PASSWORD })
    assert.equal(redeemed.statusCode, 204, redeemed.body)
    const { challenge, headers: browser } = await asked()
    const used = await post(
      '/api/session/passkey',
      { passkey: passkey.used(challenge) },
      { headers: browser },
    )
    assert.match(used.json().detail, /not registered here, or was removed/)
  })

  test('a login that is shut out does not come in by its passkey', async () => {
    const { headers } = await carlIn()
    const { passkey } = await registered(headers)
    await setActive(api.world, 'carl', false)
    const { challenge, headers: browser } = await asked()
    const refused = await post(
      '/api/session/passkey',
      { passkey: passkey.used(challenge) },
      { headers: browser },
    )
    assert.deepEqual([refused.statusCode, refused.json().code], [401, 'DBM_SIGN_IN_FAILED'])
  })
})

test('the address passkeys are for is that of the configuration: https by a name, or localhost, or none', () => {
  const at = (yaml: string, bound: Parameters<typeof passkeyPlace>[1] = null) =>
    passkeyPlace(panelOf(yaml), bound)
  const named = { origin: 'https://db.example.org:8443', rpId: 'db.example.org' }
  assert.deepEqual(at('{ publicUrl: "https://db.example.org:8443/" }'), named)
  assert.deepEqual(at('{}', { address: '127.0.0.1', family: 'IPv4', port: 4711 }), {
    origin: 'http://localhost:4711',
    rpId: 'localhost',
  })
  assert.deepEqual(at('{ listen: "127.0.0.1:9000" }')?.origin, 'http://localhost:9000')
  assert.equal(at('{ publicUrl: "https://192.0.2.7/" }'), null)
  assert.equal(at('{ publicUrl: "https://[2001:db8::1]/" }'), null)
  assert.equal(at('{ publicUrl: "http://db.example.org/", plainHttp: true }'), null)
})
