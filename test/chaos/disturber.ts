/**
 * What befalls an installation, drawn from a seed: which thing, when, how long. Everything it breaks it mends by
 * itself after a few seconds, and `mendAll` mends whatever is still broken.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { ROLES, type Role } from '../../src/core/vocabulary.ts'
import type { Forwarder, LineFault } from '../support/forwarder.ts'
import type { Crew } from './crew.ts'
import type { House } from './house.ts'
import { asRoot } from './troubles.ts'

/** One thing that befell it. */
export interface Disturbance {
  /** Since the start, ms. */
  readonly atMs: number
  readonly what: string
  readonly lastedMs: number
  /** Why it could not be done or mended as meant; null: it was. */
  readonly problem: string | null
}

/** What a disturbance may use. */
interface Scene {
  readonly house: House
  readonly crew: Crew
  readonly random: () => number
}

type Happening = (scene: Scene) => Promise<void>

/** A store that just came back is tried this often. */
const LIFT_TRIES = 20

const between = (random: () => number, least: number, most: number): number =>
  Math.round(least + random() * (most - least))
const roleOf = (random: () => number): Role => ROLES[Math.floor(random() * ROLES.length)] ?? 'act'

/** Breaks a line for some seconds. */
async function forSeconds(door: Forwarder, fault: LineFault, random: () => number): Promise<void> {
  door.fault(fault)
  await sleep(between(random, 2_000, 6_000))
  door.fault(null)
}

const LINES: Readonly<Record<string, (random: () => number) => LineFault>> = {
  'is late': (random) => ({ delayMs: between(random, 50, 800) }),
  'drains slowly': (random) => ({ bytesPerSecond: between(random, 500, 20_000) }),
  // Only towards dbmedic where there is no TLS to notice that what a server received is not what was sent.
  'flips bits': (random) => ({ flips: { everyBytes: between(random, 500, 20_000), random } }),
}

/** Where a door leads when all is well. */
const wayOf = ({ house }: Scene, door: 'target' | 'store'): number =>
  door === 'store' ? (house.storeServer?.port ?? 0) : house.targets[present(house)].server.port

const standing = new WeakMap<House, 0 | 1>()
/** Which server stands behind the address. */
const present = (house: House): 0 | 1 => standing.get(house) ?? 0

function lead(house: House, to: 0 | 1): void {
  standing.set(house, to)
  house.doors.target.lead(house.targets[to].server.port)
  house.doors.application.lead(house.targets[to].server.port)
}

function lineHappenings(name: 'target' | 'store'): Readonly<Record<string, Happening>> {
  const doorOf = ({ house }: Scene): Forwarder | null => house.doors[name]
  const all: Record<string, Happening> = {}
  for (const [how, faultOf] of Object.entries(LINES)) {
    all[`the line to the ${name} ${how}`] = async (scene) => {
      const door = doorOf(scene)
      const fault = faultOf(scene.random)
      const flips = fault.flips
      if (door !== null)
        await forSeconds(
          door,
          name === 'store' && flips !== undefined ? { flips: { ...flips, towards: 'client' } } : fault,
          scene.random,
        )
    }
  }
  all[`the line to the ${name} is cut`] = async (scene) => doorOf(scene)?.lead(wayOf(scene, name))
  all[`the line to the ${name} is half open`] = async (scene) => {
    const door = doorOf(scene)
    door?.freeze()
    door?.lead('silent', { cut: false })
    await sleep(between(scene.random, 2_000, 7_000))
    door?.lead(wayOf(scene, name))
  }
  return all
}

const TARGET: Readonly<Record<string, Happening>> = {
  'the target is killed and comes back': async ({ house, random }) => {
    const { server } = house.targets[present(house)]
    await server.kill9()
    await sleep(between(random, 0, 3_000))
    await server.restart()
  },
  'the target is restarted': ({ house }) => house.targets[present(house)].server.restart(),
  'another server takes the target’s address': async ({ house }) => lead(house, present(house) === 0 ? 1 : 0),
  'the target is read-only': async ({ house, random }) => {
    const { server } = house.targets[present(house)]
    await asRoot(server, (root) => root.query('SET GLOBAL read_only = 1'))
    await sleep(between(random, 2_000, 6_000))
    await asRoot(server, (root) => root.query('SET GLOBAL read_only = 0'))
  },
}

const PROGRAM: Readonly<Record<string, Happening>> = {
  'a role is killed': ({ crew, random }) => crew.killAndRestart(roleOf(random), between(random, 0, 3_000)),
  'the executor is killed': ({ crew, random }) => crew.killAndRestart('act', between(random, 0, 6_000)),
  'a role stands still': ({ crew, random }) => crew.pause(roleOf(random), between(random, 500, 8_000)),
  'the executor stands still': ({ crew, random }) => crew.pause('act', between(random, 500, 8_000)),
  'a stop switch is set and lifted': async ({ house, random }) => {
    const { serve } = house.installation.store
    const by = house.people[0].userName
    const halt = random() < 0.5 ? { scope: 'ALL' as const, key: '' } : { scope: 'TARGET' as const, key: '1' }
    const haltId = await serve?.halt({ ...halt, reason: 'chaos', by })
    await sleep(between(random, 1_000, 5_000))
    if (haltId !== undefined) await serve?.liftHalt(haltId, by)
  },
}

const SQLITE: Readonly<Record<string, Happening>> = {
  'somebody locks the store': async ({ house, random }) => {
    const database = new Database(house.config.store)
    try {
      database.exec('BEGIN IMMEDIATE')
      await sleep(between(random, 1_000, 7_000))
      database.exec('ROLLBACK')
    } finally {
      database.close()
    }
  },
  'the store may grow no more': async ({ crew, random }) => {
    const pids = crew.pids()
    const limit = (bytes: string): void => {
      for (const pid of pids.filter((each) => existsSync(`/proc/${each}`)))
        execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
    }
    limit('4096')
    await sleep(between(random, 1_000, 5_000))
    limit('unlimited')
  },
}

const SERVER_STORE: Readonly<Record<string, Happening>> = {
  'the store’s server is killed and comes back': async ({ house, random }) => {
    await house.storeServer?.kill9()
    await sleep(between(random, 0, 6_000))
    await house.storeServer?.restart()
  },
  'somebody locks the head of the audit chain': async ({ house, random }) => {
    if (house.storeServer === null) return
    await asRoot(house.storeServer, async (root) => {
      await root.query('START TRANSACTION')
      await root.query('SELECT * FROM dbmedic.audit_head FOR UPDATE')
      await sleep(between(random, 1_000, 6_000))
      await root.query('ROLLBACK')
    })
  },
  ...lineHappenings('store'),
}

/** What may befall this house: its processes, and the world around them. */
function happeningsOf(house: House): readonly (readonly (readonly [string, Happening])[])[] {
  const store = house.storeServer === null ? SQLITE : SERVER_STORE
  const world = Object.entries({ ...TARGET, ...lineHappenings('target'), ...store })
  // Needs a tool of Linux; elsewhere this one is left out.
  const possible = world.filter(
    ([what]) => what !== 'the store may grow no more' || existsSync('/usr/bin/prlimit'),
  )
  return [Object.entries(PROGRAM), possible]
}

/** To the processes and to the world one thing after the other, with quiet between them, until stopped. */
export class Disturber {
  readonly happened: Disturbance[] = []
  readonly #scene: Scene
  readonly #beganMs = Date.now()
  #stopped = false
  readonly #ended: Promise<unknown>

  /** Starts at once. `quietMs` is the mean pause between two things of either kind. */
  constructor(scene: Scene, quietMs: number) {
    this.#scene = scene
    this.#ended = Promise.all(happeningsOf(scene.house).map((kind) => this.#run(kind, quietMs)))
  }

  async #run(kind: readonly (readonly [string, Happening])[], quietMs: number): Promise<void> {
    const { random } = this.#scene
    // Every thing once in an order of its own before any comes again: a short run is not five times the same.
    let deck: (readonly [string, Happening])[] = []
    while (!this.#stopped) {
      await this.#quiet(quietMs * (0.3 + 1.4 * random()))
      if (this.#stopped) return
      if (deck.length === 0) deck = [...kind]
      const [drawn] = deck.splice(Math.floor(random() * deck.length), 1)
      if (drawn !== undefined) await this.#befall(drawn)
    }
  }

  async #befall([what, happening]: readonly [string, Happening]): Promise<void> {
    const atMs = Date.now() - this.#beganMs
    let problem: string | null = null
    await happening(this.#scene).catch((error: unknown) => {
      problem = error instanceof Error ? error.message : 'unknown'
    })
    this.happened.push({ atMs, what, lastedMs: Date.now() - this.#beganMs - atMs, problem })
  }

  async #quiet(ms: number): Promise<void> {
    for (const until = Date.now() + ms; !this.#stopped && Date.now() < until; ) await sleep(50)
  }

  /** Lets what is going on end, and mends whatever is still broken. */
  async mendAll(): Promise<void> {
    this.#stopped = true
    await this.#ended
    const { house, crew } = this.#scene
    house.doors.target.fault(null)
    house.doors.store?.fault(null)
    for (const server of [...house.targets.map((each) => each.server), house.storeServer])
      if (server !== null && !existsSync(`/proc/${server.pid}`)) await server.restart()
    await asRoot(house.targets[present(house)].server, (root) => root.query('SET GLOBAL read_only = 0'))
    lead(house, present(house))
    if (house.storeServer !== null) house.doors.store?.lead(house.storeServer.port)
    await this.#liftStops()
    crew.start()
  }

  /** Connections to the store that were just cut are found out one by one. */
  async #liftStops(): Promise<void> {
    const { installation, people } = this.#scene.house
    const { serve } = installation.store
    for (let left = LIFT_TRIES; ; left -= 1) {
      try {
        for (const halt of (await serve?.read.halts()) ?? [])
          await serve?.liftHalt(halt.haltId, people[0].userName)
        return
      } catch (error) {
        if (left === 0) throw error
        await sleep(1_000)
      }
    }
  }
}
