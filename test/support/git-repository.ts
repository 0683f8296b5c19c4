/** A real git repository in a folder of its own, with nobody's settings but its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const OWN = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@localhost',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@localhost',
}

/** What git is run with: this process's environment without what leads git elsewhere. */
export const gitEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  ...OWN,
})

/** The repository, made on first use: a suite whose tests are filtered out runs no hook that would remove it. */
export function gitRepository() {
  let made: string | null = null
  const base = (): string => {
    if (made !== null) return made
    made = realpathSync(mkdtempSync(join(tmpdir(), 'dbmedic-git-')))
    mkdirSync(join(made, 'app'))
    git('init', '-q', '-b', 'main')
    return made
  }
  const root = (): string => join(base(), 'app')
  const run = (args: readonly string[], cwd = root()) =>
    spawnSync('git', args, { cwd, env: gitEnvironment(), encoding: 'utf8', timeout: 120_000 })
  const git = (...args: string[]): string => {
    const { status, stdout, stderr } = run(args)
    assert.equal(status, 0, `git ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  return {
    /** The folder around the repository. */
    get base(): string {
      return base()
    },
    get root(): string {
      return root()
    },
    path: (name: string): string => join(root(), name),
    write: (files: Readonly<Record<string, string>>): void => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root(), name)), { recursive: true })
        writeFileSync(join(root(), name), text)
      }
    },
    /** Runs git; it must succeed. */
    git,
    /** Runs git; gives how it ended. */
    run,
    commitAll: (): void => {
      git('add', '-A')
      git('commit', '-q', '--no-verify', '-m', 'c')
    },
    remove: (): void => {
      if (made !== null) rmSync(made, { recursive: true, force: true })
    },
  }
}
