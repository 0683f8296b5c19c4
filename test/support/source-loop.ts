/** A repository that is a target of a loop of its own, with the two people that ask for its fixes and approve them. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Story } from '../../src/app/index.ts'
import { cliFolder, type Ran } from './run-cli.ts'

/** Longest wait for something the loop does, ms. */
const PATIENCE_MS = 30_000

/** One file that fixes were asked for. */
export interface FiledFix {
  readonly file: string
  readonly decisionId: number | null
  readonly issueId: number | null
  readonly refused: string | null
}

/** How one run of `--execute` ended. */
export interface SourceRun {
  readonly decisionId: number
  readonly outcome: string
  readonly because: string | null
}

/** Commands over a repository in the folder `app` of a folder of its own, which the caller fills before `begin`. */
export function sourceLoop() {
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
    /** Everything that is known of an issue. */
    story: async (issueId: number): Promise<Story> =>
      JSON.parse(did(await as('', 'show', String(issueId), '--json'))) as Story,
    /** ana asks for the fixes of all files; a busy machine takes its time to decide on them. */
    asked: async (): Promise<readonly FiledFix[]> => {
      const { out } = await as('ana', 'scan', 'fix', 'app', '--wait', '120', '--json')
      return (JSON.parse(out) as { files: readonly FiledFix[] }).files
    },
    /** ben approves a decision. */
    approve: async (decisionId: number | null | undefined): Promise<string> =>
      did(await as('ben', 'approve', String(decisionId))),
    /** What is approved is carried out now. */
    carryOut: async (): Promise<readonly SourceRun[]> =>
      (
        JSON.parse((await as('', 'scan', 'fix', 'app', '--execute', '--json')).out) as {
          runs: readonly SourceRun[]
        }
      ).runs,
    /** Begins the loop, once `app` is there; ready when the repository is seen. */
    begin: async (): Promise<void> => {
      cli.write('dbmedic.yaml', CONFIGURATION)
      did(await as('', 'users', 'add', 'ana'))
      did(await as('', 'users', 'add', 'ben', '--as', 'ana'))
      loop = cli.begin(['start'], env)
      const until = Date.now() + PATIENCE_MS
      for (let seen = false; !seen; ) {
        assert.ok(Date.now() < until, 'the repository was not seen')
        await sleep(200)
        const targets = JSON.parse(did(await as('', 'targets', '--json'))) as {
          instanceUid: string | null
        }[]
        seen = targets[0]?.instanceUid != null
      }
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

const CONFIGURATION = JSON.stringify({
  keyring: './keys',
  repositories: [{ name: 'app-code', path: 'app', write: true }],
  verification: { beforeSeconds: 5, settleSeconds: 0, afterSeconds: 5 },
  runtime: { tickMs: 100, runApproved: false },
})
