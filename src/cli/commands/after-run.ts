/** undo, settle: a person's word on a run that has ended. */
import { type Command, Option } from 'commander'
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
import { secondsOption } from '../arguments.ts'
import {
  found,
  globals,
  idArgument,
  Refused,
  releaser,
  serveOf,
  withDoor,
  withInstallation,
} from '../context.ts'
import { fileRequest } from '../file-request.ts'
import { print, printable, wrap } from '../terminal.ts'

/** Adds `undo` and `settle`. */
export function addAfterRunCommands(program: Command): void {
  addUndo(program)
  addSettle(program)
}

interface UndoOptions {
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
        const { json } = globals(command)
        const story = await decisionStory(door.store.read, text)
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
      }),
    )
}

/** A decision with its runs. @throws DbmedicError DBM_NOT_FOUND */
const decisionStory = async (read: ReadPort, text: string): Promise<DecisionStory> =>
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
    ...steps.map((s) => `    ${printable(s.text)}`),
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
    .action((text: string, options: { verdict: Verdict; reason: string; as?: string }, command: Command) =>
      withInstallation(command, async (installation) => {
        const door = { ...installation, remote: null }
        const port = serveOf(door)
        const story = await decisionStory(port.read, text)
        const undecided = granted(undecidedOf(story))
        const assessedBy = await releaser(door, options.as)
        await port.settleVerification({
          ...undecided,
          verdict: options.verdict,
          details: { because: options.reason },
          assessedBy,
        })
        const issue = await port.read.issue(story.decision.issueId)
        print(
          globals(command).json,
          { decision: story.decision.decisionId, verdict: options.verdict, issueStatus: issue?.issueStatus },
          () =>
            `Verdict ${options.verdict} by ${assessedBy}; issue ${story.decision.issueId} is ${issue?.issueStatus}.`,
        )
      }),
    )
}
