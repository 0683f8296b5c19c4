/** A repository that is a target of a loop of its own, with the two people that ask for its fixes and approve them. */
import { cliLoop } from './cli-loop.ts'

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
  const loop = cliLoop()
  const { as } = loop
  return {
    ...loop,
    /** ana asks for the fixes of all files; a busy machine takes its time to decide on them. */
    asked: async (): Promise<readonly FiledFix[]> => {
      const { out } = await as('ana', 'scan', 'fix', 'app', '--wait', '120', '--json')
      return (JSON.parse(out) as { files: readonly FiledFix[] }).files
    },
    /** What is approved is carried out now. */
    carryOut: async (): Promise<readonly SourceRun[]> =>
      (
        JSON.parse((await as('', 'scan', 'fix', 'app', '--execute', '--json')).out) as {
          runs: readonly SourceRun[]
        }
      ).runs,
    /** Begins the loop, once `app` is there; ready when the repository is seen. */
    begin: (): Promise<void> => loop.begin(CONFIGURATION),
  }
}

const CONFIGURATION = {
  keyring: './keys',
  repositories: [{ name: 'app-code', path: 'app', write: true }],
  verification: { beforeSeconds: 5, settleSeconds: 0, afterSeconds: 5 },
  runtime: { tickMs: 100, runApproved: false },
}
