/** Bytes that are no proper HTTP, sent as they are: what the parser refuses never reaches a route. */
import { connect } from 'node:net'
import { ERRORS } from '../../../src/core/errors.ts'
import { PROBLEM_TYPE, problemSchema } from '../../../src/server/problem.ts'
import { makeApiWorld, panelOf } from '../support/api-world.ts'
import { Draw } from './draw.ts'

/** A server that neither answers nor closes within this hangs, ms. */
const ANSWER_MS = 5_000

const HOST = 'host: 127.0.0.1\r\n'
const CLOSE = 'connection: close\r\n'
const GOOD = `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`
const POST = `POST /api/session HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\n`

/** Each with what it is about. */
const FIXED: readonly string[] = [
  'GET /healthz HTTP/1.1\r\n\r\n',
  'GET /healthz HTTP/1.0\r\n\r\n',
  'GET /healthz HTTP/9.9\r\nhost: 127.0.0.1\r\n\r\n',
  'GET /healthz\r\n\r\n',
  'BREW /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
  'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  `GET http://evil.example/healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}host: evil.example\r\n${CLOSE}\r\n`,
  `GET /a b HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
  `GET /%zz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
  `GET /\u0000 HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}x: ${'a'.repeat(20_000)}\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}${Array.from({ length: 3000 }, (_, i) => `x${i}: a\r\n`).join('')}\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}x : a\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}x: a\r\n folded: b\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}x: a\rb: c\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}expect: 200-maybe\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  `${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /api/people HTTP/1.1\r\n\r\n`,
  `${POST}content-length: 5\r\ncontent-length: 6\r\n\r\n{"a":1}`,
  `${POST}content-length: -1\r\n\r\n{}`,
  `${POST}content-length: 99999999999999999999\r\n\r\n{}`,
  `${POST}content-length: 70000\r\n\r\n{}`,
  `${POST}transfer-encoding: gzip\r\n\r\n{}`,
  `${POST}transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  `${POST}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n`,
  `${POST}transfer-encoding: chunked\r\n\r\n11170\r\n${'a'.repeat(70_000)}\r\n0\r\n\r\n`,
]

/** Sends so many pieces of such bytes to a listening server. */
export async function playWire(of: {
  readonly requests: number
  readonly seed: number
}): Promise<{ readonly problems: readonly string[]; readonly lines: readonly string[] }> {
  const api = await makeApiWorld('sqlite', panelOf('{ requestsPerMinute: 1000000 }'))
  const draw = new Draw(of.seed)
  const problems: string[] = []
  const counts = new Map<string, number>()
  try {
    const port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port)
    for (let at = 0; at < Math.max(of.requests, FIXED.length); at += 1) {
      const fixed = FIXED[at]
      const bytes = fixed === undefined ? spoiledBytes(draw) : Buffer.from(fixed, 'latin1')
      const answer = await exchange(port, bytes)
      const status = answer === null ? 'hung' : (/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'closed')
      counts.set(status, (counts.get(status) ?? 0) + 1)
      const problem = answer === null ? 'no answer and no end' : wireProblem(answer)
      if (problem !== null)
        problems.push(
          `${problem}: ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}: ${answer?.slice(0, 600)}`,
        )
    }
    const last = await exchange(port, Buffer.from(GOOD))
    if (last?.startsWith('HTTP/1.1 200') !== true) problems.push('the server does not go on')
  } finally {
    await api.stop()
  }
  const shares = [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([status, count]) => `${count} x ${status}`)
  return { problems, lines: [`${shares.join(', ')} of bytes that are nearly HTTP`] }
}

/** A right request with some bytes changed, doubled, taken out or cut off. */
function spoiledBytes(draw: Draw): Buffer {
  const body = '{"userName":"anna","password":"x"}'
  const whole = Buffer.from(draw.chance(0.5) ? GOOD : `${POST}content-length: ${body.length}\r\n\r\n${body}`)
  for (let change = draw.int(1, 3); change > 0; change -= 1)
    whole[draw.int(0, whole.length - 1)] = draw.int(0, 255)
  const [from, to] = [draw.int(0, whole.length), draw.int(0, whole.length)]
  return draw.weighted<() => Buffer>([
    [5, () => whole],
    [2, () => whole.subarray(0, from)],
    [1, () => Buffer.concat([whole.subarray(0, from), whole.subarray(Math.min(from, to))])],
    [1, () => Buffer.concat([whole.subarray(0, from), draw.bytes(10), whole.subarray(from)])],
  ])()
}

/** What came back until the end; null: nothing ended. */
function exchange(port: number, bytes: Buffer): Promise<string | null> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    const late = setTimeout(() => {
      socket.destroy()
      resolve(null)
    }, ANSWER_MS)
    const end = (): void => {
      clearTimeout(late)
      socket.destroy()
      resolve(text)
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('end', end)
    // Closed in the middle of what was still being sent.
    socket.on('error', end)
    socket.end(bytes)
  })
}

/** What is wrong with the answer; null: nothing. A connection that was closed without one is an answer. */
function wireProblem(text: string): string | null {
  if (text === '') return null
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0)
  if (status >= 500 || status < 100) return `answered ${status}`
  if (status < 400) return null
  const [head = '', ...rest] = text.split('\r\n\r\n')
  if (!head.toLowerCase().includes(`content-type: ${PROBLEM_TYPE}`)) return 'an error that is no problem'
  const parsed = problemSchema.safeParse(jsonOf(rest.join('\r\n\r\n')))
  if (!parsed.success) return 'an error that is no problem'
  if (parsed.data.status !== status) return `the problem says ${parsed.data.status}`
  return Object.hasOwn(ERRORS, parsed.data.code) ? null : `${parsed.data.code} is no code of ours`
}

/** The first whole value of the text: what follows may be a second answer. */
function jsonOf(text: string): unknown {
  const end = text.indexOf('}HTTP/1.1') + 1
  try {
    return JSON.parse(end > 0 ? text.slice(0, end) : text)
  } catch {
    return null
  }
}
