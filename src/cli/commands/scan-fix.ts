/**
 * scan fix, scan undo: fixes of a repository's code through the ordinary loop. `fix` asks for one decision a file, and
 * with --execute carries out those that were approved; nothing here writes into the repository by itself.
 */
import { realpathSync } from 'node:fs'
import type { Command } from 'commander'
import {
  type Config,
  createExecutor,
  type FileFixes,
  fixesByFile,
  type Installation,
  lease,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Target } from '../../core/nouns.ts'
import type { ServePort } from '../../core/store-ports.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import { secondsOption } from '../arguments.ts'
import { actingAs, EXIT, globals, serveOf, withInstallation } from '../context.ts'
import { type Outcome, outcomeLine, outcomeOf } from '../file-request.ts'
import { knownTarget } from '../known-target.ts'
import { print, printable, wrap } from '../terminal.ts'
import { askUndo, decisionStory, type UndoOptions } from './after-run.ts'

const ACTION = 'source/apply-patch'
/** Files asked for at once: no more are carried out on one target within a day. */
const FILES_MOST = 10

interface FixOptions {
  readonly execute: boolean
  readonly reason: string
  readonly as?: string
  readonly wait: number
}

/** Adds `fix` and `undo` below `scan`. */
export function addScanFix(scan: Command): void {
  scan
    .command('fix')
    .argument('<folder>', 'a repository of the configuration')
    .option('--execute', 'carry out the decisions on it that were approved, now and in this process', false)
    .option('--reason <text>', 'why, for the record', 'fixes a scan proposes')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--wait <seconds>', 'wait this long for each decision', secondsOption(0, 600), 20)
    .description('ask for the fixes of a repository: one decision a file, each approved before it is written')
    .action((folder: string, options: FixOptions, command: Command) =>
      withInstallation(command, async (installation) => {
        const { json } = globals(command)
        const target = await knownTarget(installation, repositoryAt(installation.config, folder))
        await (options.execute
          ? carryOut(installation, target, json)
          : askFor(installation, target, { ...options, folder, json }))
      }),
    )
  scan
    .command('undo')
    .argument('<decision>', 'number of a decision on a repository that was carried out')
    .option('--execute', 'really ask for it; without it only what would be asked for is shown', false)
    .option('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--wait <seconds>', 'wait this long for the decision', secondsOption(0, 600), 20)
    .description(
      'ask for a file as it was before a fix: a decision of its own; refused once the file has changed since',
    )
    .action((text: string, options: UndoOptions, command: Command) =>
      withInstallation(command, async (here) => {
        const story = await decisionStory(here.store.read, text)
        if (story.binding.target.engine !== 'source')
          throw new DbmedicError('DBM_USAGE', {
            problem: `decision ${text} is not about a repository`,
            hint: `Its undo: dbmedic undo ${text}`,
          })
        await askUndo({ ...here, remote: null, here }, story, { ...options, json: globals(command).json })
      }),
    )
}

/** The name of the repository whose folder this is. @throws DbmedicError DBM_USAGE */
function repositoryAt({ repositories }: Config, folder: string): string {
  const path = realPath(folder)
  const found = path === null ? undefined : repositories.find((each) => realPath(each.path) === path)
  if (found !== undefined) return found.name
  throw new DbmedicError('DBM_USAGE', {
    problem: path === null ? `${folder} is no folder` : `${folder} is no repository of the configuration`,
    hint: 'Only what stands there is ever written: repositories: [{ name: NAME, path: FOLDER, write: true }]',
  })
}

function realPath(folder: string): string | null {
  try {
    return realpathSync(folder)
  } catch {
    return null
  }
}

/** What became of one file. */
type Asked = Pick<FileFixes, 'file' | 'fixes' | 'before' | 'after'> & Outcome

interface AskInput extends FixOptions {
  readonly folder: string
  readonly json: boolean
}

async function askFor(installation: Installation, target: Target, input: AskInput): Promise<void> {
  const port = serveOf(installation)
  const requestedBy = await actingAs({ ...installation, remote: null, here: installation }, input.as)
  const files = await fixesByFile(input.folder)
  const about = { input, target, requestedBy }
  // All are asked for before any is waited for: deciding on one takes no longer for the others.
  const asked = await Promise.all(files.slice(0, FILES_MOST).map((each) => askOne(port, each, about)))
  const left = Math.max(0, files.length - FILES_MOST)
  print(input.json, { target: target.targetName, files: asked, filesLeft: left }, () =>
    [...asked.map(line), ...next(asked, left)].join('\n'),
  )
  if (asked.some(({ refused }) => refused !== null)) process.exitCode = EXIT.refused
}

async function askOne(
  port: ServePort,
  { file, fixes, before, after, remaining }: FileFixes,
  about: { readonly input: AskInput; readonly target: Target; readonly requestedBy: string },
): Promise<Asked> {
  const { input, target, requestedBy } = about
  const outcome = await outcomeOf(
    port,
    {
      targetId: target.targetId,
      issueId: null,
      actionName: ACTION,
      params: { file: { path: file, before, after }, fixes, remaining },
      reason: input.reason,
      requestedBy,
    },
    input.wait,
  )
  return { file, fixes, before, after, ...outcome }
}

const line = (asked: Asked): string =>
  outcomeLine(
    `${printable(asked.file)}, ${asked.fixes.length} ${asked.fixes.length === 1 ? 'fix' : 'fixes'}:`,
    asked,
  )

function next(asked: readonly Asked[], left: number): readonly string[] {
  if (asked.length === 0) return ['There is no fix to ask for. What is left to people: dbmedic scan']
  return [
    ...(left === 0 ? [] : [`${left} more files have fixes; ask again when these are done.`]),
    'Nothing was written. What is approved is carried out by `dbmedic start`, or now by: dbmedic scan fix FOLDER --execute',
  ]
}

interface Ran {
  readonly decisionId: number
  readonly issueId: number
  readonly executionId: number | null
  readonly outcome: ExecutionOutcome | 'WAITS'
  readonly because: string | null
}

/** Runs what was approved for the repository, one after the other. */
async function carryOut(installation: Installation, target: Target, json: boolean): Promise<void> {
  const port = installation.store.act
  if (port === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'this process has no account for the act role',
      hint: 'Give store credentials of the act role.',
    })
  const { config, log } = installation
  const executor = createExecutor({ config, port, lease: lease(installation), log })
  const due = (await port.runnable(200)).filter(({ decision }) => decision.targetId === target.targetId)
  const runs: Ran[] = []
  for (const { decision } of due) {
    const { decisionId, issueId } = decision
    const result = await executor.runNow(decisionId)
    runs.push(
      'waits' in result
        ? { decisionId, issueId, executionId: null, outcome: 'WAITS', because: result.waits }
        : { decisionId, issueId, ...result },
    )
  }
  print(json, { target: target.targetName, runs }, () =>
    runs.length === 0
      ? `Nothing is approved for ${target.targetName} that was not carried out. What waits: dbmedic issues`
      : runs
          .map(({ decisionId, issueId, outcome, because }) =>
            wrap(
              `Decision ${decisionId}: ${outcome}${because === null ? '' : ` (${printable(because)})`}. See: dbmedic show ${issueId}`,
              '',
            ),
          )
          .join('\n'),
  )
  if (runs.some(({ outcome }) => outcome !== 'SUCCESS')) process.exitCode = EXIT.failed
}
