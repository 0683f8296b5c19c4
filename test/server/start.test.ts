/** `dbmedic start` serves the API where it is configured: from the first link to an answer, and to its end. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { freePort } from '../../src/lab/servers/index.ts'
import { cliFolder } from '../support/run-cli.ts'

const cli = cliFolder()
after(() => cli.remove())

const textOf = (child: ChildProcess, wanted: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    const late = setTimeout(() => reject(new Error(`never said ${String(wanted)}: ${text}`)), 60_000)
    const take = (chunk: Buffer): void => {
      text += chunk.toString('utf8')
      if (!wanted.test(text)) return
      clearTimeout(late)
      resolve(text)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
  })

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)))

test('start prints where it serves and a one-time link, answers, and ends on SIGTERM with status 0', async () => {
  const port = await freePort()
  cli.write('dbmedic.yaml', `store: ./store.sqlite\npanel: { listen: "127.0.0.1:${port}" }\n`)
  const child = cli.begin(['start', '--role', 'serve'])
  const said = await textOf(child, /#[\w-]{43}/)
  assert.match(said, new RegExp(`Serving http://127\\.0\\.0\\.1:${port}\\n`))
  const base = `http://127.0.0.1:${port}`
  assert.deepEqual(await (await fetch(`${base}/healthz`)).json(), { status: 'ok' })
  assert.deepEqual(await (await fetch(`${base}/readyz`)).json(), { status: 'ready' })
  const refused = await fetch(`${base}/api/issues`)
  assert.equal(refused.status, 401)
  const policy = refused.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe|\*|https:/)
  assert.equal(refused.headers.get('x-content-type-options'), 'nosniff')
  const secret = /#([\w-]{43})/.exec(said)?.[1] ?? ''
  const asked = await fetch(`${base}/api/setup/registration`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret, userName: 'anna', displayName: 'Anna', keyId: 'a'.repeat(64) }),
  })
  assert.equal(asked.status, 200)
  child.kill('SIGTERM')
  assert.equal(await ended(child), 0)
  await assert.rejects(fetch(`${base}/healthz`))
})

test('an address that is taken is said, and nothing is started', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  cli.write('taken.yaml', `store: ./taken.sqlite\npanel: { listen: "127.0.0.1:${port}" }\n`)
  const { code, err } = await cli.run(['--config', 'taken.yaml', 'start', '--role', 'serve'])
  assert.notEqual(code, 0)
  assert.match(err, /cannot listen on 127\.0\.0\.1:\d+: EADDRINUSE/)
  await new Promise<void>((resolve) => taken.close(() => resolve()))
})

test('other machines are not served without TLS unless that is asked for', async () => {
  cli.write('open.yaml', 'panel: { listen: "0.0.0.0:8642" }\n')
  const { code, err } = await cli.run(['--config', 'open.yaml', 'start', '--role', 'serve'])
  assert.notEqual(code, 0)
  assert.match(err, /other machines would be served without TLS/)
})
