/** Plays made-up requests against one world, one after the other, and judges each answer. */
import { isDeepStrictEqual } from 'node:util'
import { createPasswords } from '../../../src/server/passwords.ts'
import type { StoreName } from '../../store/support/stores.ts'
import { type ApiWorld, makeApiWorld } from '../support/api-world.ts'
import { Draw } from './draw.ts'
import { type Answer, problemsOf } from './judge.ts'
import { KnownThings, PASSWORD } from './known-things.ts'
import { type MadeRequest, madeRequest } from './made-requests.ts'
import type { Source } from './made-values.ts'
import { type ApiDocument, type Operation, operationsOf } from './operations.ts'
import { StoreState } from './store-state.ts'
import { givePasswords, Visitors } from './visitors.ts'

/** What is looked up anew after so many requests: numbers of rows, things that wait. */
const RENEW_EVERY = 50
/** Every row of the store is read after so many. */
const WHOLE_EVERY = 500
/** So often it is told how far it is, ms. */
const SAY_EVERY_MS = 10_000
const PROBLEMS_MOST = 20
/** Who ends the sessions of their own login is signed out by it. */
const OWN_SESSIONS = '/api/people/{userName}/sessions'
const KEYS_KEPT = 200
/** A request that was done is sent once more, so often: it must be answered the same and change nothing. */
const AGAIN = 0.3

/** Rights by which sessions, tokens and roles are ended or given. */
const PEOPLE_RIGHTS = ['administer', 'session', 'public']

/** What was played. */
export interface Played {
  readonly requests: number
  readonly addresses: number
  /** Answered with what was asked for. */
  readonly done: number
  readonly neverDone: readonly string[]
  /** What did not hold, each with the request. */
  readonly problems: readonly string[]
  /** The figures for people. */
  readonly lines: readonly string[]
}

/** Plays so many requests. */
export async function playRequests(of: {
  readonly store: StoreName
  readonly requests: number
  readonly seed: number
  /** Told how far it is. */
  readonly say: (line: string) => void
}): Promise<Played> {
  const api = await makeApiWorld(of.store)
  const play = new Play(api, of.seed, await openState(api))
  try {
    return await play.all(of.requests, of.say)
  } finally {
    await play.close()
    await api.stop()
  }
}

async function openState(api: ApiWorld): Promise<StoreState> {
  await givePasswords(api, await createPasswords().hash(PASSWORD))
  return StoreState.open(api.server)
}

class Play {
  readonly #api: ApiWorld
  readonly #source: Source
  readonly #state: StoreState
  readonly #visitors: Visitors
  readonly #operations: readonly Operation[]
  readonly #statuses = new Map<number, number>()
  readonly #codes = new Set<string>()
  readonly #doneBy = new Map<string, number>()
  readonly #problems: string[] = []
  readonly #usedKeys: string[] = []
  readonly #seed: number
  #asked = 0
  #repeated = 0

  constructor(api: ApiWorld, seed: number, state: StoreState) {
    this.#api = api
    this.#seed = seed
    this.#state = state
    this.#visitors = new Visitors(api)
    const document = api.app.swagger() as unknown as ApiDocument
    this.#operations = operationsOf(document)
    this.#source = { draw: new Draw(seed), document, known: new KnownThings(api) }
  }

  async all(requests: number, say: (line: string) => void): Promise<Played> {
    const began = performance.now()
    let saidMs = began
    for (let round = 0; this.#asked < requests && this.#problems.length < PROBLEMS_MOST; round += 1) {
      if (round % RENEW_EVERY === 0) await this.#source.known.renew()
      if (round % WHOLE_EVERY === 0) await this.#readWhole()
      await this.#one()
      if (performance.now() - saidMs < SAY_EVERY_MS) continue
      saidMs = performance.now()
      say(`${this.#asked} of ${requests} requests, ${this.#problems.length} problems`)
    }
    await this.#readWhole()
    return this.#played((performance.now() - began) / 1000)
  }

  async #readWhole(): Promise<void> {
    for (const table of await this.#state.unnoted())
      this.#problems.push(`${table} was changed by request ${this.#asked} or before, and no trigger ran`)
  }

  close(): Promise<void> {
    return this.#state.close()
  }

  async #one(): Promise<void> {
    const { draw } = this.#source
    const operation = draw.pick(this.#operations)
    const visitor = await this.#visitors.next(draw, operation)
    const made = await madeRequest(this.#source, { operation, visitor, usedKeys: this.#usedKeys })
    // What making it needed (a session, a decision) is no change of the request's.
    await this.#state.changed()
    const { answer, changed } = await this.#judged(made)
    if (answer.status >= 300 || made.method !== operation.method) return
    this.#doneBy.set(operation.name, (this.#doneBy.get(operation.name) ?? 0) + 1)
    if (operation.keyed) await this.#again(made, answer)
    if (changed.length > 0 && PEOPLE_RIGHTS.includes(operation.right)) await this.#visitors.restore()
  }

  async #judged(
    made: MadeRequest,
  ): Promise<{ readonly answer: Answer; readonly changed: readonly string[] }> {
    const firstLine = this.#api.log.length
    const answer = await this.#send(made)
    const changed = await this.#state.changed()
    this.#statuses.set(answer.status, (this.#statuses.get(answer.status) ?? 0) + 1)
    const code = /"code":"(DBM_\w+)"/.exec(answer.body)?.[1]
    if (code !== undefined && answer.status >= 400) this.#codes.add(code)
    const lines = this.#api.log.splice(firstLine)
    const traces = { changed, lines, secrets: this.#visitors.secrets.slice(-50) }
    for (const problem of problemsOf({ ...made, operation: this.#operationOf(made) }, answer, traces))
      this.#problem(made, `${problem}: ${answer.body.slice(0, 300)}`)
    return { answer, changed }
  }

  /** What a request asks: HEAD of an address asks what GET of it does, whatever the request was made from. */
  #operationOf({ operation, method }: MadeRequest): Operation {
    if (method !== 'HEAD') return operation
    const reading = this.#operations.find((each) => each.method === 'GET' && each.path === operation.path)
    return reading ?? operation
  }

  /** The same again under the same key: the same answer, and nothing is done a second time. */
  async #again(made: MadeRequest, first: Answer): Promise<void> {
    const key = made.headers['idempotency-key']
    // Who signed out has nothing left to ask with.
    if (key === undefined || made.operation.path.startsWith('/api/session')) return
    this.#usedKeys.push(key)
    if (this.#usedKeys.length > KEYS_KEPT) this.#usedKeys.shift()
    if (first.headers['idempotency-replayed'] !== undefined || !this.#source.draw.chance(AGAIN)) return
    const { answer, changed } = await this.#judged(made)
    this.#repeated += 1
    if (!isAnsweredAgain(made, first, answer)) this.#problem(made, 'not answered the same again')
    if (changed.length > 0) this.#problem(made, `done twice: ${changed.join(', ')}`)
  }

  async #send({ method, url, headers, payload }: MadeRequest): Promise<Answer> {
    const at = this.#asked
    this.#asked += 1
    const answer = await this.#api.app.inject({
      method: method as 'GET',
      url,
      headers,
      // Limits by address are tested elsewhere.
      remoteAddress: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      payloadAsStream: true,
      ...(payload === null ? {} : { payload }),
    })
    const stream = answer.stream()
    const endless = String(answer.headers['content-type']).startsWith('text/event-stream')
    const body = endless ? '' : await textOf(stream)
    if (endless) stream.destroy()
    return { status: answer.statusCode, headers: answer.headers, body }
  }

  #problem({ operation, method, url, headers, payload, visitor }: MadeRequest, problem: string): void {
    const sent = payload === null ? 'no body' : payload.toString('utf8').slice(0, 300)
    const named = Object.entries(headers).map(([name, value]) => `${name}: ${value.slice(0, 60)}`)
    this.#problems.push(
      `seed ${this.#seed}, request ${this.#asked}, ${operation.name} as ${method} ${url.slice(0, 300)} by ${visitor.name}: ${problem}\n  ${sent}\n  ${named.join('; ')}`,
    )
  }

  #played(seconds: number): Played {
    const statuses = [...this.#statuses].toSorted(([a], [b]) => a - b)
    const done = [...this.#doneBy.values()].reduce((sum, count) => sum + count, 0)
    const neverDone = this.#operations.map(({ name }) => name).filter((name) => !this.#doneBy.has(name))
    return {
      requests: this.#asked,
      addresses: this.#operations.length,
      done,
      neverDone,
      problems: this.#problems,
      lines: [
        `${this.#asked} requests to ${this.#operations.length} addresses in ${seconds.toFixed(1)} s, seed ${this.#seed}: ${statuses.map(([status, count]) => `${count} x ${status}`).join(', ')}`,
        `${done} done (${this.#repeated} of them asked again under their key), ${this.#codes.size} codes of errors, the store read whole ${this.#state.looks} times`,
        `addresses that were never asked rightly: ${neverDone.join(', ') || 'none'}`,
      ],
    }
  }
}

const jsonOf = (text: string): unknown => (text === '' ? null : JSON.parse(text))

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** The same answer from what is kept; or none, for who ended the sessions of their own login by the first. */
function isAnsweredAgain({ operation }: MadeRequest, first: Answer, again: Answer): boolean {
  if (operation.path === OWN_SESSIONS && again.status === 401) return true
  const same = again.status === first.status && isDeepStrictEqual(jsonOf(again.body), jsonOf(first.body))
  return same && again.headers['idempotency-replayed'] === 'true'
}
