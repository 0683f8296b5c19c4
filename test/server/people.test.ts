/** People over HTTP: invited, registered by a signature made in a browser, changed, shut out, let into workspaces. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signText, trustedPeople } from '../../src/access/index.ts'
import { availableStores } from '../store/support/stores.ts'
import { type ApiWorld, makeApiWorld, signInOf } from './support/api-world.ts'
import { madeKey } from './support/browser-key.ts'

const PASSWORD = 'four plain words here'

for (const { name, missing } of await availableStores()) {
  describe(`people over ${name}`, { skip: missing ?? false }, () => {
    let api: ApiWorld
    let admin: Record<string, string>
    before(async () => {
      api = await makeApiWorld(name)
      admin = { ...(await api.signIn('administrator')).headers }
    })
    after(() => api.stop())

    const send = (
      method: 'GET' | 'POST' | 'PUT' | 'DELETE',
      url: string,
      headers: object,
      payload?: object,
    ) =>
      api.app.inject({ method, url, headers: { ...headers }, ...(payload === undefined ? {} : { payload }) })
    const invite = async (userName: string, over: object = {}) => {
      const asked = { userName, displayName: 'New', mayApprove: false, mayAdminister: false, ...over }
      const answer = await send('POST', '/api/invitations', admin, asked)
      assert.equal(answer.statusCode, 201, answer.body)
      return answer.json()
    }
    const answered = async (userName: string, over: object = {}) => {
      const { invitationId, secret } = await invite(userName, over)
      const key = madeKey(userName)
      const given = { secret, password: PASSWORD, sealedKey: key.sealedKey }
      const answer = await send('POST', '/api/invitations/answer', {}, given)
      assert.equal(answer.statusCode, 200, answer.body)
      return { invitationId, key, url: `/api/invitations/${invitationId}/registration` }
    }
    const sign = (text: string): string => signText(text, api.world.anna.seed)
    const enter = (userName: string) => send('POST', '/api/session', {}, { userName, password: PASSWORD })
    const personOf = async (userName: string) =>
      (await api.world.store.read.people()).find((each) => each.userName === userName)

    test('an invitation tells only its link what it is for, and is answered once with a key of that login', async () => {
      const { secret } = await invite('nina', { mayApprove: true })
      const shown = await send('POST', '/api/invitations/open', {}, { secret })
      assert.deepEqual(shown.json(), {
        userName: 'nina',
        displayName: 'New',
        mayApprove: true,
        mayAdminister: false,
      })
      const unknown = await send('POST', '/api/invitations/open', {}, { secret: 'a'.repeat(43) })
      assert.deepEqual([unknown.statusCode, unknown.json().code], [410, 'DBM_LINK_SPENT'])
      const give = (user: string, password = PASSWORD) =>
        send('POST', '/api/invitations/answer', {}, { secret, password, sealedKey: madeKey(user).sealedKey })
      assert.equal((await give('eve')).statusCode, 400, 'a key of another name')
      assert.equal((await give('nina', 'Database2026')).json().code, 'DBM_PASSWORD_WEAK')
      assert.equal((await give('nina')).statusCode, 200)
      assert.equal((await give('nina')).json().code, 'DBM_LINK_SPENT')
      assert.equal((await enter('nina')).statusCode, 401, 'nobody before an administrator signed')
    })

    test('an administrator registers it by signing the text, and the executor believes the login', async () => {
      const { key, url, invitationId } = await answered('karl', {
        mayApprove: true,
        roles: ['approver', 'operator'],
      })
      const asked = (await send('GET', url, admin)).json()
      assert.equal(asked.registration.keyId, key.keyId)
      assert.equal(asked.registration.signedBy, 'anna')
      const forged = await send('POST', url, admin, { signature: key.sign(asked.text) })
      assert.deepEqual([forged.statusCode, forged.json().code], [409, 'DBM_REGISTRATION_CHANGED'])
      assert.equal(await personOf('karl'), undefined)
      const done = await send('POST', url, admin, { signature: sign(asked.text) })
      assert.equal(done.statusCode, 204, done.body)
      const again = await send('POST', url, admin, { signature: sign(asked.text) })
      assert.equal(again.json().code, 'DBM_LINK_SPENT')
      const session = (await enter('karl')).json()
      assert.deepEqual(session.roles.map((each: { role: string }) => each.role).sort(), [
        'approver',
        'operator',
      ])
      const { read } = api.world.store
      const trust = trustedPeople(await read.people(), await read.registrations(), [api.world.anna.keyId])
      assert.ok(trust.people.some((each) => each.userName === 'karl' && each.mayApprove))
      assert.equal(trust.whyNot('karl'), null)
      const { items } = (await send('GET', '/api/invitations', admin)).json()
      const listed = items.find((each: { invitationId: number }) => each.invitationId === invitationId)
      assert.deepEqual([listed.state, listed.keyId], ['REGISTERED', key.keyId])
    })

    test('a registration that came between makes a signature worth nothing; what is signed then is taken', async () => {
      const [one, two] = [await answered('first'), await answered('second')]
      const textOf = async (url: string): Promise<string> => (await send('GET', url, admin)).json().text
      const [early, other] = [await textOf(one.url), await textOf(two.url)]
      assert.equal((await send('POST', two.url, admin, { signature: sign(other) })).statusCode, 204)
      const late = await send('POST', one.url, admin, { signature: sign(early) })
      assert.equal(late.json().code, 'DBM_REGISTRATION_CHANGED')
      const anew = await send('POST', one.url, admin, { signature: sign(await textOf(one.url)) })
      assert.equal(anew.statusCode, 204, anew.body)
    })

    test('a person who lost the passphrase gets another key under the same login, and old sessions end', async () => {
      const before = (await enter('karl')).cookies[0]
      const cookie = `${before?.name}=${before?.value}`
      const known = await personOf('karl')
      const { key, url } = await answered('karl', { mayApprove: true, displayName: 'Somebody else' })
      assert.equal(
        (await send('GET', '/api/session', { cookie })).statusCode,
        200,
        'nothing before the signature',
      )
      const { text } = (await send('GET', url, admin)).json()
      assert.equal((await send('POST', url, admin, { signature: sign(text) })).statusCode, 204)
      const now = await personOf('karl')
      assert.deepEqual(
        [now?.personId, now?.displayName, now?.keyId],
        [known?.personId, known?.displayName, key.keyId],
      )
      assert.equal((await send('GET', '/api/session', { cookie })).statusCode, 401)
      const session = await enter('karl')
      const headers = { cookie: `${session.cookies[0]?.name}=${session.cookies[0]?.value}` }
      assert.deepEqual((await send('GET', '/api/keyring', headers)).json(), key.sealedKey)
    })

    test('rights of a login change by a signature over exactly what was asked for, and it can be shut out', async () => {
      const url = '/api/people/karl/registration'
      const change = async (payload: object, over = payload) => {
        const { text } = (await send('POST', `${url}/draft`, admin, payload)).json()
        return send('PUT', url, admin, { ...over, signature: sign(text) })
      }
      const other = await change({ mayApprove: false }, { mayApprove: false, mayAdminister: true })
      assert.equal(other.json().code, 'DBM_REGISTRATION_CHANGED', 'more than was signed')
      assert.equal((await change({ mayApprove: false })).statusCode, 204)
      assert.equal((await personOf('karl'))?.mayApprove, false)
      const session = await enter('karl')
      assert.ok(!session.json().roles.some((each: { role: string }) => each.role === 'approver'))
      const cookie = `${session.cookies[0]?.name}=${session.cookies[0]?.value}`
      assert.equal((await change({ active: false })).statusCode, 204)
      assert.equal((await send('GET', '/api/session', { cookie })).statusCode, 401)
      assert.equal((await enter('karl')).statusCode, 401)
      assert.equal((await change({ active: true, mayApprove: true })).statusCode, 204)
      const sessions = (await signInOf(api.world.store).sessionsOf('karl', 3600)).length
      assert.equal(sessions, 0, 'let in again, and signed in nowhere')
    })

    test('who administers another workspace decides nothing of the installation, and is told which right is missing', async () => {
      const { headers } = await api.signIn('outsider')
      const asked = { userName: 'mine', displayName: 'M', mayApprove: true, mayAdminister: true }
      for (const [method, url, payload] of [
        ['POST', '/api/invitations', asked],
        ['POST', '/api/workspaces', { workspaceName: 'more' }],
        ['POST', '/api/people/bert/link', undefined],
        ['DELETE', '/api/people/bert/sessions', undefined],
        ['DELETE', '/api/people/bert/second-factor', undefined],
        ['DELETE', '/api/people/bert/passkeys', undefined],
        ['POST', '/api/people/bert/registration/draft', { active: false }],
        ['PUT', '/api/actions/mysql/analyze-table/enabled', { enabled: false }],
      ] as const) {
        const answer = await send(method, `${url}?workspace=2`, headers, payload)
        assert.deepEqual([answer.statusCode, answer.json().code], [403, 'DBM_RIGHT_MISSING'], url)
        assert.match(answer.json().detail, /olga has not the right “administer” in workspace 1/)
      }
    })

    test('an administrator changes what others sign in with; their own only with a proof, under their account', async () => {
      for (const [method, url] of [
        ['POST', '/api/people/anna/link'],
        ['DELETE', '/api/people/Anna/second-factor'],
        ['DELETE', '/api/people/anna/passkeys'],
      ] as const) {
        const answer = await send(method, url, admin)
        assert.deepEqual([answer.statusCode, answer.json().code], [400, 'DBM_REQUEST_INVALID'], url)
        assert.match(answer.json().detail, /with a proof that it is you/)
      }
      const other = await send('GET', '/api/people?workspace=2', (await api.signIn('outsider')).headers)
      const { items } = other.json() as { readonly items: readonly Record<string, unknown>[] }
      for (const each of items) assert.deepEqual([each.hasSecondFactor, each.passkeys], [null, null])
    })

    test('who audits or administers another workspace sees who has a role there, and finds another by the whole name only', async () => {
      const olga = (await api.signIn('outsider')).headers
      const namesOf = async (headers: object, workspace: number): Promise<string[]> => {
        const answer = await send('GET', `/api/people?workspace=${workspace}`, headers)
        assert.equal(answer.statusCode, 200, answer.body)
        return answer.json().items.map((each: { userName: string }) => each.userName)
      }
      const role = (userName: string, name: string, held: boolean) =>
        send('PUT', `/api/people/${userName}/roles/${name}?workspace=2`, olga, { held })
      const find = (userName: string, headers: object = olga, workspace = 2) =>
        send('GET', `/api/people/${userName}?workspace=${workspace}`, headers)
      assert.deepEqual(await namesOf(olga, 2), ['olga'])
      assert.equal((await send('GET', '/api/people', olga)).statusCode, 403)
      const ofToken = async (workspace: number) => ({
        authorization: `Bearer ${await api.tokenOf('outsider', ['audit'], workspace)}`,
      })
      assert.deepEqual(await namesOf(await ofToken(2), 2), ['olga'])

      const found = await find('VERA')
      assert.deepEqual([found.statusCode, found.json().userName, found.json().roles], [200, 'vera', []])
      assert.deepEqual([found.json().hasSecondFactor, found.json().passkeys], [null, null])
      for (const part of ['ver', 'vera1', '%25era', 'v_ra', '....']) {
        const { statusCode } = await find(part)
        assert.ok([400, 404].includes(statusCode), part)
      }
      const tokens = (userName: string, headers: object) =>
        send('GET', `/api/people/${userName}/tokens?workspace=2`, headers)
      const nobody = await tokens('nobody', olga)
      const unseen = await tokens('vera', olga)
      assert.deepEqual([nobody.statusCode, unseen.statusCode], [404, 404])
      assert.equal(unseen.json().detail, nobody.json().detail.replace('nobody', 'vera'))

      assert.equal((await role('vera', 'auditor', true)).statusCode, 204)
      assert.deepEqual((await namesOf(olga, 2)).sort(), ['olga', 'vera'])
      const vera = (await api.signIn('viewer')).headers
      assert.deepEqual((await namesOf(vera, 2)).sort(), ['olga', 'vera'])
      assert.equal((await tokens('olga', vera)).statusCode, 200)
      assert.equal((await tokens('bert', vera)).statusCode, 404, 'an auditor there, who has no role there')
      assert.equal((await find('bert', vera)).json().code, 'DBM_RIGHT_MISSING')
      assert.equal((await find('olga', olga, 1)).json().code, 'DBM_RIGHT_MISSING')
      assert.equal((await role('vera', 'auditor', false)).statusCode, 204)
      assert.deepEqual(await namesOf(olga, 2), ['olga'])

      const everybody = (await api.world.store.read.people()).map(({ userName }) => userName).sort()
      assert.deepEqual((await namesOf(admin, 1)).sort(), everybody)
      assert.deepEqual((await namesOf((await api.signIn('auditor')).headers, 1)).sort(), everybody)
      assert.equal((await role('anna', 'viewer', true)).statusCode, 204)
      assert.equal((await send('GET', '/api/people?workspace=2', admin)).statusCode, 403, 'no auditor there')
      assert.equal((await role('anna', 'auditor', true)).statusCode, 204)
      assert.deepEqual((await namesOf(admin, 2)).sort(), everybody)
      for (const held of ['viewer', 'auditor'])
        assert.equal((await role('anna', held, false)).statusCode, 204)
    })

    test('the last administrator stays, and the answer names the rule', async () => {
      const change = async (userName: string) => {
        const url = `/api/people/${userName}/registration`
        const { text } = (await send('POST', `${url}/draft`, admin, { mayAdminister: false })).json()
        return send('PUT', url, admin, { mayAdminister: false, signature: sign(text) })
      }
      assert.equal((await change('olga')).statusCode, 204)
      const last = await change('anna')
      assert.equal(last.statusCode, 409)
      assert.match(last.json().detail, /GOV-069/)
    })
  })
}
