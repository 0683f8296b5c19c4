/** `dbmedic start --role serve` over the bench's store, as a child process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../../src/lab/servers/index.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { dyingWithUs } from '../support/started-dbmedic.ts'
import type { BenchStore } from './bench-store.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const READY_MS = 60_000
const STOP_MS = 20_000

/** A server that answers. */
export interface ServedStore {
  /** `http://127.0.0.1:PORT` */
  readonly address: string
  readonly pid: number
  /** What it wrote on standard error. */
  said(): string
  stop(): Promise<void>
}

/** Starts it. Limits by address are off: everybody of the bench comes from one. */
export async function serveStore(run: BenchRun, bench: BenchStore): Promise<ServedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-bench-serve-'))
  run.onEnd(() => rm(folder, { recursive: true, force: true }))
  const address = `127.0.0.1:${await freePort()}`
  const config = {
    ...bench.config,
    keyring: join(folder, 'keyring'),
    panel: { listen: address, requestsPerMinute: 1_000_000 },
  }
  const file = join(folder, 'dbmedic.yaml')
  await writeFile(file, stringify(config), { mode: 0o600 })
  const [program, args] = dyingWithUs(process.execPath, [MAIN, '--config', file, 'start', '--role', 'serve'])
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, ...bench.environment },
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-20_000)
  })
  const stop = (): Promise<void> => ended(child)
  run.onEnd(stop)
  const served: ServedStore = { address: `http://${address}`, pid: child.pid ?? 0, said: () => said, stop }
  await whenReady(served, child)
  return served
}

async function whenReady({ address, said }: ServedStore, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS
  while (performance.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`${address}/readyz`).catch(() => null)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the server did not answer: ${said()}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(timer)
}
