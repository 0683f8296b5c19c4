/** Runs the command line in a folder of its own, as a person or a script would. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheRoot } from '../../src/lab/servers/cache.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const HOST = join(import.meta.dirname, 'cli-host.ts')

/** How one run ended. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What goes in besides the arguments. */
export interface RunInput {
  readonly stdin?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
  /** Stops reading standard output after this many bytes, as `head` does. */
  readonly readBytes?: number
}

/** A folder with no configuration in it; `remove` deletes it and ends what runs for it. */
export function cliFolder() {
  let made: string | null = null
  // Made on first use: a suite whose tests are filtered out runs no hook that would remove it.
  const folder = (): string => {
    made ??= mkdtempSync(join(tmpdir(), 'dbmedic-cli-'))
    return made
  }
  const host = new Host(folder)
  return {
    path: (name: string): string => join(folder(), name),
    write: (name: string, text: string | Uint8Array): string => {
      writeFileSync(join(folder(), name), text)
      return join(folder(), name)
    },
    /** As a process of its own. */
    run: (args: readonly string[], input: RunInput = {}): Promise<Ran> => runCli(folder(), args, input),
    /** In a process that stays for the next command: the same program, some fifty times as quick. */
    call: (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> => host.call(args, env),
    /** A command that goes on, such as `start`. */
    begin: (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
      spawn(process.execPath, [MAIN, ...args], { cwd: folder(), env: environment(folder(), env) }),
    remove: (): void => {
      host.end()
      if (made !== null) rmSync(made, { recursive: true, force: true })
    },
  }
}

/** This process's environment without what would change how the command line behaves; keys are not kept at home. */
function environment(folder: string, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NO_COLOR: _n, FORCE_COLOR: _f, DBMEDIC_PASSPHRASE: _p, DBMEDIC_USER: _u, ...rest } = process.env
  return { ...rest, DBMEDIC_CACHE: cacheRoot(), HOME: join(folder, 'home'), ...own }
}

/** One process that runs commands one after the other. */
class Host {
  readonly #folder: () => string
  #child: ChildProcess | null = null
  #before: Promise<unknown> = Promise.resolve()

  constructor(folder: () => string) {
    this.#folder = folder
  }

  call(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
    const mine = this.#before.then(() => this.#send(args, env))
    this.#before = mine.catch(() => undefined)
    return mine
  }

  #send(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
    this.#child ??= fork(HOST, [], {
      cwd: this.#folder(),
      env: environment(this.#folder(), {}),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const child = this.#child
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`the command line ended in: ${args.join(' ')}`))
      child.once('exit', gone)
      child.once('message', (ran: Ran) => {
        child.off('exit', gone)
        resolve(ran)
      })
      child.send({ cwd: this.#folder(), args, env: environment(this.#folder(), env) })
    })
  }

  end(): void {
    this.#child?.disconnect()
    this.#child = null
  }
}

function runCli(cwd: string, args: readonly string[], input: RunInput): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: environment(cwd, input.env ?? {}),
      timeout: 60_000,
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      if (input.readBytes !== undefined && out.length >= input.readBytes) child.stdout.destroy()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input.stdin ?? '')
  })
}

/** That the command line failed as it should: the code, the reason, and nothing that only helps its authors. */
export function failed(ran: Ran, code: number, pattern: RegExp): void {
  assert.equal(ran.code, code, `${ran.out}${ran.err}`)
  assert.match(ran.err, pattern)
  assert.doesNotMatch(ran.err, /\bat .*\.ts:\d+|DBM_UNEXPECTED|DBMEDIC_DEBUG/, 'no stack, no shrug')
}

/** The JSON a command printed; it must have ended with `code`. */
export const json = (ran: Ran, code = 0): unknown => {
  assert.equal(ran.code, code, ran.err)
  return JSON.parse(ran.out)
}
