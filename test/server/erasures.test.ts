/** Erasure over HTTP: by a proven administrator, of somebody who was shut out, once; and what is kept of a person. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signerOf } from '../support/pipeline-rows.ts'
import { type Actor, type ApiWorld, makeApiWorld, PEOPLE, signInOf } from './support/api-world.ts'
import { PASSWORD } from './support/change.ts'
import { givePasswords, shutOut } from './support/valid-changes.ts'

describe('erasure over the API', () => {
  let api: ApiWorld
  let admin: Record<string, string>
  before(async () => {
    api = await makeApiWorld()
    await givePasswords(api)
    admin = { ...(await api.signIn('administrator')).headers }
  })
  after(() => api.stop())

  /** A browser of one of them, and their login. */
  const signedIn = async (actor: Actor) => ({ ...(await api.signIn(actor)), person: PEOPLE[actor] })
  const erase = (userName: string, over: object = {}, headers: object = admin) =>
    api.app.inject({
      method: 'POST',
      url: `/api/people/${userName}/erasure`,
      headers: { ...headers },
      payload: { reason: 'asked to be forgotten', typed: userName, password: PASSWORD, ...over },
    })
  const person = async (userName: string) => {
    const { items } = (await api.app.inject({ url: '/api/people', headers: admin })).json()
    return items.find((each: { userName: string }) => each.userName === userName)
  }

  test('needs the login typed, a reason, the right password, and somebody who was shut out', async () => {
    const gone = await shutOut(api)
    const codeOf = async (answer: ReturnType<typeof erase>) => {
      const { statusCode, ...given } = await answer
      return [statusCode, given.json().code]
    }
    assert.deepEqual(await codeOf(erase(gone, { typed: 'somebody' })), [400, 'DBM_REQUEST_INVALID'])
    assert.deepEqual(await codeOf(erase(gone, { reason: '  ' })), [400, 'DBM_REQUEST_INVALID'])
    assert.deepEqual(await codeOf(erase(gone, { password: undefined })), [400, 'DBM_REQUEST_INVALID'])
    assert.deepEqual(await codeOf(erase(gone, { password: 'not this one at all' })), [
      403,
      'DBM_PROOF_MISSING',
    ])
    assert.deepEqual(await codeOf(erase('bert')), [409, 'DBM_STORE_REFUSED'])
    assert.deepEqual(await codeOf(erase('anna')), [400, 'DBM_REQUEST_INVALID'])
    assert.equal((await erase('nobody')).statusCode, 404)
    assert.equal((await person(gone)).erasedAt, null)
    assert.equal((await signInOf(api.world.store).erasures()).length, 0)
  })

  test('takes the person from the list, gives what was done, and is done once', async () => {
    const gone = await shutOut(api)
    const kept = await api.app.inject({ url: `/api/people/${gone}/records`, headers: admin })
    assert.equal(kept.statusCode, 200, kept.body)
    assert.equal(kept.headers['cache-control'], 'no-store')
    assert.match(kept.body, /Short Stay/)
    const done = await erase(gone)
    assert.equal(done.statusCode, 201, done.body)
    const { personId, erasedAt, ...said } = done.json()
    assert.deepEqual(said, { userNames: [gone], erasedBy: 'anna', reason: 'asked to be forgotten' })
    const shown = await person(gone)
    assert.deepEqual(
      [shown.displayName, shown.active, shown.erasedAt],
      [`erased person ${personId}`, false, erasedAt],
    )
    assert.equal((await erase(gone)).statusCode, 409)
    const left = await api.app.inject({ url: `/api/people/${gone}/records`, headers: admin })
    assert.ok(!left.body.includes('Short Stay'))
    assert.equal(left.json().erasure.erasedBy, 'anna')
    await assert.rejects(
      api.world.store.serve.changeUser(gone, { active: true }, signerOf(api.world.anna)),
      /GOV-147/,
    )
    assert.equal(
      (await api.app.inject({ url: `/api/people/${gone}/link`, method: 'POST', headers: admin })).statusCode,
      409,
    )
  })

  test('is an administrator’s of the first workspace alone, and no token’s', async () => {
    const gone = await shutOut(api)
    for (const actor of ['viewer', 'operator', 'approver', 'auditor', 'outsider'] as const) {
      const { headers } = await api.signIn(actor)
      assert.equal((await erase(gone, {}, headers)).statusCode, 403, actor)
      const read = await api.app.inject({ url: `/api/people/${gone}/records`, headers })
      assert.equal(read.statusCode, 403, actor)
    }
    const elsewhere = await api.app.inject({
      method: 'POST',
      url: `/api/people/${gone}/erasure?workspace=2`,
      headers: (await api.signIn('outsider')).headers,
      payload: { reason: 'x', typed: gone, password: PASSWORD },
    })
    assert.equal(elsewhere.statusCode, 403, 'an administrator of another workspace')
    const token = await api.tokenOf('administrator', ['read', 'audit', 'metrics'])
    assert.equal((await erase(gone, {}, { authorization: `Bearer ${token}` })).statusCode, 403)
    assert.equal((await person(gone)).erasedAt, null)
  })

  describe('what is kept of who is signed in', () => {
    type Kept = {
      readonly userNames: readonly string[]
      readonly tables: readonly { readonly table: string; readonly rows: readonly object[] }[]
    }
    const own = async (headers: object) => {
      const answer = await api.app.inject({ url: '/api/records', headers: { ...headers } })
      assert.equal(answer.statusCode, 200, answer.body)
      return { answer, kept: answer.json<Kept>() }
    }

    test('is theirs to read whatever their role, as a file, without secrets, and nobody else’s', async () => {
      for (const actor of ['viewer', 'operator', 'approver', 'outsider'] as const) {
        const { headers, person: login } = await signedIn(actor)
        const { answer, kept } = await own(headers)
        assert.deepEqual(kept.userNames, [login])
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.equal(answer.headers['content-disposition'], `attachment; filename="dbmedic-${login}.json"`)
        const tables = kept.tables.map(({ table }) => table)
        assert.ok(tables.includes('sessions') && tables.includes('users'), tables.join())
        const sessions = kept.tables.find(({ table }) => table === 'sessions')?.rows ?? []
        assert.ok(sessions.every((row) => !('session_digest' in row) && 'address' in row))
        const users = kept.tables.find(({ table }) => table === 'users')?.rows
        assert.deepEqual(
          users?.map((row) => (row as { user_id: string }).user_id),
          [login],
        )
      }
    })

    test('is with the links of the audit chain for who may read the chain of the installation, and for nobody else', async () => {
      const has = async (actor: 'viewer' | 'approver' | 'outsider' | 'auditor' | 'administrator') =>
        (await own((await signedIn(actor)).headers)).kept.tables.some(({ table }) => table === 'audit_log')
      assert.equal(await has('auditor'), true)
      assert.equal(await has('administrator'), true)
      for (const actor of ['viewer', 'approver', 'outsider'] as const)
        assert.equal(await has(actor), false, actor)
      const { headers } = await signedIn('outsider')
      const elsewhere = await api.app.inject({ url: '/api/records?workspace=2', headers })
      assert.ok(!elsewhere.body.includes('audit_log'), 'who administers another workspace')
    })

    test('is no token’s', async () => {
      const token = await api.tokenOf('administrator', ['read', 'audit', 'metrics'])
      const answer = await api.app.inject({
        url: '/api/records',
        headers: { authorization: `Bearer ${token}` },
      })
      assert.equal(answer.statusCode, 403)
    })
  })
})
