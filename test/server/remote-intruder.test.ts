/** Servers that mean harm, before the command line: none gets the token further, steers the terminal, or keeps it busy. */
import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { newSecret, TOKEN_PREFIX } from '../../src/server/secrets.ts'
import { cliFolder, type Ran } from '../support/run-cli.ts'

const TOKEN = `${TOKEN_PREFIX}${newSecret()}`
/** Clears the screen, sets its title, hides text, moves up a line; the same by C1 controls; turns text around. */
const HOSTILE = 'seen\u001b[2J\u001b]0;owned\u0007\u001b[8mx\u001b[1A\u009b31m\u0090q\u202egnp\u2066'
const OBEYED = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u
const cli = cliFolder()
const servers: Server[] = []

after(() => {
  for (const server of servers) server.close()
  cli.remove()
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serveJson = (bodyOf: (path: string) => unknown, status = 200): Promise<string> =>
  serve((request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(bodyOf(request.url ?? ''))),
  )

const call = (address: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  cli.call(['--server', address, ...args], { DBMEDIC_TOKEN: TOKEN, ...env })
const codeOf = ({ err }: Ran): unknown => JSON.parse(err).error.code

test('a token goes to https, or to this machine by its own name, and to nothing that looks like it', async () => {
  for (const address of [
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'http://localhost.:8642',
    'http://[::ffff:192.0.2.7]:8642',
    'http://[::2]:8642',
    'http://0.0.0.0:8642',
    'http://2130706434:8642/x',
    'http://192.0.2.7:8642',
    'http://me@127.0.0.1:8642',
    'http://:secret@127.0.0.1:8642',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'http://127.0.0.1:8642/api',
    'http://127.0.0.1:8642/?next=1',
    'javascript:1',
    ' ',
  ]) {
    const refused = await call(address, ['halts', '--json'])
    assert.deepEqual([refused.code, codeOf(refused)], [2, 'DBM_USAGE'], address)
    assert.ok(!refused.err.includes(TOKEN))
  }
})

test('a redirection of any kind is not followed: nobody else is asked, and hears no token', async () => {
  const heard: unknown[] = []
  const other = await serve((request, response) => {
    heard.push(request.headers)
    response.end('{"items":[]}')
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const leading = await serve((_request, response) =>
      response.writeHead(status, { location: `${other}/api/stops` }).end(),
    )
    for (const args of [['halts'], ['halt', '--reason', 'x']])
      assert.equal(codeOf(await call(leading, [...args, '--json'])), 'DBM_SERVER_UNREACHABLE')
  }
  assert.deepEqual(heard, [])
})

test('no token is sent where certificates are not looked at, or where a proxy would read it', async () => {
  let asked = 0
  const address = await serve((_request, response) => {
    asked += 1
    response.end('{"items":[]}')
  })
  const unproven = await call('https://localhost:1', ['halts', '--json'], {
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  })
  assert.deepEqual([unproven.code, codeOf(unproven)], [2, 'DBM_USAGE'])
  assert.match(unproven.err, /NODE_TLS_REJECT_UNAUTHORIZED/)
  for (const by of [{ NODE_USE_ENV_PROXY: '1' }, { NODE_OPTIONS: '--use-env-proxy' }]) {
    const proxied = await call(address, ['halts', '--json'], { ...by, HTTP_PROXY: 'http://192.0.2.1:3128' })
    assert.deepEqual([proxied.code, codeOf(proxied)], [2, 'DBM_USAGE'])
  }
  assert.equal(asked, 0)
})

test('what a server sends cannot steer the terminal, as text, as JSON or as an error', async () => {
  const at = '2026-11-21T03:33:11.123456Z'
  const stop = { haltId: 1, scope: 'ALL', key: HOSTILE, reason: HOSTILE, setBy: HOSTILE, setAt: at }
  const lesson = {
    ...{ learningRecordId: 1, issueId: 1, decisionId: 1, executionId: 1, metricName: HOSTILE },
    ...{ metricUnit: HOSTILE, metricBefore: 1, metricAfter: 1, samplesBefore: 1, samplesAfter: 1 },
    ...{ lowerIsBetter: true, metricImprovementPercent: 0, machineResolvedFlag: true },
    ...{ issueResolvedFlag: null, wouldApproveAgain: null, assessedBy: null, predictedConfidence: 0.5 },
    ...{ aiConfidenceAccuracy: null, timeToResolutionSeconds: 1, learningComplete: false },
    recordCreatedAt: HOSTILE,
  }
  const address = await serveJson((path) =>
    path.startsWith('/api/lessons')
      ? { items: [lesson], next: null }
      : { items: path.startsWith('/api/stops') ? [stop] : [] },
  )
  for (const command of ['halts', 'learn'])
    for (const env of [{}, { FORCE_COLOR: '1' }]) {
      const shown = await call(address, [command], env)
      assert.equal(shown.code, 0, shown.err)
      // Bold and its end are ours: the heading of a table.
      assert.doesNotMatch(shown.out.replace(/\p{Cc}\[(1|22)m/gu, ''), OBEYED, command)
      const told = await call(address, [command, '--json'], env)
      assert.doesNotMatch(told.out, OBEYED)
      assert.ok(JSON.stringify(JSON.parse(told.out)).includes(JSON.stringify(HOSTILE).slice(1, -1)))
    }
  const problem = { code: 'DBM_NOT_FOUND', detail: `${HOSTILE} ${TOKEN}`, why: HOSTILE, hint: TOKEN }
  const refusing = await serveJson(() => problem, 409)
  for (const args of [['halts'], ['halts', '--json']]) {
    const refused = await call(refusing, args)
    assert.doesNotMatch(refused.err, OBEYED)
    assert.ok(!refused.err.includes(TOKEN), 'a server cannot have the token printed')
  }
})

test('an answer of another form than the API’s is not used, and is no “not found”', async () => {
  for (const [status, body] of [
    [200, { items: [{ haltId: '1\u001b[2J' }] }],
    [200, { items: 'none' }],
    [200, []],
    [200, null],
    [404, { message: 'nginx' }],
    [500, { code: 'constructor' }],
    [500, { code: '__proto__' }],
  ] as const) {
    const address = await serveJson(() => body, status)
    assert.equal(codeOf(await call(address, ['halts', '--json'])), 'DBM_SERVER_FOREIGN', JSON.stringify(body))
    assert.equal(codeOf(await call(address, ['show', '1', '--json'])), 'DBM_SERVER_FOREIGN')
  }
})

test('an answer without end is read no further than an answer may be long, and pages without end are not asked for', async () => {
  const part = Buffer.alloc(1024 * 1024, 'x')
  const endless = await serve((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(part));
    }
    response.on('drain', more)
    more()
  })
  assert.equal(codeOf(await call(endless, ['halts', '--json'])), 'DBM_SERVER_FOREIGN')
  let pages = 0
  const turning = await serveJson(() => {
    pages += 1
    return { items: [], next: 'again' }
  })
  const listed = await call(turning, ['learn', '--json'])
  assert.deepEqual([listed.code, JSON.parse(listed.out), pages], [0, [], 1])
})

test('a server cannot choose a key file, an address or whose passphrase is asked for', async () => {
  const asked: string[] = []
  const address = await serveJson((path) => {
    asked.push(path)
    return { userName: '../../keys/anna', targetId: 1 }
  })
  const env = { DBMEDIC_PASSPHRASE: 'a quiet lake in winter' }
  const refused = await call(address, ['halt', '--reason', 'x', '--json'], env)
  assert.equal(codeOf(refused), 'DBM_SERVER_FOREIGN')
  assert.ok(asked.every((path) => path.startsWith('/api/')))
  for (const args of [
    ['report', '../session'],
    ['show', '../session'],
    ['approve', '1/../../session'],
  ])
    assert.equal((await call(address, [...args, '--json'], env)).code, 2, args.join(' '))
})
