/**
 * A private llama-server (llama.cpp) with a model of random weights, for the tests of the model port: found, or
 * unpacked from Debian's newest packages into the cache, started on loopback, stopped by its own pid.
 */
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { DbmedicError } from '../../src/core/errors.ts'
import { cachedFolder, cacheRoot } from '../../src/lab/servers/cache.ts'
import { runCommand } from '../../src/lab/servers/command.ts'
import {
  loaderOf,
  type PackageSet,
  UNPACK_MS,
  unpackPackages,
  wrapProgram,
} from '../../src/lab/servers/debian-packages.ts'
import type { Say } from '../../src/lab/servers/index.ts'
import { newHome } from '../../src/lab/servers/server-home.ts'
import { discard, keepWatch, launch } from '../../src/lab/servers/server-process.ts'
import { writeRandomModel } from './random-model.ts'

const VARIABLE = 'DBMEDIC_LLAMA_SERVER'
const PROGRAM = 'usr/bin/llama-server'
/** Folders of its own that Debian keeps its libraries in, below the usual one. */
const FOLDERS = ['llama', 'ggml']
const READY_MS = 60_000

const SET: PackageSet = {
  packages: ['llama.cpp-tools'],
  suite: 'sid',
  variable: VARIABLE,
  // It downloads models with wget, and its own questions are asked by debconf; we do neither.
  assumed: ['wget', 'debconf'],
  leftOut: /^(openssl-provider-legacy|libc-gconv-modules-extra|gcc-\d+-base)_/,
}

/** A program that answered `--version`, or why there is none, in one line fit for printing beside a skipped test. */
export type FoundLlamaServer =
  | { readonly program: string; readonly version: string }
  | { readonly missing: string }

/**
 * Looks for it: `DBMEDIC_LLAMA_SERVER`, which nothing else replaces, else our cache. One on PATH is not taken unless it
 * is named: its options and replies change with its version. Fetches nothing.
 */
export async function findLlamaServer(): Promise<FoundLlamaServer> {
  const named = process.env[VARIABLE]
  if (named !== undefined && named !== '') {
    const version = await versionOf(named)
    return version === null
      ? { missing: `${VARIABLE} is ${named}, which does not run` }
      : { program: named, version }
  }
  const program = join(cachedRoot(), PROGRAM)
  const version = existsSync(program) ? await versionOf(program) : null
  return version === null ? { missing: `there is none in ${cachedRoot()}` } : { program, version }
}

/** As `findLlamaServer`, but unpacks it into the cache where there is none. Says so before; never throws. */
export async function ensureLlamaServer(say: Say): Promise<FoundLlamaServer> {
  const found = await findLlamaServer()
  if ('program' in found || process.env[VARIABLE] || process.platform !== 'linux') return found
  say(
    `Unpacking a private copy of llama-server into ${cachedRoot()} (14 MB and 10 MB of index to fetch; nothing is installed)`,
  )
  try {
    await cachedFolder(cachedRoot(), UNPACK_MS, unpack)
  } catch (error) {
    const detail = error instanceof DbmedicError ? ` (${error.detail.trim().split('\n').at(-1)})` : ''
    return { missing: `${error instanceof Error ? error.message : String(error)}${detail}` }
  }
  return findLlamaServer()
}

async function unpack(partial: string): Promise<void> {
  const loader = await loaderOf(SET)
  await unpackPackages(SET, partial)
  await rm(join(partial, 'usr/share'), { recursive: true, force: true })
  await wrapProgram({ root: partial, program: PROGRAM, loader, folders: FOLDERS })
}

const cachedRoot = (): string => join(cacheRoot(), 'llama-server')

async function versionOf(program: string): Promise<string | null> {
  const { status, output } = await runCommand(program, ['--version'], { timeoutMs: 10_000 })
  const found = /version:?\s+(\S+)/i.exec(output)?.[1]
  return status === 0 && found !== undefined ? found : null
}

const found = await findLlamaServer()

/** For `{ skip: skipLlamaServer }`: false where it can be started, else the reason. */
export const skipLlamaServer: string | false = 'program' in found ? false : `llama-server: ${found.missing}`

/** How one is started. */
export interface LlamaOptions {
  /** Requests without it are refused. Default: none is asked for. */
  readonly apiKey?: string
  /** Tokens of prompt and answer together. Default 16,384. */
  readonly contextTokens?: number
  /** It holds no model of its own and loads those asked for by name from a folder, which has one: `small`. Default false. */
  readonly router?: boolean
}

/** A running one. */
export interface LlamaServer {
  readonly port: number
  readonly pid: number
  /** A number it counts (`/metrics`), by its name without `llamacpp:`. Throws if it does not answer. */
  count(name: string): Promise<number>
  /** Kills it outright and keeps nothing. Safe to call twice. */
  stop(): Promise<void>
}

/** Starts one with a model called `small`. Throws DBM_LAB_SERVER_FAILED with the end of its log. */
export async function startLlamaServer(options: LlamaOptions = {}): Promise<LlamaServer> {
  if ('missing' in found) throw new Error(found.missing)
  const home = await newHome()
  const watched = keepWatch(home)
  const errorLogPath = join(home, 'log')
  const model = join(home, 'small.gguf')
  try {
    writeRandomModel(model, 1)
    await launch(watched, {
      title: `llama-server ${found.version}`,
      program: found.program,
      args: argumentsOf(options, { home, model, errorLogPath }),
      env: backendOf(found.program),
      errorLogPath,
      ready: LISTENING,
      readyMs: READY_MS,
    })
    const port = Number(LISTENING.exec(await readFile(errorLogPath, 'utf8'))?.[1])
    return {
      port,
      pid: watched.child?.pid ?? 0,
      count: (name) => count({ port, apiKey: options.apiKey ?? null }, name),
      stop: () => discard(watched),
    }
  } catch (error) {
    await discard(watched)
    throw error
  }
}

/** It takes a free port itself and says which. */
const LISTENING = /listening on http:\/\/127\.0\.0\.1:(\d+)/

function argumentsOf(
  { apiKey, contextTokens = 16_384, router = false }: LlamaOptions,
  files: { readonly home: string; readonly model: string; readonly errorLogPath: string },
): readonly string[] {
  return [
    ...(router ? ['--models-dir', files.home] : ['--model', files.model, '--alias', 'small']),
    ...(apiKey === undefined ? [] : ['--api-key', apiKey]),
    ...['--host', '127.0.0.1', '--port', '0', '--threads', '1', '--parallel', '1'],
    ...['--ctx-size', String(contextTokens), '--log-file', files.errorLogPath],
    ...['--metrics', '--offline', '--no-webui'],
  ]
}

/** Ours would be looked for beside the loader: the plainest of those it was built for, so that all machines agree. */
function backendOf(program: string): Readonly<Record<string, string>> {
  if (!program.startsWith(cacheRoot() + sep)) return {}
  const libraries = join(dirname(program), '../lib')
  const names = readdirSync(libraries, { recursive: true, encoding: 'utf8' })
    .filter((name) => /libggml-cpu-[\w.]+\.so$/.test(name))
    .sort()
  const plainest = names.find((name) => /cpu-(x64|armv8\.0_1)\.so$/.test(name)) ?? names[0]
  return plainest === undefined ? {} : { GGML_BACKEND_PATH: join(libraries, plainest) }
}

async function count(server: { readonly port: number; readonly apiKey: string | null }, name: string) {
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`, {
    headers: server.apiKey === null ? {} : { authorization: `Bearer ${server.apiKey}` },
  })
  const line = new RegExp(`^llamacpp:${name} (\\d+)$`, 'm').exec(await answer.text())
  if (line === null) throw new Error(`llama-server counts no ${name}`)
  return Number(line[1])
}
