/** pt-duplicate-key-checker of Percona Toolkit: how it is run, and what its report says. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import type { NamedIndex } from './score-findings.ts'

/** Where Debian's package has it. */
export const CHECKER = '/usr/bin/pt-duplicate-key-checker'

/** What it advises. */
export interface CheckerAdvice {
  /** Indexes to drop. */
  readonly drop: readonly NamedIndex[]
  /** Indexes to shorten, because they end with the primary key. */
  readonly shorten: readonly NamedIndex[]
}

/** A run. */
export interface CheckerRun extends CheckerAdvice {
  readonly seconds: number
}

const DROP = /^ALTER TABLE `[^`]+`\.`([^`]+)` DROP INDEX `([^`]+)`(, ADD .*)?;$/gm

/** Reads its report: one ALTER TABLE an index; one that adds the index again, shorter, drops nothing. */
export function readAdvice(report: string): CheckerAdvice {
  const all = [...report.matchAll(DROP)].map(([, table = '', index = '', adds]) => ({ table, index, adds }))
  const named = (some: typeof all): NamedIndex[] => some.map(({ table, index }) => ({ table, index }))
  return {
    drop: named(all.filter((one) => one.adds === undefined)),
    shorten: named(all.filter((one) => one.adds !== undefined)),
  }
}

/**
 * Runs it on one schema as root over the socket. @throws Error with its own words if it ends with an error.
 * @param folder where the option file with the password is written
 */
export async function runChecker(server: PrivateServer, schema: string, folder: string): Promise<CheckerRun> {
  const file = join(folder, 'checker.cnf')
  writeFileSync(
    file,
    `[client]\nuser=root\npassword="${server.rootPassword}"\nsocket=${server.socketPath}\n`,
    { mode: 0o600 },
  )
  const began = performance.now()
  const report = await output([`--defaults-file=${file}`, '--databases', schema, '--no-version-check'])
  return { ...readAdvice(report), seconds: (performance.now() - began) / 1000 }
}

/** How long the program takes to start and to say its version, s. */
export async function startSeconds(): Promise<number> {
  const began = performance.now()
  await output(['--version'])
  return (performance.now() - began) / 1000
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(CHECKER, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${CHECKER} ended with ${code}: ${err.slice(0, 500)}`)),
    )
  })
}
