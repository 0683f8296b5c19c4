/** A loop of its own over the real command line, with people who ask and approve; the caller writes what is healed. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Story } from '../../src/app/index.ts'
import { cliFolder, type Ran } from './run-cli.ts'

/** Longest wait for something the loop does, ms. */
const PATIENCE_MS = 120_000

/** What is waited for, once it is there. @throws if it never is */
export async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) {
    const found = await look()
    if (found !== null) return found
  }
  assert.fail(`${what}: it did not come to that`)
}

/** Commands in a folder of its own. */
export function cliLoop() {
  const cli = cliFolder()
  const words = 'a few unrelated words'
  const env = { DBMEDIC_PASSPHRASE: words, DBMEDIC_ADMIN_PASSPHRASE: words }
  let loop: ChildProcess | null = null
  /** A command, by somebody where a name is given. */
  const as = (name: string, ...args: string[]): Promise<Ran> =>
    cli.call([...args, ...(name === '' ? [] : ['--as', name])], env)
  /** The output of a command that succeeded. */
  const did = (ran: Ran): string => {
    assert.equal(ran.code, 0, `${ran.out}${ran.err}`)
    return ran.out
  }
  return {
    cli,
    as,
    did,
    /** A command as a process of its own, which may be killed. */
    startAs: (...args: string[]): ChildProcess => cli.begin(args, env),
    /** Everything that is known of an issue. */
    story: async (issueId: number): Promise<Story> =>
      JSON.parse(did(await as('', 'show', String(issueId), '--json'))) as Story,
    /** Somebody approves a decision. */
    approve: async (decisionId: number | null | undefined, name = 'ben'): Promise<string> =>
      did(await as(name, 'approve', String(decisionId))),
    /** Begins the loop; ready when every target is seen. The first of the people adds the others. */
    begin: async (configuration: object, people: readonly string[] = ['ana', 'ben']): Promise<void> => {
      cli.write('dbmedic.yaml', JSON.stringify(configuration))
      const [first = '', ...others] = people
      did(await as('', 'users', 'add', first))
      for (const name of others) did(await as('', 'users', 'add', name, '--as', first))
      loop = cli.begin(['start'], env)
      await until('every target is seen', async () => {
        const targets = JSON.parse(did(await as('', 'targets', '--json'))) as {
          instanceUid?: string | null
        }[]
        return targets.length > 0 && targets.every(({ instanceUid }) => instanceUid != null) ? true : null
      })
    },
    /** Ends the loop and removes the folder. */
    end: async (): Promise<void> => {
      if (loop !== null) {
        const ended = new Promise((resolve) => loop?.once('close', resolve))
        loop.kill('SIGINT')
        await ended
      }
      cli.remove()
    },
  }
}
