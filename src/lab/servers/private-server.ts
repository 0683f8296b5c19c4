/**
 * A private MariaDB or MySQL server: own temporary folder, own port on 127.0.0.1, own root password, stopped
 * by its own pid. It touches no system service and no data that is not its own.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { copyDataDirectory, templateDirectory } from './data-directory.ts'
import { requireServer, type ServerBinary, type ServerFlavour } from './find-servers.ts'
import { freePort } from './free-port.ts'
import { newHome } from './server-home.ts'
import { discard, end, keepWatch, launch, type Watched } from './server-process.ts'
import {
  type Instruments,
  initStatements,
  newPassword,
  optionFile,
  placeFiles,
  type Settings,
} from './settings.ts'
import { clockEnvironment, clockFile, clockLibrary } from './stepped-clock.ts'

/** What a private server is started with; every field may be left out. */
export interface ServerOptions {
  /** Default `on`. */
  readonly instruments?: Instruments
  /** Extra settings by option-file name, e.g. `{ long_query_time: '0' }`; they win over the instruments'. */
  readonly settings?: Settings
  /** A stopped server's data directory to copy instead of an empty one; see `preparedDirectory`. */
  readonly dataFrom?: string
  /** The program to start; default the first that `findServer` finds. */
  readonly binary?: ServerBinary
  /** Its clock can be stepped; needs libfaketime, which is fetched. Default false. */
  readonly ownClock?: boolean
  /** Bound of one start, default 60,000 ms. */
  readonly readyMs?: number
}

/** A running private server. `await using` stops it at the end of the block (Node 24). */
export interface PrivateServer extends AsyncDisposable {
  readonly flavour: ServerFlavour
  /** e.g. `10.11.19-MariaDB`, `9.7.4`. */
  readonly version: string
  readonly host: '127.0.0.1'
  readonly port: number
  readonly socketPath: string
  /** The server's own process; another one after `restart`. */
  readonly pid: number
  readonly dataDir: string
  /** `mysql://root:...@127.0.0.1:port/` */
  readonly rootUri: string
  readonly rootPassword: string
  readonly errorLogPath: string
  readonly slowLogPath: string
  /** Kills the server and deletes its folder. Safe to call twice. */
  stop(): Promise<void>
  /** Shuts down cleanly if it runs, then starts on the same port with the same data. Throws as `startMariadb` does. */
  restart(): Promise<void>
  /** Shuts down cleanly and keeps the folder, so that `dataDir` can be copied; `restart` brings it back. */
  shutDown(): Promise<void>
  /** From now on its clock is this much ahead (negative: behind), s; for a server started with `ownClock`. */
  stepClock(seconds: number): Promise<void>
  /** SIGKILL, as a crash; the data stays for `restart`. */
  kill9(): Promise<void>
}

const READY_MS = 60_000
const SHUTDOWN_MS = 30_000
const PORT_TRIES = 3

/** Starts a private MariaDB. Throws DBM_LAB_SERVER_MISSING when there is no program, DBM_LAB_SERVER_FAILED when it will not run. */
export function startMariadb(options: ServerOptions = {}): Promise<PrivateServer> {
  return startServer('mariadb', options)
}

/** Starts a private MySQL; as `startMariadb`. */
export function startMysql(options: ServerOptions = {}): Promise<PrivateServer> {
  return startServer('mysql', options)
}

/** Starts a private server of either flavour; as `startMariadb`. */
export async function startServer(
  flavour: ServerFlavour,
  options: ServerOptions = {},
): Promise<PrivateServer> {
  const binary = options.binary ?? (await requireServer(flavour))
  const source = options.dataFrom ?? (await templateDirectory(binary))
  const watched = keepWatch(await newHome())
  try {
    await copyDataDirectory(source, join(watched.home, 'data'))
    return await startIn(watched, binary, options)
  } catch (error) {
    await discard(watched)
    throw error
  }
}

async function startIn(
  watched: Watched,
  binary: ServerBinary,
  options: ServerOptions,
): Promise<PrivateServer> {
  const password = newPassword()
  for (let attempt = 1; ; attempt += 1) {
    const server = new Server({ watched, binary, options, password, port: await freePort() })
    try {
      await server.start()
      return server
    } catch (error) {
      await server.kill9()
      const taken = error instanceof DbmedicError && /address already in use/i.test(error.detail)
      if (!taken || attempt === PORT_TRIES) throw error
    }
  }
}

interface ServerParts {
  readonly watched: Watched
  readonly binary: ServerBinary
  readonly options: ServerOptions
  readonly password: string
  readonly port: number
}

class Server implements PrivateServer {
  readonly host = '127.0.0.1'
  readonly flavour: ServerFlavour
  readonly version: string
  readonly port: number
  readonly rootPassword: string
  readonly rootUri: string
  readonly dataDir: string
  readonly socketPath: string
  readonly errorLogPath: string
  readonly slowLogPath: string
  readonly #parts: ServerParts
  #stopped = false

  constructor(parts: ServerParts) {
    const files = placeFiles(parts.watched.home)
    this.#parts = parts
    this.flavour = parts.binary.flavour
    this.version = parts.binary.version
    this.port = parts.port
    this.rootPassword = parts.password
    this.rootUri = `mysql://root:${parts.password}@127.0.0.1:${parts.port}/`
    this.dataDir = join(parts.watched.home, 'data')
    this.socketPath = files.socketPath
    this.errorLogPath = files.errorLogPath
    this.slowLogPath = files.slowLogPath
  }

  get pid(): number {
    return this.#parts.watched.child?.pid ?? 0
  }

  /** The first start: writes the option file, and gives root its password. */
  async start(): Promise<void> {
    const { binary, options, password, port } = this.#parts
    const { home } = this.#parts.watched
    const files = placeFiles(home)
    const text = optionFile({
      binary,
      place: { home, dataDir: this.dataDir, port },
      instruments: options.instruments ?? 'on',
      settings: options.settings ?? {},
    })
    await mkdir(files.temporaryDir, { recursive: true, mode: 0o700 })
    await writeFile(files.optionFile, text, { mode: 0o600 })
    if (options.ownClock === true) await this.stepClock(0)
    await writeFile(files.initFile, initStatements(binary.flavour, password), { mode: 0o600 })
    await this.#launch([`--init-file=${files.initFile}`])
    await rm(files.initFile, { force: true })
  }

  async restart(): Promise<void> {
    if (this.#stopped) throw new Error('a stopped private server has no data left to restart with')
    await this.shutDown()
    await this.#launch([])
  }

  async shutDown(): Promise<void> {
    await end(this.#parts.watched, 'SIGTERM', SHUTDOWN_MS)
  }

  async stepClock(seconds: number): Promise<void> {
    await writeFile(placeFiles(this.#parts.watched.home).clockFile, clockFile(seconds), { mode: 0o600 })
  }

  async kill9(): Promise<void> {
    await end(this.#parts.watched, 'SIGKILL', SHUTDOWN_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await discard(this.#parts.watched)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #launch(extra: readonly string[]): Promise<void> {
    const { watched, binary, options } = this.#parts
    await launch(watched, {
      title: `${binary.flavour} ${binary.version} (${binary.path})`,
      program: binary.path,
      args: [`--defaults-file=${placeFiles(watched.home).optionFile}`, ...extra],
      errorLogPath: this.errorLogPath,
      ...(options.ownClock === true
        ? { env: clockEnvironment(await clockLibrary(), placeFiles(watched.home).clockFile) }
        : {}),
      readyMs: options.readyMs ?? READY_MS,
    })
  }
}
