/** A request that is taken, for every address of the API that changes something: rows made ready, and who asks. */
import { signText } from '../../../src/access/index.ts'
import { actionOf } from '../../../src/app/index.ts'
import type { Decision } from '../../../src/core/nouns.ts'
import { createPasswords } from '../../../src/server/passwords.ts'
import { digestOf } from '../../../src/server/secrets.ts'
import {
  ACTIONS,
  after,
  decide,
  makeIssue,
  newGrant,
  newLesson,
  newPerson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  setActive,
  settleRuns,
  sha256,
  signerOf,
  type World,
} from '../../support/pipeline-rows.ts'
import { type Actor, type ApiWorld, type Browser, signInOf } from './api-world.ts'
import { madeKey } from './browser-key.ts'
import { as, type Maker, next, PASSWORD } from './change.ts'
import { codeNow } from './code-now.ts'
import { failureBatch } from './failure-report.ts'
import { PASSKEY_CHANGES } from './passkey-changes.ts'
import { RECOVERY_CHANGES } from './recovery-changes.ts'

/** Gives the people their passwords; once, before any maker. */
export async function givePasswords(api: ApiWorld): Promise<void> {
  const hash = await createPasswords().hash(PASSWORD)
  for (const user of ['anna', 'bert', 'otto', 'vera'])
    await signInOf(api.world.store).setPassword(user, hash, user)
}

const pending = async ({ world }: ApiWorld): Promise<Decision> =>
  decide(world, await makeIssue(world, next()))

async function voted(api: ApiWorld, status: 'APPROVED' | 'DECLINED'): Promise<Decision> {
  const decision = await pending(api)
  await api.world.store.serve.insertApproval(await newVote(api.world, decision, api.world.bert, { status }))
  return decision
}

/** The world with the version of an action this program has: its inverse is asked for by name and version. */
async function withCatalogued(world: World): Promise<World> {
  const { id, version } = actionOf('mysql/create-index') ?? { id: '', version: 0 }
  const row = ACTIONS.find((each) => each.actionName === id)
  if (row === undefined) throw new Error('no such action')
  const actionVersion = version
  await world.store.serve.mirrorActions([
    ...ACTIONS,
    { ...row, actionVersion, definitionDigest: sha256(`${version}`) },
  ])
  const actions = await world.store.read.actions()
  return {
    ...world,
    actions: actions.filter((each) => each.actionName !== id || each.actionVersion === version),
  }
}

/** A decision whose run completed: a new index, which can be hidden again. */
async function ran({
  world: given,
}: ApiWorld): Promise<{ readonly decision: Decision; readonly executionId: number }> {
  const world = await withCatalogued(given)
  await settleRuns(world)
  const decision = await decide(world, await makeIssue(world, next()), {
    action: 'mysql/create-index',
    statement: 'CREATE INDEX `dbm_orders_state` ON `shop`.`orders` (`state`)',
    parameters: { table: { schema: 'shop', table: 'orders' } },
  })
  await world.store.serve.insertApproval(await newVote(world, decision, world.bert))
  const executionId = await run(world, await onlyRunnable(world, decision.decisionId))
  return { decision, executionId }
}

/** The decision's address and what is sent there, by who may. */
const onDecision =
  (
    verb: string,
    actor: Actor,
    of: (api: ApiWorld) => Promise<Decision>,
    payload: object = { reason: 'for the test' },
  ): Maker =>
  async (api) => {
    const { decisionId } = await of(api)
    return as(api, actor, { url: `/api/decisions/${decisionId}/${verb}`, payload, status: 204 })
  }

const DECISIONS: Readonly<Record<string, Maker>> = {
  'PUT /api/decisions/{decisionId}/reading': async (api) => {
    const { decisionId, planDigest } = await pending(api)
    return as(api, 'approver', {
      url: `/api/decisions/${decisionId}/reading`,
      payload: { planDigest },
      status: 200,
    })
  },
  'POST /api/decisions/{decisionId}/votes': async (api) => {
    const decision = await pending(api)
    const { planDigest, decisionId } = decision
    const url = `/api/decisions/${decisionId}`
    const browser = await api.signIn('approver')
    const ballot = { planDigest, decline: false, reason: 'CONFIDENT' }
    const asked = await api.app.inject({
      method: 'POST',
      url: `${url}/ballot`,
      headers: browser.headers,
      payload: ballot,
    })
    const { text, vote } = asked.json()
    const { approvalStatus, expiresAt } = vote
    const signature = signText(text, api.world.bert.seed)
    return {
      browser,
      url: `${url}/votes`,
      payload: { ...ballot, approvalStatus, expiresAt, signature },
      status: 201,
    }
  },
  'POST /api/decisions/{decisionId}/cancel': onDecision('cancel', 'operator', pending),
  'POST /api/decisions/{decisionId}/revoke': onDecision('revoke', 'operator', (api) =>
    voted(api, 'APPROVED'),
  ),
  'POST /api/decisions/{decisionId}/ask-other': onDecision('ask-other', 'operator', (api) =>
    voted(api, 'DECLINED'),
  ),
  'POST /api/decisions/{decisionId}/close': onDecision('close', 'operator', (api) => voted(api, 'DECLINED')),
  'POST /api/decisions/{decisionId}/undo': async (api) => {
    const { decision, executionId } = await ran(api)
    await api.world.store.act.insertVerification(newVerdict(executionId, 'improved'))
    const url = `/api/decisions/${decision.decisionId}/undo`
    return as(api, 'operator', { url, payload: { reason: 'it slows writes' }, status: 202 })
  },
  'POST /api/decisions/{decisionId}/settle': async (api) => {
    const { decision, executionId } = await ran(api)
    await api.world.store.act.insertVerification(newVerdict(executionId, 'undecided'))
    const url = `/api/decisions/${decision.decisionId}/settle`
    return as(api, 'approver', { url, payload: { verdict: 'no_effect', reason: 'looked' }, status: 201 })
  },
  'POST /api/issues/{issueId}/close': async (api) => {
    const issueId = await makeIssue(api.world, next())
    return as(api, 'operator', {
      url: `/api/issues/${issueId}/close`,
      payload: { reason: 'known' },
      status: 202,
    })
  },
  'POST /api/issues/dismissals': async (api) => {
    const issueIds = [await makeIssue(api.world, next()), (await pending(api)).issueId]
    return as(api, 'operator', {
      url: '/api/issues/dismissals',
      payload: { issueIds, reason: 'known' },
      status: 200,
    })
  },
  'POST /api/issues/suppressions': async (api) => {
    const issueIds = [await makeIssue(api.world, next())]
    return as(api, 'operator', {
      url: '/api/issues/suppressions',
      payload: { issueIds, seconds: 3600, reason: 'known' },
      status: 200,
    })
  },
  'POST /api/suppressions/{suppressionId}/end': async (api) => {
    const wish = { issueId: await makeIssue(api.world, next()), seconds: 3600, reason: 'known', by: 'otto' }
    const suppressionId = await api.world.store.serve.suppress(wish)
    return as(api, 'operator', { url: `/api/suppressions/${suppressionId}/end`, status: 204 })
  },
  'POST /api/lessons/{lessonId}/review': async (api) => {
    const { decision, executionId } = await ran(api)
    await api.world.store.act.insertVerification(newVerdict(executionId, 'improved'))
    const { issueId, decisionId } = decision
    const lessonId = await api.world.store.learn.insertLesson(newLesson({ issueId, decisionId, executionId }))
    const payload = { issueResolved: true, wouldApproveAgain: false }
    return as(api, 'approver', { url: `/api/lessons/${lessonId}/review`, payload, status: 204 })
  },
}

async function stopped(api: ApiWorld): Promise<number> {
  const { serve } = api.world.store
  return serve.halt({ scope: 'ACTION', key: 'mysql/analyze-table', reason: next(), by: 'otto' })
}

const SWITCHES: Readonly<Record<string, Maker>> = {
  'POST /api/errors': (api) =>
    as(api, 'operator', { url: '/api/errors', payload: failureBatch(next()), status: 202 }),
  'POST /api/stops': (api) =>
    as(api, 'operator', {
      url: '/api/stops',
      payload: { action: 'mysql/kill-query', reason: next() },
      status: 201,
    }),
  'POST /api/stops/{haltId}/lift': async (api) =>
    as(api, 'approver', { url: `/api/stops/${await stopped(api)}/lift`, status: 204 }),
  'PUT /api/actions/{engine}/{action}/enabled': (api) =>
    as(api, 'administrator', {
      url: '/api/actions/mysql/kill-query/enabled',
      payload: { enabled: false },
      status: 204,
    }),
  'POST /api/windows': async (api) => {
    const { targetId, store } = api.world
    const now = await store.read.now()
    return as(api, 'approver', {
      url: '/api/windows',
      payload: { targetId, startsAt: after(now, 3600), endsAt: after(now, 7200), reason: next() },
      status: 201,
    })
  },
  'POST /api/requests': (api) =>
    as(api, 'operator', {
      url: '/api/requests',
      payload: {
        targetId: api.world.targetId,
        actionName: 'mysql/analyze-table',
        params: { table: { schema: 'shop', table: next() } },
        reason: 'after the load',
      },
      status: 202,
    }),
  'POST /api/previews': (api) =>
    as(api, 'operator', {
      url: '/api/previews',
      payload: {
        targetId: api.world.targetId,
        actionName: 'mysql/analyze-table',
        params: { table: { schema: 'shop', table: next() } },
      },
      status: 202,
    }),
  'POST /api/lookups': (api) =>
    as(api, 'operator', {
      url: '/api/lookups',
      payload: { targetId: api.world.targetId, of: 'table', schema: 'shop', table: next() },
      status: 202,
    }),
  'POST /api/targets/{targetId}/checks': (api) =>
    as(api, 'operator', { url: `/api/targets/${api.world.targetId}/checks`, status: 202 }),
  'POST /api/grants': async (api) => {
    const { grantedBy: _by, ...payload } = await newGrant(api.world, api.world.bert, { reason: next() })
    return as(api, 'approver', { url: '/api/grants', payload, status: 201 })
  },
  'POST /api/grants/{grantId}/revoke': async (api) => {
    const grant = await newGrant(api.world, api.world.bert, { reason: next() })
    const grantId = await api.world.store.serve.grantStanding(grant)
    return as(api, 'operator', { url: `/api/grants/${grantId}/revoke`, status: 204 })
  },
}

async function drafted(
  api: ApiWorld,
  browser: Browser,
): Promise<{ readonly sealed: unknown; readonly code: string }> {
  await signInOf(api.world.store).removeSecondFactor('otto', 'otto')
  const { headers } = browser
  const payload = { password: PASSWORD }
  const answer = await api.app.inject({ method: 'POST', url: '/api/second-factor/draft', headers, payload })
  const { sealed, secret } = answer.json()
  return { sealed, code: codeNow(secret) }
}

/** An operator with a second factor, and a recovery code of it. */
async function withFactor(api: ApiWorld): Promise<{ readonly browser: Browser; readonly code: string }> {
  const browser = await api.signIn('operator')
  const { headers } = browser
  const payload = await drafted(api, browser)
  const answer = await api.app.inject({ method: 'POST', url: '/api/second-factor', headers, payload })
  return { browser, code: answer.json().recoveryCodes[0] }
}

const withBoth =
  (url: string, status: number): Maker =>
  async (api) => {
    const { browser, code } = await withFactor(api)
    return { browser, url, payload: { password: PASSWORD, code }, status }
  }

async function tokenIdOf(api: ApiWorld, actor: Actor, user: string): Promise<number> {
  await api.tokenOf(actor, ['read'])
  const [newest] = await signInOf(api.world.store).tokensOf(user)
  return newest?.tokenId ?? 0
}

const OWN: Readonly<Record<string, Maker>> = {
  'DELETE /api/sessions/{sessionDigest}': async (api) => {
    const [one, other] = [await api.signIn('operator'), await api.signIn('operator')]
    return { browser: one, url: `/api/sessions/${digestOf(other.secret)}`, status: 204 }
  },
  'PUT /api/password': (api) =>
    as(api, 'approver', {
      url: '/api/password',
      payload: { current: PASSWORD, password: PASSWORD },
      status: 204,
    }),
  'POST /api/second-factor/draft': (api) =>
    as(api, 'operator', { url: '/api/second-factor/draft', payload: { password: PASSWORD }, status: 200 }),
  'POST /api/second-factor': async (api) => {
    const browser = await api.signIn('operator')
    return { browser, url: '/api/second-factor', payload: await drafted(api, browser), status: 201 }
  },
  'POST /api/second-factor/recovery-codes': withBoth('/api/second-factor/recovery-codes', 201),
  'POST /api/second-factor/remove': withBoth('/api/second-factor/remove', 204),
  'POST /api/tokens': (api) =>
    as(api, 'viewer', {
      url: '/api/tokens',
      payload: { tokenName: next(), scopes: ['read'], days: 1, password: PASSWORD },
      status: 201,
    }),
  'DELETE /api/tokens/{tokenId}': async (api) =>
    as(api, 'viewer', { url: `/api/tokens/${await tokenIdOf(api, 'viewer', 'vera')}`, status: 204 }),
}

/** An invitation of somebody new, answered with a key made for it. */
async function invited(api: ApiWorld, answered: boolean): Promise<number> {
  const { headers } = await api.signIn('administrator')
  const post = (url: string, payload: object) =>
    api.app.inject({ method: 'POST', url, payload, headers: url.endsWith('answer') ? {} : headers })
  const who = { userName: next(), displayName: 'New', mayApprove: true, mayAdminister: false }
  const { invitationId, secret } = (await post('/api/invitations', { ...who, roles: ['approver'] })).json()
  if (answered)
    await post('/api/invitations/answer', {
      secret,
      password: PASSWORD,
      sealedKey: madeKey(who.userName).sealedKey,
    })
  return invitationId
}

/** A login of a new person, shut out. */
export async function shutOut({ world }: ApiWorld): Promise<string> {
  const { userName, keyId, publicKey } = newPerson(next())
  const signer = signerOf(world.anna)
  const rights = { personOf: null, mayApprove: false, mayAdminister: false }
  await world.store.serve.addUser({
    ...{ userName, displayName: 'Short Stay', keyId, publicKey, signer },
    ...rights,
  })
  await setActive(world, userName, false)
  return userName
}

const PEOPLE: Readonly<Record<string, Maker>> = {
  'PUT /api/people/{userName}/roles/{role}': (api) =>
    as(api, 'administrator', {
      url: '/api/people/carl/roles/viewer',
      payload: { held: true },
      status: 204,
    }),
  'POST /api/people/{userName}/link': (api) =>
    as(api, 'administrator', { url: '/api/people/vera/link', status: 201 }),
  'DELETE /api/people/{userName}/sessions': (api) =>
    as(api, 'administrator', { url: '/api/people/vera/sessions', status: 204 }),
  'DELETE /api/people/{userName}/second-factor': async (api) => {
    await withFactor(api)
    return as(api, 'administrator', { url: '/api/people/otto/second-factor', status: 204 })
  },
  'PUT /api/people/{userName}/registration': async (api) => {
    const browser = await api.signIn('administrator')
    const url = '/api/people/udo/registration'
    const payload = { mayApprove: true }
    const drafted = await api.app.inject({
      method: 'POST',
      url: `${url}/draft`,
      headers: browser.headers,
      payload,
    })
    const signature = signText(drafted.json().text, api.world.anna.seed)
    return { browser, url, payload: { ...payload, signature }, status: 204 }
  },
  'POST /api/people/{userName}/erasure': async (api) => {
    const userName = await shutOut(api)
    const payload = { reason: 'asked to', typed: userName, password: PASSWORD }
    return as(api, 'administrator', { url: `/api/people/${userName}/erasure`, payload, status: 201 })
  },
  'DELETE /api/people/{userName}/tokens/{tokenId}': async (api) => {
    const tokenId = await tokenIdOf(api, 'viewer', 'vera')
    return as(api, 'administrator', { url: `/api/people/vera/tokens/${tokenId}`, status: 204 })
  },
  'POST /api/workspaces': (api) =>
    as(api, 'administrator', { url: '/api/workspaces', payload: { workspaceName: next() }, status: 201 }),
  'POST /api/invitations': (api) =>
    as(api, 'administrator', {
      url: '/api/invitations',
      payload: {
        userName: next(),
        displayName: 'New',
        mayApprove: false,
        mayAdminister: false,
        roles: ['viewer'],
      },
      status: 201,
    }),
  'DELETE /api/invitations/{invitationId}': async (api) =>
    as(api, 'administrator', { url: `/api/invitations/${await invited(api, false)}`, status: 204 }),
  'POST /api/invitations/{invitationId}/registration': async (api) => {
    const url = `/api/invitations/${await invited(api, true)}/registration`
    const browser = await api.signIn('administrator')
    const { text } = (await api.app.inject({ url, headers: browser.headers })).json()
    return { browser, url, payload: { signature: signText(text, api.world.anna.seed) }, status: 204 }
  },
}

/** A request that is taken, by address. */
export const VALID_CHANGES: Readonly<Record<string, Maker>> = {
  ...DECISIONS,
  ...SWITCHES,
  ...OWN,
  ...PASSKEY_CHANGES,
  ...RECOVERY_CHANGES,
  ...PEOPLE,
}
