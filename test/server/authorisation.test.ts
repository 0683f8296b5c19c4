/**
 * Every address of the API against everybody who may come: made from the description of the API, so that an address
 * without a rule here fails. What each right means is written down again in this file, not taken from the server.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { setActive } from '../support/pipeline-rows.ts'
import { type Actor, type ApiWorld, makeApiWorld, PEOPLE, signInOf } from './support/api-world.ts'
import { MAY } from './support/who-may.ts'

/** The right of each address, by hand: one that is missing here, or differs, fails. */
const RIGHT_OF: Readonly<Record<string, string>> = {
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'metrics',
  'GET /api/setup': 'public',
  'POST /api/setup': 'public',
  'POST /api/setup/registration': 'public',
  'POST /api/links/redeem': 'public',
  'POST /api/session': 'public',
  'GET /api/session': 'self',
  'DELETE /api/session': 'session',
  'GET /api/sessions': 'session',
  'DELETE /api/sessions': 'session',
  'DELETE /api/sessions/{sessionDigest}': 'session',
  'PUT /api/password': 'session',
  'GET /api/second-factor': 'session',
  'POST /api/second-factor': 'session',
  'POST /api/second-factor/draft': 'session',
  'POST /api/second-factor/recovery-codes': 'session',
  'POST /api/second-factor/remove': 'session',
  'POST /api/session/passkey/challenge': 'public',
  'POST /api/session/passkey': 'public',
  'GET /api/passkeys': 'session',
  'POST /api/passkeys': 'session',
  'POST /api/passkeys/draft': 'session',
  'POST /api/passkeys/challenge': 'session',
  'PUT /api/passkeys/{passkeyId}/name': 'session',
  'POST /api/passkeys/{passkeyId}/remove': 'session',
  'POST /api/invitations/open': 'public',
  'POST /api/invitations/answer': 'public',
  'GET /api/keyring': 'session',
  'GET /api/records': 'session',
  'GET /api/tokens': 'session',
  'POST /api/tokens': 'session',
  'DELETE /api/tokens/{tokenId}': 'session',
  'GET /api/dashboard': 'read',
  'GET /api/approvers': 'read',
  'GET /api/targets': 'read',
  'GET /api/actions': 'read',
  'GET /api/catalogue': 'read',
  'GET /api/reliability': 'read',
  'GET /api/policies': 'read',
  'POST /api/targets/{targetId}/checks': 'ask',
  'GET /api/checks/{checkId}': 'read',
  'POST /api/previews': 'ask',
  'GET /api/previews/{previewId}': 'ask',
  'POST /api/lookups': 'ask',
  'GET /api/lookups/{lookupId}': 'ask',
  'GET /api/issues': 'read',
  'GET /api/issues/{issueId}': 'read',
  'GET /api/decisions': 'read',
  'GET /api/decisions/{decisionId}': 'read',
  'GET /api/executions': 'read',
  'GET /api/executions/{executionId}': 'read',
  'GET /api/lessons': 'read',
  'PUT /api/decisions/{decisionId}/reading': 'vote',
  'POST /api/decisions/{decisionId}/ballot': 'vote',
  'POST /api/decisions/{decisionId}/votes': 'vote',
  'POST /api/decisions/{decisionId}/cancel': 'stop',
  'POST /api/decisions/{decisionId}/revoke': 'stop',
  'POST /api/decisions/{decisionId}/ask-other': 'ask',
  'POST /api/decisions/{decisionId}/close': 'ask',
  'POST /api/issues/{issueId}/close': 'ask',
  'POST /api/issues/dismissals': 'ask',
  'POST /api/issues/suppressions': 'ask',
  'GET /api/suppressions': 'read',
  'POST /api/suppressions/{suppressionId}/end': 'ask',
  'GET /api/decisions/{decisionId}/undo': 'read',
  'POST /api/decisions/{decisionId}/undo': 'ask',
  'POST /api/decisions/{decisionId}/settle': 'release',
  'POST /api/lessons/{lessonId}/review': 'release',
  'GET /api/stops': 'read',
  'POST /api/stops': 'stop',
  'POST /api/stops/{haltId}/lift': 'release',
  'PUT /api/actions/{engine}/{action}/enabled': 'administer',
  'GET /api/targets/{targetId}/windows': 'read',
  'POST /api/windows': 'release',
  'POST /api/requests': 'ask',
  'GET /api/requests/{requestId}': 'read',
  'GET /api/grants': 'read',
  'POST /api/grants': 'vote',
  'POST /api/grants/{grantId}/revoke': 'stop',
  'POST /api/errors': 'report',
  'GET /api/errors/patterns': 'read',
  'GET /api/errors/patterns/{signature}': 'read',
  'POST /api/errors/patterns/{signature}/recovery/off': 'stop',
  'POST /api/errors/patterns/{signature}/recovery/on': 'release',
  'POST /api/watches/{watchId}/accept': 'ask',
  'POST /api/watches/{watchId}/end': 'ask',
  'GET /api/events': 'read',
  'GET /api/audit': 'audit',
  'GET /api/audit/search': 'audit',
  'GET /api/audit/export': 'audit',
  'GET /api/audit/verification': 'audit',
  'GET /api/reports/{report}': 'audit',
  'GET /api/people': 'audit',
  'GET /api/people/{userName}': 'administer',
  'PUT /api/people/{userName}/roles/{role}': 'administer',
  'POST /api/people/{userName}/link': 'administer',
  'DELETE /api/people/{userName}/sessions': 'administer',
  'DELETE /api/people/{userName}/second-factor': 'administer',
  'DELETE /api/people/{userName}/passkeys': 'administer',
  'POST /api/people/{userName}/registration/draft': 'administer',
  'PUT /api/people/{userName}/registration': 'administer',
  'GET /api/people/{userName}/tokens': 'audit',
  'DELETE /api/people/{userName}/tokens/{tokenId}': 'administer',
  'GET /api/people/{userName}/records': 'administer',
  'POST /api/people/{userName}/erasure': 'administer',
  'GET /api/workspaces': 'self',
  'POST /api/workspaces': 'administer',
  'GET /api/invitations': 'audit',
  'POST /api/invitations': 'administer',
  'DELETE /api/invitations/{invitationId}': 'administer',
  'GET /api/invitations/{invitationId}/registration': 'administer',
  'POST /api/invitations/{invitationId}/registration': 'administer',
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
interface Address {
  readonly name: string
  readonly method: Method
  readonly url: string
  readonly right: string
}
/** Somebody who comes, and which rights they have in workspace 1. */
interface Visitor {
  readonly name: string
  readonly may: (right: string) => boolean
  /** Answer where the right is missing. */
  readonly otherwise: 401 | 403
  readonly headers: () => Promise<Record<string, string>>
}

/** Reads of what an administrator of these rows has not: a key in the browser, an answered invitation, an undo. */
const NOT_THERE = [
  'GET /api/keyring',
  'GET /api/decisions/{decisionId}/undo',
  'GET /api/invitations/{invitationId}/registration',
]

let api: ApiWorld
before(async () => {
  api = await makeApiWorld()
})
after(() => api.stop())

interface Operation {
  readonly 'x-right'?: string
}

function addresses(): Address[] {
  const { paths } = api.app.swagger() as { paths: Record<string, Record<string, Operation>> }
  const values: Record<string, string> = {
    issueId: String(api.ids.issueId),
    decisionId: String(api.ids.decisionId),
    executionId: String(api.ids.executionId),
    targetId: String(api.world.targetId),
    lessonId: '1',
    report: 'pending',
    haltId: '999999',
    grantId: '999999',
    suppressionId: '999999',
    watchId: '999999',
    requestId: '1',
    checkId: String(api.ids.checkId),
    previewId: String(api.ids.previewId),
    lookupId: String(api.ids.lookupId),
    tokenId: '999999',
    passkeyId: '999999',
    sessionDigest: '0'.repeat(64),
    userName: 'carl',
    role: 'viewer',
    engine: 'mysql',
    action: 'analyze-table',
    invitationId: '999999',
    signature: api.ids.signature,
  }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Method,
      url: path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
        const value = values[name]
        assert.ok(value !== undefined, `no value for {${name}} of ${path}`)
        return value
      }),
      right: operation['x-right'] ?? 'none',
    })),
  )
}

const anybody = (right: string): boolean => right === 'public'
const browserOf = async (actor: Actor): Promise<Record<string, string>> => ({
  ...(await api.signIn(actor)).headers,
})
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

/** Without an account, or with one that has ended. */
function strangers(): Visitor[] {
  const nobody = (name: string, headers: Visitor['headers']): Visitor => ({
    name,
    may: anybody,
    otherwise: 401,
    headers,
  })
  const ofSession = (digestColumn: string) => async (): Promise<Record<string, string>> => {
    const browser = await api.signIn('administrator')
    const { createHash } = await import('node:crypto')
    const digest = createHash('sha256').update(browser.secret).digest('hex')
    await alter(digestColumn.replace('?', `'${digest}'`))
    return browser.headers
  }
  return [
    nobody('signed out', async () => ({})),
    nobody('an invented session', async () => ({ cookie: `dbmedic_session=${'a'.repeat(43)}` })),
    nobody('an invented token', async () => bearer(`dbm_${'a'.repeat(43)}`)),
    nobody('a session signed out', async () => {
      const browser = await api.signIn('administrator')
      await api.app.inject({ method: 'DELETE', url: '/api/session', headers: browser.headers })
      return browser.headers
    }),
    nobody(
      'a session past its end',
      ofSession("UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE session_digest = ?"),
    ),
    nobody(
      'an idle session',
      ofSession("UPDATE sessions SET last_seen_at = '2020-01-01T00:00:00.000000Z' WHERE session_digest = ?"),
    ),
    nobody('an expired token', async () => {
      const token = await api.tokenOf('administrator', ['read', 'audit', 'metrics'])
      await alter("UPDATE api_tokens SET expires_at = '2020-01-01T00:00:00.000000Z'")
      return bearer(token)
    }),
    nobody('a revoked token', async () => {
      const token = await api.tokenOf('administrator', ['read', 'audit', 'metrics'])
      const [newest] = await signInOf(api.world.store).tokensOf('anna')
      await signInOf(api.world.store).revokeToken(newest?.tokenId ?? 0, 'anna')
      return bearer(token)
    }),
    nobody('a login that was shut out', async () => {
      const browser = await api.signIn('operator')
      await setActive(api.world, 'otto', false)
      return browser.headers
    }),
  ]
}

/** Writes past the rules, as time would. */
async function alter(statement: string): Promise<void> {
  const table = /UPDATE (\w+)/.exec(statement)?.[1] ?? ''
  const create = await trigger(table)
  await api.asOwner(`DROP TRIGGER ${table}_before_update`)
  await api.asOwner(statement)
  await api.asOwner(create)
}
async function trigger(table: string): Promise<string> {
  const owner = await api.server.connect('owner')
  const [row] = await owner.rows('SELECT sql FROM sqlite_master WHERE name = ?', [`${table}_before_update`])
  await owner.close()
  return String(row?.['sql'])
}

/** People with an account that lives, and their tokens. */
function members(): Visitor[] {
  const roles = Object.keys(PEOPLE).filter((actor) => actor !== 'outsider') as Actor[]
  const own = (right: string): boolean => ['public', 'self', 'session'].includes(right)
  const scoped = (actor: Actor, scopes: readonly string[]): Visitor => ({
    name: `a token of ${actor} for ${scopes.join(', ')}`,
    may: (right) =>
      ['public', 'self'].includes(right) || (scopes.includes(right) && MAY[right]?.includes(actor) === true),
    otherwise: 403,
    headers: async () => bearer(await api.tokenOf(actor, scopes)),
  })
  return [
    ...roles.map(
      (actor): Visitor => ({
        name: actor,
        may: (right) => own(right) || MAY[right]?.includes(actor) === true,
        otherwise: 403,
        headers: () => browserOf(actor),
      }),
    ),
    { name: 'wrong workspace', may: own, otherwise: 403, headers: () => browserOf('outsider') },
    {
      name: 'a token of the wrong workspace',
      may: (right) => ['public', 'self'].includes(right),
      otherwise: 403,
      headers: async () => bearer(await api.tokenOf('administrator', ['read', 'audit', 'metrics'], 2)),
    },
    ...roles.map((actor) => scoped(actor, ['read', 'audit', 'metrics'])),
    // The store gives nobody a token to vote with who may not vote.
    ...roles.map((actor) =>
      scoped(actor, ['ask', 'stop', 'release', ...(MAY['vote']?.includes(actor) === true ? ['vote'] : [])]),
    ),
    scoped('administrator', ['read']),
    scoped('administrator', ['audit']),
    scoped('administrator', ['metrics']),
    scoped('operator', ['report']),
    scoped('viewer', ['report']),
  ]
}

async function ask(address: Address, headers: Record<string, string>): Promise<LightMyRequestResponse> {
  const answer = await api.app.inject({
    method: address.method,
    url: address.url,
    headers,
    payloadAsStream: true,
    // Where a body is wanted an empty one is not valid: who passes is told so (400), and nothing is changed.
    ...(['POST', 'PUT'].includes(address.method) ? { payload: {} } : {}),
  })
  answer.stream().destroy()
  return answer
}

test('every address is one whose right is written down here, and the server says the same right', () => {
  const stated = Object.fromEntries(addresses().map(({ name, right }) => [name, right]))
  assert.deepEqual(stated, RIGHT_OF)
})

test('every address lets in who has its right and nobody else', async (t) => {
  const wrong: string[] = []
  let cells = 0
  const visitors = [...members(), ...strangers()]
  for (const visitor of visitors) {
    let headers = await visitor.headers()
    for (const address of addresses()) {
      // Signing out and the like end what the visitor came with.
      if (visitor.otherwise === 403) headers = await visitor.headers()
      const { statusCode } = await ask(address, headers)
      const refused = statusCode === 401 || statusCode === 403
      const right = RIGHT_OF[address.name] ?? 'none'
      const expected = visitor.may(right) ? 'let in' : visitor.otherwise
      if (visitor.may(right) ? refused : statusCode !== visitor.otherwise)
        wrong.push(`${visitor.name}: ${address.name} answered ${statusCode}, expected ${expected}`)
      cells += 1
    }
  }
  assert.deepEqual(wrong, [])
  t.diagnostic(`${cells} cells: ${addresses().length} addresses x ${visitors.length} visitors`)
})

test('whoever is let in is not refused for another reason: every read of an administrator is a 200', async () => {
  const { headers } = await api.signIn('administrator')
  const failed: string[] = []
  for (const address of addresses()) {
    if (address.method !== 'GET' || NOT_THERE.includes(address.name)) continue
    const { statusCode } = await ask(address, headers)
    if (statusCode !== 200) failed.push(`${address.name}: ${statusCode}`)
  }
  assert.deepEqual(failed, [])
})

test('rows of another workspace are not there: 404, as for numbers nobody has', async () => {
  const { headers } = await api.signIn('outsider')
  for (const path of [
    `/api/issues/${api.ids.issueId}`,
    `/api/decisions/${api.ids.decisionId}`,
    `/api/executions/${api.ids.executionId}`,
  ]) {
    const answer = await api.app.inject({ url: `${path}?workspace=2`, headers })
    assert.equal(answer.statusCode, 404, path)
  }
  for (const path of ['/api/issues', '/api/decisions', '/api/executions', '/api/lessons', '/api/targets']) {
    const answer = await api.app.inject({ url: `${path}?workspace=2`, headers })
    assert.deepEqual(answer.json().items, [], path)
  }
})

test('the chain, the reports and the figures for Prometheus are of all workspaces: who reads another than the first reads none of them', async () => {
  const { headers } = await api.signIn('outsider')
  const audits = ['', '/search', '/export', '/verification'].map((part) => `/api/audit${part}`)
  for (const path of [...audits, '/api/reports/pending', '/metrics']) {
    const { statusCode, body } = await api.app.inject({ url: `${path}?workspace=2`, headers })
    assert.equal(statusCode, 403, path)
    assert.match(body, /olga has not the right “(audit|metrics)” in workspace 1/, path)
  }
})

test('no change is taken from another site, or without the token of the session', async () => {
  const changing = addresses().filter(({ method }) => method !== 'GET')
  for (const address of changing) {
    const { headers } = await api.signIn('administrator')
    const { cookie } = headers
    const attempts: Record<string, string>[] = [
      { ...headers, origin: 'https://evil.example' },
      { ...headers, 'sec-fetch-site': 'cross-site' },
      { ...headers, 'sec-fetch-site': 'same-site' },
      ...(address.right === 'public' ? [] : [{ cookie }, { cookie, 'x-csrf-token': 'a'.repeat(43) }]),
    ]
    for (const attempt of attempts) {
      const answer = await api.app.inject({
        method: address.method,
        url: address.url,
        headers: attempt,
        ...(['POST', 'PUT'].includes(address.method) ? { payload: {} } : {}),
      })
      assert.equal(answer.statusCode, 403, `${address.name} ${JSON.stringify(Object.keys(attempt))}`)
      assert.equal(answer.json().code, 'DBM_CROSS_SITE')
    }
  }
})

test('a refusal names the right and the roles that hold it', async () => {
  const { headers } = await api.signIn('viewer')
  const problem = (await api.app.inject({ url: '/api/audit', headers })).json()
  assert.match(problem.detail, /vera has not the right “audit” in workspace 1/)
  assert.match(problem.hint, /administrator, auditor/)
})
