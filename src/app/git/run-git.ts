/**
 * Runs git for one question about a repository: without a shell, bounded in time and output, and so that nothing the
 * repository configures is started (hooks, a file system monitor, filters) and nothing is fetched. Only plumbing, which reads.
 */
import { spawn } from 'node:child_process'
import { DbmedicError } from '../../core/errors.ts'

/** Longest one question may take, ms. */
const LONGEST_MS = 30_000
/** Most output of one question, bytes: the list of half a million files, or the texts of one commit. */
const MOST_BYTES = 256 * 1024 * 1024
/** Most of what git says on standard error that is kept, characters. */
const SAID_MAX = 2_000

/** Settings of git that would start programs, put out of action. */
const QUIET = [
  '--no-optional-locks',
  '--no-pager',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
]

/** What is given to git besides its arguments. */
export interface GitInput {
  /** Standard input; default none. */
  readonly input?: string
  /** Another index than the repository's own, absolute. */
  readonly index?: string | null
  /** Names of settings that count as empty. */
  readonly emptied?: readonly string[]
  /** False to ask for settings as they are: where hooks lie. Default true. */
  readonly quiet?: boolean
}

/**
 * Standard output of `git ARGS` run in a folder.
 * @throws DbmedicError DBM_USAGE where there is no git, the folder is in no repository, or git says no for another reason
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  { input = '', index = null, emptied = [], quiet = true }: GitInput = {},
): Promise<Buffer> {
  const child = spawn('git', [...(quiet ? QUIET : []), ...args], {
    cwd: folder,
    env: { ...environment(index), ...withEmptied(emptied) },
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const parts: Buffer[] = []
  let bytes = 0
  let said = ''
  child.stdout.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes > MOST_BYTES) child.kill('SIGKILL')
    else parts.push(part)
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said = (said + part).slice(0, SAID_MAX)
  })
  // git may end before it has read all of its input.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  const code = await promise.catch((error: NodeJS.ErrnoException) => {
    throw noGit(error)
  })
  if (code === 0) return Buffer.concat(parts)
  throw problem(code === null ? `git ${args[0] ?? ''} took too long or said too much` : lastLine(said, args))
}

/** Variables by which git is led to another repository than the folder's own. */
const LEADS =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX|QUARANTINE_PATH|EXTERNAL_DIFF|DIFF_OPTS|TRACE.*)$/

function environment(index: string | null): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !LEADS.test(name))
  return {
    ...Object.fromEntries(own),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    // Objects of a partial clone that are not here stay away: a scan asks no server.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(index === null ? {} : { GIT_INDEX_FILE: index }),
  }
}

/** Settings given by variables (git 2.31, https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT), after those that are there. */
function withEmptied(names: readonly string[]): NodeJS.ProcessEnv {
  const given = Number(process.env['GIT_CONFIG_COUNT'] ?? 0)
  const first = Number.isInteger(given) && given > 0 ? given : 0
  const own = names.flatMap((name, at) => [
    [`GIT_CONFIG_KEY_${first + at}`, name],
    [`GIT_CONFIG_VALUE_${first + at}`, ''],
  ])
  return names.length === 0
    ? {}
    : { ...Object.fromEntries(own), GIT_CONFIG_COUNT: String(first + names.length) }
}

const noGit = (error: NodeJS.ErrnoException): DbmedicError =>
  problem(
    error.code === 'ENOENT'
      ? 'git cannot be started: it is not to be found'
      : `git cannot be started: ${error.code}`,
  )

const lastLine = (said: string, args: readonly string[]): string => {
  const line = said.trim().split('\n')[0] ?? ''
  return line === '' ? `git ${args[0] ?? ''} failed` : `git says: ${line}`
}

const problem = (text: string): DbmedicError =>
  new DbmedicError('DBM_USAGE', {
    problem: text,
    hint: 'This needs git and a folder of a git repository; without them: dbmedic scan FOLDER',
  })
