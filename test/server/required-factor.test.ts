/** People who decide sign in with more than a password, where the panel asks it of them: tried past the page. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createPasswords } from '../../src/server/passwords.ts'
import { rolesToProve } from '../../src/server/required-factor.ts'
import { SoftPasskey } from '../support/soft-passkey.ts'
import { type Actor, type ApiWorld, makeApiWorld, PEOPLE, panelOf, signInOf } from './support/api-world.ts'
import { codeNow } from './support/code-now.ts'

const PASSWORD = 'four plain words here'
const PLACE = { origin: 'http://localhost:8642', rpId: 'localhost' }
process.env['DBM_TEST_SECRET_KEY'] = 'a key of the server for these tests only'
const PANEL =
  '{ requestsPerMinute: 1000000, secretKey: "env:DBM_TEST_SECRET_KEY", secondFactorFor: [approver, administrator] }'

/** All that is answered to who has nothing set up, written down by hand; what is public is answered to anybody. */
const BEFORE = [
  'GET /api/session',
  'DELETE /api/session',
  'GET /api/second-factor',
  'POST /api/second-factor',
  'POST /api/second-factor/draft',
  'GET /api/passkeys',
  'POST /api/passkeys',
  'POST /api/passkeys/draft',
]

type Headers = Readonly<Record<string, string>>

describe('more than a password', () => {
  let api: ApiWorld
  before(async () => {
    api = await makeApiWorld('sqlite', panelOf(PANEL))
    const hash = await createPasswords().hash(PASSWORD)
    for (const user of [...Object.values(PEOPLE), 'carl'])
      await signInOf(api.world.store).setPassword(user, hash, user)
  })
  after(() => api.stop())

  let requests = 0
  const send = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    headers: Headers,
    payload?: object,
  ) => {
    requests += 1
    const remoteAddress = `10.2.${requests >> 8}.${requests & 255}`
    const body = payload === undefined ? {} : { payload }
    return api.app.inject({ method, url, headers: { ...headers }, remoteAddress, ...body })
  }
  /** Signs in as a browser does, by password alone. */
  const enter = async (userName: string, more: object = {}) => {
    const answer = await send('POST', '/api/session', {}, { userName, password: PASSWORD, ...more })
    const cookie = answer.cookies.find((each) => each.name === 'dbmedic_session')
    const headers: Headers = {
      cookie: `dbmedic_session=${cookie?.value}`,
      'x-csrf-token': String(answer.json().csrfToken),
    }
    return { answer, headers }
  }
  const entered = async (userName: string): Promise<Headers> => {
    const { answer, headers } = await enter(userName)
    assert.equal(answer.statusCode, 201, answer.body)
    return headers
  }
  const mustSetUp = async (headers: Headers): Promise<boolean> =>
    (await send('GET', '/api/session', headers)).json().mustSetUp
  const codeOf = async (url: string, headers: Headers): Promise<string> =>
    (await send('GET', url, headers)).json().code

  interface Operation {
    readonly 'x-right'?: string
  }
  const addresses = () => {
    const { paths } = api.app.swagger() as { paths: Record<string, Record<string, Operation>> }
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase() as 'GET',
        url: path
          .replace(/\{userName\}/, 'carl')
          .replace(/\{role\}/, 'viewer')
          .replace(/\{signature\}/, 'a'.repeat(64))
          .replace(/\{\w+\}/g, '1'),
        isPublic: operation['x-right'] === 'public',
      })),
    )
  }

  test('who decides and has nothing set up is answered nowhere but where it is set up, in no workspace', async (t) => {
    const wrong: string[] = []
    const cells = (['approver', 'administrator', 'outsider'] as const satisfies readonly Actor[]).flatMap(
      (actor) =>
        addresses()
          .filter(({ isPublic }) => !isPublic)
          .flatMap((address) => ['', '?workspace=2'].map((where) => ({ ...address, actor, where }))),
    )
    for (const { actor, name, method, url, where } of cells) {
      const { headers } = await api.signIn(actor)
      const payload = ['POST', 'PUT'].includes(method) ? {} : undefined
      const answer = await send(method, `${url}${where}`, headers, payload)
      const refused = answer.statusCode === 403 && answer.json().code === 'DBM_FACTOR_MISSING'
      if (refused === BEFORE.includes(name)) wrong.push(`${actor}: ${name}${where} ${answer.statusCode}`)
    }
    assert.deepEqual(wrong, [])
    t.diagnostic(`${cells.length} cells`)
  })

  test('others, and tokens that were made before, go on as they did', async () => {
    for (const actor of ['viewer', 'operator', 'auditor'] as const) {
      const headers = await entered(PEOPLE[actor])
      assert.equal(await mustSetUp(headers), false)
      assert.equal((await send('GET', '/api/issues', headers)).statusCode, 200)
    }
    const token = await api.tokenOf('approver', ['read'])
    const bearer = { authorization: `Bearer ${token}` }
    assert.equal((await send('GET', '/api/issues', bearer)).statusCode, 200)
    assert.equal(await mustSetUp(bearer), false)
  })

  test('the policies say of whom it is asked', async () => {
    const token = await api.tokenOf('approver', ['read'])
    const answer = await send('GET', '/api/policies', { authorization: `Bearer ${token}` })
    assert.deepEqual(answer.json().panel.secondFactorFor, ['approver', 'administrator'])
  })

  test('an authenticator app opens the rest, to the browser it was set up in and to who signs in with it', async () => {
    const headers = await entered('bert')
    assert.equal(await mustSetUp(headers), true)
    const wanted = { tokenName: 't', scopes: ['read'], days: 1, password: PASSWORD }
    const made = await send('POST', '/api/tokens', headers, wanted)
    assert.equal(made.json().code, 'DBM_FACTOR_MISSING', 'no token instead')
    const password = { current: PASSWORD, password: 'six other plain words' }
    assert.equal((await send('PUT', '/api/password', headers, password)).json().code, 'DBM_FACTOR_MISSING')
    const draft = (await send('POST', '/api/second-factor/draft', headers, { password: PASSWORD })).json()
    assert.equal(await mustSetUp(headers), true, 'a draft is none')
    const confirm = { sealed: draft.sealed, code: codeNow(draft.secret) }
    assert.equal((await send('POST', '/api/second-factor', headers, confirm)).statusCode, 201)
    assert.equal(await mustSetUp(headers), false)
    assert.equal((await send('GET', '/api/issues', headers)).statusCode, 200)
    assert.equal((await enter('bert')).answer.json().code, 'DBM_SECOND_FACTOR')

    const proof = { password: PASSWORD, code: codeNow(draft.secret, 1) }
    assert.equal((await send('POST', '/api/second-factor/remove', headers, proof)).statusCode, 204)
    assert.equal(await codeOf('/api/issues', headers), 'DBM_FACTOR_MISSING', 'removed again')
  })

  test('with a passkey the password alone signs in no more; lost ones are removed and one is set up anew', async () => {
    const early = await entered('anna')
    const headers = await entered('anna')
    const passkey = new SoftPasskey(PLACE)
    const draft = (await send('POST', '/api/passkeys/draft', headers, { password: PASSWORD })).json()
    const made = { passkeyName: 'laptop', ...passkey.made(draft) }
    assert.equal((await send('POST', '/api/passkeys', headers, made)).statusCode, 201)
    assert.equal(await mustSetUp(headers), false)
    assert.equal((await send('GET', '/api/people', headers)).statusCode, 200)
    const waited = await send('GET', '/api/session', early)
    assert.equal(waited.statusCode, 401, 'a session the password began elsewhere does not wait for it')
    const { answer } = await enter('anna')
    assert.deepEqual([answer.statusCode, answer.json().code], [401, 'DBM_PASSKEY_WANTED'])
    assert.deepEqual(answer.cookies, [])
    const wrong = await send('POST', '/api/session', {}, { userName: 'anna', password: 'not it at all' })
    assert.equal(wrong.json().code, 'DBM_SIGN_IN_FAILED', 'nothing is told without the password')

    const asked = await send('POST', '/api/session/passkey/challenge', {})
    const [cookie] = asked.cookies
    const answered = { passkey: passkey.used(asked.json().challenge) }
    const browser = { cookie: `${cookie?.name}=${cookie?.value}` }
    const session = await send('POST', '/api/session/passkey', browser, answered)
    assert.deepEqual([session.statusCode, session.json().mustSetUp], [201, false])
    await signInOf(api.world.store).removePasskeys('anna', 'all', 'anna')
    assert.equal(await mustSetUp(await entered('anna')), true)
  })

  test('a role that decides ends the sessions a password alone began, and asks from the next one on', async () => {
    const admin = (await api.signIn('administrator')).headers
    const { store } = api.world
    await signInOf(store).setSecondFactor({
      userName: 'anna',
      sealedSecret: {},
      lastStep: 0,
      recoveryDigests: [],
    })
    await signInOf(store).setMembership({
      userName: 'carl',
      workspaceId: 1,
      role: 'viewer',
      held: true,
      by: 'anna',
    })
    const before = await entered('carl')
    assert.equal(await mustSetUp(before), false)
    const give = (role: string) => send('PUT', `/api/people/carl/roles/${role}`, admin, { held: true })
    assert.equal((await give('operator')).statusCode, 204)
    assert.equal(await mustSetUp(before), false, 'an operator is not asked')
    assert.equal((await give('approver')).statusCode, 204)
    assert.equal((await send('GET', '/api/session', before)).statusCode, 401)
    const then = await entered('carl')
    assert.equal(await codeOf('/api/issues', then), 'DBM_FACTOR_MISSING')
    assert.equal((await give('approver')).statusCode, 204)
    assert.equal(await mustSetUp(then), true, 'giving it again ends nothing')
  })
})

test('not said, it is asked where people come over a network and can set something up; never where they cannot', () => {
  const roles = (yaml: string, store = './dbmedic.sqlite') => rolesToProve(panelOf(yaml), store)
  const server = 'mysql://db.example.org/dbmedic'
  const deciding = ['approver', 'administrator']
  assert.deepEqual(roles('{}'), [])
  assert.deepEqual(roles('{ publicUrl: "https://dbmedic.example.org" }'), deciding)
  assert.deepEqual(roles('{ publicUrl: "https://dbmedic.example.org" }', server), deciding, 'a passkey')
  assert.deepEqual(roles('{ publicUrl: "https://192.0.2.7" }', server), [], 'neither passkey nor key')
  assert.deepEqual(roles('{ publicUrl: "https://192.0.2.7", secretKey: "env:A" }', server), deciding)
  assert.deepEqual(roles('{ publicUrl: "https://dbmedic.example.org", secondFactorFor: [] }'), [])
  assert.deepEqual(roles('{ secondFactorFor: [viewer] }'), ['viewer'])
  const impossible = '{ publicUrl: "https://192.0.2.7", secondFactorFor: [approver] }'
  assert.throws(() => roles(impossible, server), /nobody can set up/)
})
