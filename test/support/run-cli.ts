/** Runs the command line in a folder of its own, as a person or a script would. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

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

/** A folder with no configuration in it; `remove` deletes it. */
export function cliFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-cli-'))
  return {
    folder,
    path: (name: string): string => join(folder, name),
    write: (name: string, text: string | Uint8Array): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    },
    run: (args: readonly string[], input: RunInput = {}): Promise<Ran> => runCli(folder, args, input),
    remove: (): void => rmSync(folder, { recursive: true, force: true }),
  }
}

function runCli(cwd: string, args: readonly string[], input: RunInput): Promise<Ran> {
  const { NO_COLOR: _n, FORCE_COLOR: _f, DBMEDIC_PASSPHRASE: _p, DBMEDIC_USER: _u, ...rest } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...rest, ...input.env },
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
