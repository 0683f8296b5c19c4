/** Live updates over real connections: at once, in order, after a cut without a loss, and ended with the right. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { decide, makeIssue, newVote, onlyRunnable, run } from '../support/pipeline-rows.ts'
import { inTime, PATIENCE_MS, until } from '../support/until.ts'
import { type ApiWorld, type Browser, makeApiWorld, signInOf } from './support/api-world.ts'

let api: ApiWorld
let port: number
before(async () => {
  api = await makeApiWorld()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = portOf(api)
})
after(() => api.stop())

function portOf({ app }: ApiWorld): number {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return address.port
}

interface Message {
  readonly id: number
  readonly event: string
  readonly data: Record<string, unknown>
}

/** A page's stream, read as text/event-stream is. */
class Page {
  readonly messages: Message[] = []
  readonly socket: Socket
  status = ''
  closed = false
  private text = ''

  constructor(browser: Browser, lastEventId: number | null = null, query = '') {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('utf8')
    const last = lastEventId === null ? '' : `Last-Event-ID: ${lastEventId}\r\n`
    this.socket.write(
      `GET /api/events${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${browser.headers.cookie}\r\nAccept: text/event-stream\r\n${last}\r\n`,
    )
    this.socket.on('data', (chunk: string) => this.take(chunk))
    this.socket.on('close', () => {
      this.closed = true
    })
    this.socket.on('error', () => undefined)
  }

  private take(chunk: string): void {
    this.text += chunk
    this.status ||= this.text.split('\r\n')[0] ?? ''
    const found = [...this.text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g)]
    for (const [, id, event, data] of found.slice(this.messages.length))
      this.messages.push({ id: Number(id), event: event ?? '', data: JSON.parse(data ?? '{}') })
  }

  /** Waits until enough came; gives how long that took, ms. */
  async until(enough: (messages: readonly Message[]) => boolean): Promise<number> {
    const begun = performance.now()
    await until(
      () => enough(this.messages),
      'the messages waited for',
      () => `${this.status}; ${JSON.stringify(this.messages)}`,
      5,
    )
    return performance.now() - begun
  }

  kinds(): string[] {
    return this.messages.filter((each) => each.event === 'change').map((each) => String(each.data['kind']))
  }
}

const ready = (page: Page): Promise<number> => page.until((messages) => messages.length > 0)

/** A busy machine is late with one change or another; a server that asks too seldom is late with each. */
const ROUNDS = 10

test('a change reaches an open page within a second', async () => {
  const page = new Page(await api.signIn('viewer'))
  await ready(page)
  const asked = mock.method(api.world.store.browse, 'newestSeq').mock
  const waits: number[] = []
  while (waits.length < ROUNDS && !waits.some((ms) => ms < 1000)) {
    // Right after the store was asked, so that the change waits a whole interval.
    const before = asked.callCount()
    await until(() => asked.callCount() > before, 'the store is asked', undefined, 5)
    const seen = page.kinds().length
    await makeIssue(api.world, `live.soon.${waits.length}`)
    waits.push(await page.until(() => page.kinds().length > seen))
  }
  asked.restore()
  assert.ok(Math.min(...waits) < 1000, `${waits.map(Math.round).join()} ms`)
  page.socket.destroy()
})

test('a change of each stage reaches an open page, in order', async () => {
  const page = new Page(await api.signIn('viewer'))
  await ready(page)
  const { world } = api
  const decision = await decide(world, await makeIssue(world, 'live.one'))
  await world.store.serve.insertApproval(await newVote(world, decision, world.bert))
  await run(world, await onlyRunnable(world, decision.decisionId))
  await page.until((messages) =>
    messages.some((each) => each.data['kind'] === 'execution' && each.data['status'] === 'COMPLETED'),
  )
  const kinds = page.kinds()
  for (const kind of ['issue', 'analysis', 'decision', 'approval', 'execution'])
    assert.ok(kinds.includes(kind), `${kind} in ${kinds.join()}`)
  const ids = page.messages.map((each) => each.id)
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  )
  const vote = page.messages.find((each) => each.data['kind'] === 'approval')
  assert.equal(vote?.data['decisionId'], decision.decisionId)
  assert.equal(vote?.data['issueId'], decision.issueId)
  page.socket.destroy()
})

test('after a cut a page goes on where it was: nothing lost, nothing twice', async () => {
  const browser = await api.signIn('viewer')
  const first = new Page(browser)
  await ready(first)
  const seen: number[] = []
  let last = first.messages[0]?.id ?? 0
  first.socket.destroy()
  const from = last
  for (let cut = 0; cut < 6; cut += 1) {
    await makeIssue(api.world, `cut.${cut}.a`)
    const page = new Page(browser, last)
    await ready(page)
    await makeIssue(api.world, `cut.${cut}.b`)
    // Cut at a random moment: whatever arrived counts, whatever did not must come with the next connection.
    await sleep(Math.random() * 400)
    page.socket.destroy()
    const changes = page.messages.filter((each) => each.event === 'change')
    seen.push(...changes.map((each) => each.id))
    last = changes.at(-1)?.id ?? last
  }
  const rest = new Page(browser, last)
  await ready(rest)
  // What is told in order is told whole when the last of it is there.
  await makeIssue(api.world, 'cut.end')
  const links = await api.world.store.read.audit(from + 1, 1000)
  const issues = links.filter((each) => each.canonical.includes('"table":"detected_issues"'))
  assert.equal(issues.length, 13)
  await rest.until((messages) => messages.some((each) => each.id === issues.at(-1)?.seq))
  seen.push(...rest.messages.filter((each) => each.event === 'change').map((each) => each.id))
  rest.socket.destroy()
  assert.deepEqual(
    seen.filter((id) => issues.some((link) => link.seq === id)),
    issues.map((each) => each.seq),
  )
  assert.equal(new Set(seen).size, seen.length)
})

test('a page that names a number nobody gave is told to read everything again', async () => {
  const page = new Page(await api.signIn('viewer'), 999_999_999)
  await ready(page)
  assert.equal(page.messages[0]?.event, 'reset')
  page.socket.destroy()
})

test('nothing about people and sessions is told, and nothing of another workspace', async () => {
  const page = new Page(await api.signIn('viewer'))
  const outside = new Page(await api.signIn('outsider'), null, '?workspace=2')
  await ready(page)
  await ready(outside)
  await signInOf(api.world.store).setMembership({
    userName: 'carl',
    workspaceId: 1,
    role: 'viewer',
    held: true,
    by: 'anna',
  })
  await api.signIn('auditor')
  await makeIssue(api.world, 'live.two')
  await page.until((messages) => messages.some((each) => each.event === 'change'))
  await sleep(400)
  assert.deepEqual(page.kinds(), ['issue'])
  assert.deepEqual(outside.kinds(), [])
  const text = JSON.stringify(page.messages)
  assert.doesNotMatch(text, /carl|udo|session|workspaceId/)
  page.socket.destroy()
  outside.socket.destroy()
})

test('a hundred pages are told of one change by one reading of the store', async () => {
  const browser = await api.signIn('viewer')
  const pages = Array.from({ length: 100 }, () => new Page(browser))
  await Promise.all(pages.map(ready))
  const { browse, read } = api.world.store
  const asked = mock.method(browse, 'newestSeq').mock
  // A page that has just come looks once for itself; all have when the store was asked for all of them again.
  await until(() => asked.callCount() > 1, 'the store is asked', undefined, 5)
  const readings = mock.method(read, 'audit').mock
  const before = asked.callCount()
  await makeIssue(api.world, 'live.hundred')
  await Promise.all(
    pages.map((page) => page.until((messages) => messages.some((each) => each.event === 'change'))),
  )
  const [times, head] = [readings.callCount(), asked.callCount() - before]
  readings.restore()
  asked.restore()
  // One reading for each time the store said that there is more, however many pages listen.
  assert.ok(times >= 1 && times <= head + 1, `read ${times} times, asked for its head ${head} times`)
  for (const page of pages) page.socket.destroy()
})

test('a stream outlives the time an answer must be there in', async () => {
  const other = await makeApiWorld('sqlite', undefined, 300)
  await other.app.listen({ host: '127.0.0.1', port: 0 })
  const before = port
  port = portOf(other)
  const page = new Page(await other.signIn('viewer'))
  port = before
  await ready(page)
  await sleep(700)
  await makeIssue(other.world, 'live.late')
  await page.until((messages) => messages.some((each) => each.event === 'change'))
  assert.equal(page.closed, false)
  page.socket.destroy()
  await other.stop()
})

test('closing the server ends open streams at once and does not wait for pages', async () => {
  const other = await makeApiWorld()
  await other.app.listen({ host: '127.0.0.1', port: 0 })
  const before = port
  port = portOf(other)
  const page = new Page(await other.signIn('viewer'))
  port = before
  await ready(page)
  await inTime(other.stop(), 'the server, while a page is open')
  await until(() => page.closed, 'the stream has ended')
})

test('a reader that takes nothing does not keep its stream beyond the server’s end', async () => {
  const other = await makeApiWorld()
  const { headers } = await other.signIn('viewer')
  const answer = await other.app.inject({ url: '/api/events', headers, payloadAsStream: true })
  assert.equal(answer.statusCode, 200)
  answer.stream().destroy()
  const asked = mock.method(other.world.store.browse, 'newestSeq').mock
  await other.app.close()
  // While anybody listens it is asked four times a second.
  let before = -1
  for (
    const end = performance.now() + PATIENCE_MS;
    asked.callCount() !== before && performance.now() < end;
  ) {
    before = asked.callCount()
    await sleep(600)
  }
  assert.equal(asked.callCount(), before, 'the store is still asked for news')
  await other.stop()
})
