/** undo, settle: a person's word on a run that has ended. */
import { type Command, Option } from 'commander'
import type { z } from 'zod'
import {
  actionOf,
  type DecisionStory,
  readDecision,
  type Undo,
  undecidedOf,
  undoOf,
} from '../../app/index.ts'
import type { Refusal } from '../../core/errors.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { VERDICTS, type Verdict } from '../../core/vocabulary.ts'
import { settledSchema } from '../../server/schemas/writes.ts'
import { secondsOption } from '../arguments.ts'
import { type Door, found, globals, idArgument, Refused, releaser, serveOf, withDoor } from '../context.ts'
import { fileRequest } from '../file-request.ts'
import { stepLines } from '../statement.ts'
import { print, wrap } from '../terminal.ts'

/** Adds `undo` and `settle`. */
export function addAfterRunCommands(program: Command): void {
  addUndo(program)
  addSettle(program)
}

/** How an undo is asked for. */
export interface UndoOptions {
  readonly execute: boolean
  readonly reason?: string
  readonly as?: string
  readonly wait: number
}

function addUndo(program: Command): void {
  program
    .command('undo')
    .argument('<decision>', 'number of a decision that has run')
    .option('--execute', 'really ask for it; without it only what would be asked for is shown', false)
    .option('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--wait <seconds>', 'wait this long for the decision', secondsOption(0, 600), 20)
    .description(
      'ask for the inverse of a finished run: a decision of its own, which another person approves',
    )
    .action((text: string, options: UndoOptions, command: Command) =>
      withDoor(command, async (door) => {
        const story = await decisionStory(door.store.read, text)
        await askUndo(door, story, { ...options, json: globals(command).json })
      }),
    )
}

/**
 * Shows the request that takes a decision's run back, or makes it.
 * @throws Refused where there is none, or no decision comes of it
 */
export async function askUndo(
  door: Door,
  story: DecisionStory,
  options: UndoOptions & { readonly json: boolean },
): Promise<void> {
  const { json } = options
  const wanted = granted(undoOf(story))
  if (!options.execute) return print(json, wanted, () => describe(story, wanted))
  await fileRequest(door, {
    targetId: story.decision.targetId,
    issueId: story.decision.issueId,
    actionName: wanted.actionId,
    params: wanted.params,
    reason: options.reason ?? `undo of decision ${story.decision.decisionId}`,
    as: options.as,
    waitSeconds: options.wait,
    json,
  })
}

/** A decision with its runs. @throws DbmedicError DBM_NOT_FOUND */
export const decisionStory = async (read: ReadPort, text: string): Promise<DecisionStory> =>
  found(await readDecision(read, idArgument(text, 'a decision')), 'decision', text)

/** @throws Refused for a refusal. */
function granted<T extends object>(answer: T | Refusal): T {
  if ('refused' in answer) throw new Refused(answer)
  return answer
}

function describe({ decision, binding }: DecisionStory, wanted: Undo): string {
  const steps = 'plan' in binding.undo ? binding.undo.plan.steps : []
  return [
    `Decision ${decision.decisionId} ran ${binding.action.name}. As approved, its undo would have been:`,
    ...steps.flatMap((s) => stepLines(s.text)).map((line) => `    ${line}`),
    wrap(`Would ask for ${wanted.actionId} with ${JSON.stringify(wanted.params)}.`, ''),
    ...(wanted.differs === undefined ? [] : [wrap(wanted.differs, '')]),
    `It becomes a decision of its own, with its own votes, and runs no sooner than ${actionOf(wanted.actionId)?.limits.coolDownSeconds ?? 0} s after the last run of that action on the same object.`,
    'Do it with --execute --as NAME.',
  ].join('\n')
}

function addSettle(program: Command): void {
  program
    .command('settle')
    .argument('<decision>', 'number of a decision whose run measured undecided')
    .addOption(
      new Option('--verdict <verdict>', 'what you found')
        .choices(VERDICTS.filter((v) => v !== 'undecided'))
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'what you saw, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description(
      'settle a verdict that measurement left undecided; the issue goes on from it (approvers and administrators)',
    )
    .action((text: string, options: SettleOptions, command: Command) =>
      withDoor(command, async (door) => {
        const story = await decisionStory(serveOf(door).read, text)
        const { by, issueStatus } = await settled(door, story, options)
        const { decisionId, issueId } = story.decision
        print(
          globals(command).json,
          { decision: decisionId, verdict: options.verdict, issueStatus },
          () => `Verdict ${options.verdict} by ${by}; issue ${issueId} is ${issueStatus}.`,
        )
      }),
    )
}

interface SettleOptions {
  readonly verdict: Verdict
  readonly reason: string
  readonly as?: string
}

/** Settles it, here or over a server; gives who did and where the issue went. */
async function settled(
  door: Door,
  story: DecisionStory,
  { verdict, reason, as }: SettleOptions,
): Promise<{ readonly by: string; readonly issueStatus: string | undefined }> {
  const { decisionId, issueId } = story.decision
  const undecided = granted(undecidedOf(story))
  const by = await releaser(door, as)
  if (door.remote !== null) {
    const path = `/api/decisions/${decisionId}/settle`
    const answer = await door.remote.send<z.infer<typeof settledSchema>>(
      path,
      { verdict, reason },
      settledSchema,
    )
    return { by, issueStatus: answer.issueStatus }
  }
  const port = serveOf(door)
  const details = { because: reason }
  await port.settleVerification({ ...undecided, verdict, details, assessedBy: by })
  return { by, issueStatus: (await port.read.issue(issueId))?.issueStatus }
}
