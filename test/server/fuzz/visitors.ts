/** Who sends the requests of the fuzz, and what each of them may. */
import { type Actor, type ApiWorld, type Browser, PEOPLE, signInOf } from '../support/api-world.ts'
import { MAY } from '../support/who-may.ts'
import type { Draw } from './draw.ts'
import type { Operation } from './operations.ts'

/** Somebody who comes. */
export interface Visitor {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** Of the session; null: none. */
  readonly secret: string | null
  /** May this be done by them, in the workspace the request names? */
  readonly may: (operation: Operation, workspaceId: number) => boolean
}

const ACTORS = Object.keys(PEOPLE) as Actor[]
const SCOPES = [['read', 'audit', 'metrics'], ['ask', 'stop', 'release', 'vote'], ['read']] as const

/** Their sessions and tokens; what a request ended is made anew. */
export class Visitors {
  readonly #api: ApiWorld
  readonly #browsers = new Map<Actor, Browser>()
  readonly #tokens = new Map<string, string>()
  /** Every secret that was ever given out to them. */
  readonly secrets: string[] = []

  constructor(api: ApiWorld) {
    this.#api = api
  }

  /** Mostly somebody who may: who may not is refused before anything else is looked at. */
  async next(draw: Draw, operation: Operation): Promise<Visitor> {
    for (let tries = 0; tries < 4; tries += 1) {
      const visitor = await this.#any(draw)
      if (visitor.may(operation, 1) || draw.chance(0.3)) return visitor
    }
    return this.#any(draw)
  }

  async #any(draw: Draw): Promise<Visitor> {
    const kind = draw.weighted([
      [6, 'browser'],
      [2, 'token'],
      [1, 'nobody'],
      [1, 'spoiled'],
    ] as const)
    if (kind === 'nobody') return stranger('nobody', {})
    if (kind === 'spoiled') return this.#spoiled(draw)
    const actor = draw.pick(ACTORS)
    return kind === 'browser' ? this.#browser(actor) : this.#token(actor, draw.pick(SCOPES))
  }

  /** A request may have ended the session, the token or the roles of anybody. */
  async restore(): Promise<void> {
    this.#browsers.clear()
    this.#tokens.clear()
    await this.#api.restoreRoles()
  }

  async #browser(actor: Actor): Promise<Visitor> {
    const known = this.#browsers.get(actor)
    const browser = known ?? (await this.#api.signIn(actor))
    if (known === undefined) this.secrets.push(browser.secret)
    this.#browsers.set(actor, browser)
    return {
      name: actor,
      headers: browser.headers,
      secret: browser.secret,
      may: ({ right }, workspaceId) =>
        ['public', 'self', 'session'].includes(right) || holds(actor, right, workspaceId),
    }
  }

  async #token(actor: Actor, given: readonly string[]): Promise<Visitor> {
    // The store gives nobody else a token that votes.
    const votes = actor === 'approver' || actor === 'outsider'
    const scopes = given.filter((scope) => scope !== 'vote' || votes)
    const key = `${actor} ${scopes.join()}`
    const workspace = actor === 'outsider' ? 2 : 1
    const known = this.#tokens.get(key)
    const token = known ?? (await this.#api.tokenOf(actor, scopes, workspace))
    if (known === undefined) this.secrets.push(token)
    this.#tokens.set(key, token)
    return {
      name: `token of ${actor} for ${scopes.join(' ')}`,
      headers: { authorization: `Bearer ${token}` },
      secret: null,
      may: ({ right }, workspaceId) =>
        ['public', 'self'].includes(right) || (scopes.includes(right) && holds(actor, right, workspaceId)),
    }
  }

  /** With something that was a session or token once, or nearly is one. */
  async #spoiled(draw: Draw): Promise<Visitor> {
    const { headers } = await this.#browser(draw.pick(ACTORS))
    const { cookie = '', 'x-csrf-token': token = '' } = headers
    const spoilt = draw.pick<Record<string, string>>([
      { cookie: cookie.slice(0, -1), 'x-csrf-token': token },
      { cookie: `dbmedic_session=${'a'.repeat(43)}`, 'x-csrf-token': token },
      { cookie: `__Host-${cookie}`, 'x-csrf-token': token },
      { cookie: 'dbmedic_session=%%%; =; a', 'x-csrf-token': 'x' },
      { cookie: `dbmedic_session=${'x'.repeat(6000)}` },
      { authorization: `Bearer dbm_${draw.bytes(32).toString('base64url')}`, cookie },
      { authorization: `Basic ${Buffer.from('anna:x').toString('base64')}`, cookie },
      { authorization: 'Bearer', cookie, 'x-csrf-token': token },
      { authorization: `Bearer dbm_${cookie.slice(16)}` },
    ])
    return stranger('with a spoiled secret', spoilt)
  }
}

const stranger = (name: string, headers: Readonly<Record<string, string>>): Visitor => ({
  name,
  headers,
  secret: null,
  may: ({ right }) => right === 'public',
})

function holds(actor: Actor, right: string, workspaceId: number): boolean {
  if (actor === 'outsider') return workspaceId === 2
  return workspaceId === 1 && MAY[right]?.includes(actor) === true
}

/** Gives everybody the same password, as a link would. */
export async function givePasswords(api: ApiWorld, hash: string): Promise<void> {
  const signIn = signInOf(api.world.store)
  for (const user of [...Object.values(PEOPLE), 'carl']) await signIn.setPassword(user, hash, user)
}
