/** Erasure over HTTP: by a proven administrator, of somebody who was shut out, once; and what is kept of a person. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signerOf } from '../support/pipeline-rows.ts'
import { type ApiWorld, makeApiWorld, signInOf } from './support/api-world.ts'
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
})
