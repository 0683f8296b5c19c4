/**
 * A fault on a real server, found by `dbmedic start` in its own process, decided on through the API by a person who
 * signs as a browser does, healed by the executor, and told to an open page as it happens.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { signText, type UnlockedKey, unlockKey } from '../../src/access/index.ts'
import { createLog, type Installation, loadConfig, openInstallation } from '../../src/app/index.ts'
import { forgottenTransaction, reportLoad } from '../../src/lab/demo/workload.ts'
import { type RunningLoad, steadyLoad } from '../../src/lab/pieces/load.ts'
import { buildServer } from '../../src/server/build-server.ts'
import type { ApiServer } from '../../src/server/context.ts'
import { createPasswords } from '../../src/server/passwords.ts'
import { panelOf } from '../server/support/api-world.ts'
import { Clinic } from '../support/clinic.ts'
import { skipServer } from '../support/each-server.ts'
import { PATIENCE_MS, until } from '../support/until.ts'

const PASSWORD = 'four plain words here'
const PASSPHRASE = 'a few unrelated words'
const skip = skipServer('mariadb')

let clinic: Clinic
let installation: Installation
let app: ApiServer
let address: string
let key: UnlockedKey
const loads: RunningLoad[] = []

before(async () => {
  if (skip !== false) return
  clinic = await Clinic.open('mariadb')
  await clinic.start()
  // Paths in it are meant from the folder of the other process.
  const config = { ...loadConfig(clinic.cli.path('dbmedic.yaml')), store: clinic.cli.path('dbmedic.sqlite') }
  installation = await openInstallation(config, createLog({ level: 'silent' }), ['serve'])
  const { signIn } = installation.store
  assert.ok(signIn !== null)
  await signIn.setPassword('ana', await createPasswords().hash(PASSWORD), 'ana')
  const role = { userName: 'ana', workspaceId: 1, held: true, by: 'ana' } as const
  await signIn.setMembership({ ...role, role: 'approver' })
  key = await unlockKey({ userName: 'ana', folder: clinic.cli.path('keys') }, PASSPHRASE)
  app = await buildServer(installation, panelOf('{}'))
  address = await app.listen({ host: '127.0.0.1', port: 0 })
})
after(async () => {
  await Promise.all(loads.map((load) => load.stop()))
  await app?.close()
  await installation?.store.close()
  await clinic?.close()
})

/** Reads the stream of live updates until `signal`; gives what came so far. */
function listen(headers: Record<string, string>, signal: AbortSignal): () => string {
  let text = ''
  const read = async (): Promise<void> => {
    const answer = await fetch(`${address}/api/events`, { headers, signal })
    assert.ok(answer.body !== null)
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) text += chunk
  }
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return () => text
}

test('a forgotten transaction is ended by a vote over HTTP, and an open page is told of each step', {
  skip,
}, async () => {
  const send = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const entered = await send('/api/session', { userName: 'ana', password: PASSWORD })
  const { csrfToken } = (await entered.json()) as { csrfToken: string }
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const closing = new AbortController()
  const told = listen({ cookie }, closing.signal)
  const own = { cookie, 'x-csrf-token': csrfToken }

  const { host, port } = clinic.server
  const target = { host, port, ...clinic.accounts.application }
  loads.push(steadyLoad(target), reportLoad(target), await forgottenTransaction(target))
  const { decisionId, issueId } = await clinic.pending('mysql/kill-idle-reader')
  // Nobody reads a plan in less; without it the trouble would be over before it was measured.
  await sleep(3000)
  const shown = await fetch(`${address}/api/decisions/${decisionId}`, { headers: own })
  const { decision } = (await shown.json()) as { decision: { planDigest: string } }
  const ballot = { planDigest: decision.planDigest, decline: false, reason: 'CONFIDENT' }
  const drafted = await send(`/api/decisions/${decisionId}/ballot`, ballot, own)
  const draft = (await drafted.json()) as {
    text: string
    vote: { approvalStatus: string; expiresAt: string }
  }
  const { approvalStatus, expiresAt } = draft.vote
  const signature = signText(draft.text, key.seed)
  const vote = { ...ballot, approvalStatus, expiresAt, signature }
  const once = { ...own, 'idempotency-key': 'healing-over-http-1' }
  const stored = await send(`/api/decisions/${decisionId}/votes`, vote, once)
  assert.equal(stored.status, 201, await stored.clone().text())
  const again = await send(`/api/decisions/${decisionId}/votes`, vote, once)
  assert.deepEqual(await again.json(), await stored.json())

  const story = await clinic.reaches(issueId, 'RESOLVED')
  assert.equal(story.analyses[0]?.rootCauseCode, 'IDLE_BLOCKER')
  const { approvals, executions } = story.decisions[0] ?? assert.fail('no decision')
  assert.equal(approvals.length, 1)
  assert.equal(executions[0]?.execution.executionOutcome, 'SUCCESS')
  const changesTold = (): Record<string, unknown>[] =>
    [...told().matchAll(/event: change\ndata: (.*)\n/g)]
      .map(([, data]) => JSON.parse(data ?? '{}') as Record<string, unknown>)
      .filter((each) => each['issueId'] === issueId)
  await until(
    () => changesTold().some((each) => each['kind'] === 'issue' && each['status'] === 'RESOLVED'),
    'the page is told the end',
    told,
  )
  closing.abort()
  const changes = changesTold()
  const kinds = new Set(changes.map((each) => each['kind']))
  for (const kind of ['issue', 'decision', 'approval', 'execution', 'verification'])
    assert.ok(kinds.has(kind), `${kind} among ${[...kinds].join()}`)
})

test('the process that watches answers what a form asks: a check, a table, a plan; and nothing is done', {
  skip,
}, async () => {
  const { read } = installation.store
  const targetId = (await read.targets())[0]?.targetId ?? 0
  const entered = await fetch(`${address}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userName: 'ana', password: PASSWORD }),
  })
  const { csrfToken } = (await entered.json()) as { csrfToken: string }
  const own = {
    cookie: entered.headers.getSetCookie()[0]?.split(';')[0] ?? '',
    'x-csrf-token': csrfToken,
    'content-type': 'application/json',
  }
  /** Asks, and looks until it is answered. */
  const answerTo = async <T>(ask: string, look: string, body: object | null): Promise<T> => {
    const asked = await fetch(`${address}${ask}`, {
      method: 'POST',
      headers: { ...own, 'idempotency-key': `form of ${look}`.replaceAll(' ', '-') },
      body: JSON.stringify(body),
    })
    const { requestId } = (await asked.clone().json()) as { requestId?: number }
    assert.ok(requestId !== undefined, await asked.text())
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(200)) {
      const answer = await fetch(`${address}${look}/${requestId}`, { headers: own })
      const said = (await answer.json()) as T & { state: string }
      if (said.state !== 'REQUESTED') return said
    }
    return assert.fail(`${look} was not answered`)
  }
  const runsBefore = (await read.executions({ limit: 100 })).length

  interface Check {
    check: { capabilities: { id: string; available: boolean | null }[]; cost: { allowedMsPerSecond: number } }
  }
  const { check } = await answerTo<Check>(`/api/targets/${targetId}/checks`, '/api/checks', null)
  assert.equal(check.capabilities.find(({ id }) => id === 'process')?.available, true)
  assert.ok(check.cost.allowedMsPerSecond > 0)

  interface Look {
    table: { exists: boolean; columns: { column: string }[] }
  }
  const look = { targetId, of: 'table', schema: 'shop', table: 'orders' }
  const { table } = await answerTo<Look>('/api/lookups', '/api/lookups', look)
  assert.ok(table.columns.some(({ column }) => column === 'customer_id'))

  interface Preview {
    proposal: { plan: { steps: { text: string }[] }; preconditions: unknown[]; forecast: { basis: string } }
  }
  const wish = { actionName: 'mysql/analyze-table', params: { table: { schema: 'shop', table: 'orders' } } }
  const { proposal } = await answerTo<Preview>('/api/previews', '/api/previews', { targetId, ...wish })
  assert.match(proposal.plan.steps[0]?.text ?? '', /ANALYZE .*`shop`\.`orders`/)
  assert.ok(proposal.preconditions.length > 0 && proposal.forecast.basis !== '')
  assert.equal((await read.executions({ limit: 100 })).length, runsBefore)
})
