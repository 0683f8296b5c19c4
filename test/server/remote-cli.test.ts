/** The command line against a server somewhere else: the same words and JSON as where the store is, and clear refusals. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createKey } from '../../src/access/index.ts'
import { digestOf, newSecret, TOKEN_PREFIX } from '../../src/server/secrets.ts'
import { newAuthority } from '../support/certificates.ts'
import {
  decide,
  makeIssue,
  newGrant,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  signerOf,
} from '../support/pipeline-rows.ts'
import { cliFolder, type Ran } from '../support/run-cli.ts'
import { type ApiWorld, makeApiWorld, signInOf } from './support/api-world.ts'

const PASSPHRASE = 'a quiet lake in winter'
const cli = cliFolder()
let api: ApiWorld
let address: string
let auditor: string
let doras: string
const servers: Server[] = []

before(async () => {
  api = await makeApiWorld()
  address = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { world, server } = api
  const keyring = cli.path('keyring')
  cli.write('here.yaml', `store: ${server.address.path}\nkeyring: ${keyring}\n`)
  cli.write('dbmedic.yaml', `store: ./none.sqlite\nkeyring: ${keyring}\n`)
  const { keyId, publicKey } = await createKey({ userName: 'dora', folder: keyring }, PASSPHRASE)
  const { serve } = world.store
  const dora = {
    userName: 'dora',
    displayName: 'Dora',
    personOf: null,
    mayApprove: true,
    mayAdminister: false,
  }
  await serve.addUser({ ...dora, keyId, publicKey, signer: signerOf(world.anna) })
  const held = { userName: 'dora', workspaceId: 1, role: 'approver', held: true, by: 'anna' } as const
  await signInOf(world.store).setMembership(held)
  await serve.grantStanding({ ...(await newGrant(world, world.bert)), actionName: 'mysql/analyze-table' })
  auditor = await api.tokenOf('auditor', ['read', 'audit'])
  doras = await tokenOf('dora', ['read', 'ask', 'stop', 'release', 'vote'])
})
after(async () => {
  for (const server of servers) server.close()
  cli.remove()
  await api.stop()
})

async function tokenOf(userName: string, scopes: readonly string[]): Promise<string> {
  const token = `${TOKEN_PREFIX}${newSecret()}`
  const made = { tokenDigest: digestOf(token), userName, workspaceId: 1, tokenName: 'cli', scopes }
  await signInOf(api.world.store).addToken({ ...made, lifetimeSeconds: 3600 })
  return token
}

const here = (...args: string[]): Promise<Ran> => cli.call(['--config', cli.path('here.yaml'), ...args])
const there = (token: string, ...args: string[]): Promise<Ran> =>
  cli.call(['--server', address, ...args], { DBMEDIC_TOKEN: token })
const jsonOf = ({ out, err }: Ran): unknown => {
  assert.notEqual(out, '', err)
  return JSON.parse(out)
}
const errorOf = ({ err }: Ran): { readonly code: string; readonly message: string; readonly hint: string } =>
  JSON.parse(err).error

test('what is read over a server has the words it has where the store is', async () => {
  const issue = String(api.ids.issueId)
  for (const args of [
    ['issues'],
    ['issues', '--all'],
    ['issues', '--all', '--limit', '1', '--before', '3'],
    ['issues', '--state', 'DETECTED', '--target', 'shop'],
    ['show', issue],
    ['halts'],
    ['suppressions'],
    ['grants'],
    ['windows', 'shop'],
    ['learn'],
    ['users'],
    ['report', 'approvals'],
    ['errors', 'list'],
    ['errors', 'list', '--target', 'shop'],
    ['errors', 'show', api.ids.signature.slice(0, 12)],
    ['errors', 'show', api.ids.signature, '--json'],
    ['report', 'effectiveness', '--json'],
    ['issues', '--all', '--json'],
    ['learn', '--json'],
    ['actions', 'status'],
    ['audit', 'list', '--kind', 'admin_approvals'],
    ['audit', '--subject', `issue:${issue}`, '--json'],
  ]) {
    const [own, remote] = [await here(...args), await there(auditor, ...args)]
    assert.equal(remote.code, 0, `${args.join(' ')}: ${remote.err}`)
    assert.equal(remote.out, own.out, args.join(' '))
  }
})

/** Members the API does not send: where a target is, hashes and leases, a grant's signature. */
const NOT_SENT =
  /^(connection|leaseOwner|leaseExpiresAt|rawContextDigest|dedupeKey|targetId|instanceUid|issueFingerprint|epoch|opensAtOnce|promptDigest|signature|keyId|watchedBy|actionId|riskLevel|publicKey|roles)$/

/** Members that the server alone tells, from what only the account that signs people in reads: proofs of a login, erasures. */
const SENT_ONLY = /^(hasSecondFactor|passkeys|erasedAt)$/
const MAY_BE_MORE = new RegExp(`${NOT_SENT.source}|${SENT_ONLY.source}`)

/** Asserts that the remote value is the own one, but for members that are not sent, or that the server alone tells. */
function requireSame(remote: unknown, own: unknown, path: string): void {
  if (Array.isArray(own) && Array.isArray(remote)) {
    assert.equal(remote.length, own.length, path)
    for (const [at, each] of own.entries()) requireSame(remote[at], each, `${path}[${at}]`)
  } else if (typeof own === 'object' && own !== null && typeof remote === 'object' && remote !== null) {
    const [mine, its] = [Object.entries(own), new Map(Object.entries(remote))]
    for (const [name, value] of mine) {
      if (its.has(name)) requireSame(its.get(name), value, `${path}.${name}`)
      else assert.match(name, NOT_SENT, `${path}.${name} is not sent`)
    }
    for (const name of its.keys())
      assert.ok(Object.hasOwn(own, name) || MAY_BE_MORE.test(name), `${path}.${name}`)
  } else assert.deepEqual(remote, own, path)
}

test('the JSON of a story, of targets and of grants is that of the store, but for what the API does not send', async () => {
  for (const args of [
    ['show', String(api.ids.issueId)],
    ['targets'],
    ['grants', 'list'],
    ['users', 'list'],
  ]) {
    const [own, remote] = [await here(...args, '--json'), await there(auditor, ...args, '--json')]
    requireSame(jsonOf(remote), jsonOf(own), args.join(' '))
  }
})

test('what a token may change is changed under its owner’s name, and once', async () => {
  const stopped = await there(doras, 'halt', '--target', 'shop', '--reason', 'by hand today', '--json')
  const { haltId } = jsonOf(stopped) as { readonly haltId: number }
  const [halt] = await api.world.store.read.halts()
  assert.deepEqual([halt?.haltId, halt?.setBy, halt?.reason], [haltId, 'dora', 'by hand today'])
  assert.equal((await there(doras, 'lift', String(haltId))).code, 0)
  const { decisionId } = await decide(api.world, await makeIssue(api.world, 'remote.cancel'))
  const ended = await there(doras, 'cancel', String(decisionId), '--reason', 'not now')
  assert.equal(ended.out, `Decision ${decisionId}: CANCELLED.\n`)
  const window = ['windows', 'shop', '--from', '2027-01-31T22:00:00Z', '--to', '2027-01-31T23:00:00Z']
  assert.match((await there(doras, ...window)).out, /2027-01-31 22:00:00 +2027-01-31 23:00:00 +dora/)
  const issueId = await makeIssue(api.world, 'remote.close')
  const closing = await there(doras, 'close', '--issue', String(issueId), '--reason', 'noise', '--wait', '0')
  assert.match(closing.out, /^Request \d+ stored/)
})

test('an undecided verdict is settled over a server by whom the token speaks for', async () => {
  const { world } = api
  const decision = await decide(world, await makeIssue(world, 'remote.settle'))
  await world.store.serve.insertApproval(await newVote(world, decision, world.bert))
  const executionId = await run(world, await onlyRunnable(world, decision.decisionId))
  await world.store.act.insertVerification(newVerdict(executionId, 'undecided'))
  const settle = ['settle', String(decision.decisionId), '--verdict', 'improved', '--reason', 'seen']
  assert.equal(errorOf(await there(auditor, ...settle, '--json')).code, 'DBM_RIGHT_MISSING')
  const settled = await there(doras, ...settle)
  assert.match(settled.out, /^Verdict improved by dora; issue \d+ is RESOLVED\.$/m, settled.err)
  const [newest] = await world.store.read.verifications(executionId)
  assert.deepEqual([newest?.verdict, newest?.assessedBy], ['improved', 'dora'])
})

test('the whole chain comes over a server into a file that is verified, never half of one', async () => {
  const file = cli.path('chain.jsonl')
  const { out, err } = await there(auditor, 'audit', 'export', file)
  assert.match(out, /^\d+ links written to .*chain\.jsonl, unbroken, head [0-9a-f]{64}$/m, err)
  assert.match((await cli.call(['audit', 'verify', file])).out, /^unbroken/)
  assert.equal((await there(auditor, 'audit', 'export', '--json')).code, 2)
  const refused = await there(doras, 'audit', 'export', cli.path('none.jsonl'), '--json')
  assert.equal(errorOf(refused).code, 'DBM_RIGHT_MISSING')
  assert.equal((await cli.call(['audit', 'verify', cli.path('none.jsonl')])).code, 2, 'nothing was left')
})

test('a vote is signed here, with the key of this machine, over the plan that was shown', async () => {
  const decision = await decide(api.world, await makeIssue(api.world, 'remote.vote'))
  const env = { DBMEDIC_TOKEN: doras, DBMEDIC_PASSPHRASE: PASSPHRASE }
  const approve = [
    ...['--server', address, 'approve', String(decision.decisionId)],
    ...['--digest', decision.planDigest, '--notes', 'seen', '--json'],
  ]
  const voted = jsonOf(await cli.call(approve, env)) as {
    readonly status: string
    readonly planDigest: string
  }
  assert.deepEqual([voted.status, voted.planDigest], ['APPROVED', decision.planDigest])
  const [vote] = await api.world.store.read.approvals(decision.decisionId)
  assert.deepEqual(
    [vote?.adminUserId, vote?.authenticationMethod, vote?.adminNotes],
    ['dora', 'key+token', 'seen'],
  )
  const high = await decide(api.world, await makeIssue(api.world, 'remote.high'), {
    action: 'mysql/rebuild-table',
  })
  const refused = await cli.call(
    ['--server', address, 'approve', String(high.decisionId), '--digest', high.planDigest, '--json'],
    env,
  )
  assert.deepEqual([refused.code, errorOf(refused).code], [3, 'DBM_TOKEN_NEVER'])
  const other = await cli.call([...approve.slice(0, 4), '--as', 'anna', '--json'], env)
  assert.deepEqual([other.code, errorOf(other).code], [2, 'DBM_USAGE'])
})

/** A server between: it passes everything on to the real one and changes its answers as told. */
async function between(change: (path: string, body: unknown) => unknown): Promise<string> {
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { host: _h, connection: _c, 'content-length': _l, ...headers } = request.headers
    const sent = await Array.fromAsync(request)
    const answer = await fetch(`${address}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(sent.length === 0 ? {} : { body: Buffer.concat(sent) }),
    })
    const text = await answer.text()
    const changed = text === '' ? '' : JSON.stringify(change(request.url ?? '', JSON.parse(text)))
    const type = answer.headers.get('content-type') ?? 'application/json'
    response.writeHead(answer.status, { 'content-type': type }).end(changed)
  }
  const other = createServer((request, response) => void passOn(request, response))
  return `http://127.0.0.1:${await listening(other)}`
}

interface Told {
  readonly decision: { readonly bindingText: string }
}
interface Asked {
  readonly vote: { readonly planDigest: string; readonly adminUserId: string; readonly expiresAt: string }
}

test('a server that shows one plan and has another signed gets no signature', async () => {
  const decision = await decide(api.world, await makeIssue(api.world, 'remote.between'))
  const env = { DBMEDIC_TOKEN: doras, DBMEDIC_PASSPHRASE: PASSPHRASE }
  const ofDecision = (over: (told: Told) => object) => (path: string, body: unknown) =>
    path.startsWith('/api/decisions/') && !/ballot|votes/.test(path)
      ? {
          ...(body as Told),
          decision: { ...(body as Told).decision, ...over(body as Told) },
        }
      : body
  const ofBallot = (over: (asked: Asked) => object) => (path: string, body: unknown) =>
    path.includes('/ballot')
      ? { ...(body as Asked), vote: { ...(body as Asked).vote, ...over(body as Asked) } }
      : body
  const lies: readonly ((path: string, body: unknown) => unknown)[] = [
    ofDecision(({ decision: { bindingText } }) => ({
      bindingText: bindingText.replace('ANALYZE TABLE', 'DROP TABLE'),
    })),
    ofDecision(() => ({ planDigest: '0'.repeat(64) })),
    ofDecision(() => ({ riskLevel: 'HIGH' })),
    ofDecision(() => ({ targetId: 999 })),
    ofDecision(() => ({ expiresAt: '2099-01-01T00:00:00.000000Z' })),
    ofBallot(() => ({ expiresAt: '2099-01-01T00:00:00.000000Z' })),
    ofBallot(() => ({ approvalStatus: 'DECLINED' })),
    (path, body) => (path.includes('/ballot') ? { ...(body as object), text: 'sign this' } : body),
  ]
  const vote = ['approve', String(decision.decisionId), '--digest', decision.planDigest, '--json']
  for (const [at, lie] of lies.entries()) {
    const refused = await cli.call(['--server', await between(lie), ...vote], env)
    assert.deepEqual([refused.code, errorOf(refused).code], [3, 'DBM_VOTE_INVALID'], `lie ${at}`)
  }
  assert.deepEqual(await api.world.store.read.approvals(decision.decisionId), [])
  const unseen = await cli.call(['--server', address, ...vote.slice(0, 2), '--json'], env)
  assert.deepEqual([unseen.code, errorOf(unseen).code], [2, 'DBM_USAGE'])
  assert.match(errorOf(unseen).message, /by its digest/)
  const honest = await cli.call(['--server', await between((_path, body) => body), ...vote], env)
  assert.equal(honest.code, 0, honest.err)
})

test('a missing right is named, with the roles that hold it', async () => {
  const refused = await there(auditor, 'halt', '--reason', 'x', '--json')
  assert.equal(refused.code, 3)
  const { code, message, hint } = errorOf(refused)
  assert.equal(code, 'DBM_RIGHT_MISSING')
  assert.match(message, /“stop” in workspace 1/)
  assert.match(hint, /operator, approver, administrator/)
  const reader = await api.tokenOf('viewer', ['read'])
  assert.equal(errorOf(await there(reader, 'report', 'pending', '--json')).code, 'DBM_RIGHT_MISSING')
  const elsewhere = await there(auditor, '--workspace', '2', 'issues', '--json')
  assert.match(errorOf(elsewhere).message, /in workspace 2/)
  assert.equal((await there(reader, 'show', '999999')).code, 2)
})

test('a token that is not valid, or none, is told apart from a server that is not there', async () => {
  const invented = `${TOKEN_PREFIX}${newSecret()}`
  const refused = await there(invented, 'issues', '--json')
  assert.deepEqual([refused.code, errorOf(refused).code], [3, 'DBM_TOKEN_REFUSED'])
  for (const token of ['', 'dbm_short', 'not a token'])
    assert.equal(errorOf(await there(token, 'issues', '--json')).code, 'DBM_USAGE')
  const nobody = await cli.call(['--server', 'http://127.0.0.1:1', 'issues', '--json'], {
    DBMEDIC_TOKEN: auditor,
  })
  assert.deepEqual([nobody.code, errorOf(nobody).code], [1, 'DBM_SERVER_UNREACHABLE'])
  assert.match(errorOf(nobody).message, /ECONNREFUSED|bad port/i)
})

test('a token comes from a file or an argument too, and the server from the environment', async () => {
  const file = cli.write('token', `${auditor}\n`)
  for (const [args, env] of [
    [['--token-file', file], { DBMEDIC_SERVER: address }],
    [['--token', auditor], { DBMEDIC_SERVER: address }],
    [[], { DBMEDIC_SERVER: address, DBMEDIC_TOKEN_FILE: file }],
  ] as const)
    assert.equal((await cli.call([...args, 'halts'], env)).out, 'Nothing is stopped.\n')
  const missing = await cli.call(['--server', address, '--token-file', cli.path('none'), 'halts', '--json'])
  assert.deepEqual([missing.code, errorOf(missing).code], [2, 'DBM_FILE_UNREADABLE'])
})

test('a token is not sent in the clear to another machine, nor to who cannot prove to be the server', async () => {
  const clear = await cli.call(['--server', 'http://db.example.org', 'issues', '--json'], {
    DBMEDIC_TOKEN: auditor,
  })
  assert.deepEqual([clear.code, errorOf(clear).code], [2, 'DBM_USAGE'])
  let sent = 0
  const { certificate, key } = newAuthority('nobody we know').issue('localhost')
  const impostor = createTlsServer({ key, cert: certificate }, (_request, response) => {
    sent += 1
    response.end('{}')
  })
  const port = await listening(impostor)
  const untrusted = await cli.call(['--server', `https://localhost:${port}`, 'issues', '--json'], {
    DBMEDIC_TOKEN: auditor,
  })
  assert.equal(errorOf(untrusted).code, 'DBM_SERVER_TLS')
  assert.equal(sent, 0)
})

test('what is no dbmedic, or leads elsewhere, is not believed and gets no second request', async () => {
  const asked: string[] = []
  const other = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (asked.length === 1) response.end('<html>hello</html>')
    else response.writeHead(302, { location: `${address}/api/targets` }).end()
  })
  const port = await listening(other)
  const codes = []
  for (let at = 0; at < 2; at += 1)
    codes.push(
      errorOf(
        await cli.call(['--server', `http://127.0.0.1:${port}`, 'halts', '--json'], {
          DBMEDIC_TOKEN: auditor,
        }),
      ).code,
    )
  assert.deepEqual(codes, ['DBM_SERVER_FOREIGN', 'DBM_SERVER_UNREACHABLE'])
})

test('a command about this machine’s store refuses --server and heeds no variable', async () => {
  const refused = await cli.call(['--server', address, 'store', 'status', '--json'], {
    DBMEDIC_TOKEN: auditor,
  })
  assert.deepEqual([refused.code, errorOf(refused).code], [2, 'DBM_USAGE'])
  assert.match(errorOf(refused).message, /“store status” does not work over a server/)
  const env = { DBMEDIC_SERVER: address, DBMEDIC_TOKEN: auditor }
  const own = await cli.call(['--config', cli.path('here.yaml'), 'store', 'status'], env)
  assert.equal(own.code, 0, own.err)
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
