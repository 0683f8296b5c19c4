/** undo, settle: a person's word on a run that has ended. */
import { type Command, Option } from 'commander'
import { actionOf, type DecisionStory, inverseRequest, readStory } from '../../app/index.ts'
import type { NewVerification } from '../../core/nouns.ts'
import { VERDICTS, type Verdict } from '../../core/vocabulary.ts'
import { secondsOption } from '../arguments.ts'
import {
  found,
  globals,
  idArgument,
  identify,
  Refused,
  releaser,
  serveOf,
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
      withInstallation(command, async (installation) => {
        const { json } = globals(command)
        const story = await decisionStory(serveOf(installation).read, text)
        const wanted = undoOf(story)
        if (!options.execute) return print(json, wanted, () => describe(story, wanted))
        await fileRequest(installation, {
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
async function decisionStory(read: Parameters<typeof readStory>[0], text: string): Promise<DecisionStory> {
  const decision = found(await read.decision(idArgument(text, 'a decision')), 'decision', text)
  const story = await readStory(read, decision.issueId)
  const whole = story?.decisions.find((d) => d.decision.decisionId === decision.decisionId)
  return found(whole ?? null, 'decision', text)
}

type Wanted = Exclude<ReturnType<typeof inverseRequest>, { readonly whyNot: string }>

/** What would be asked for. @throws Refused where nothing ran, it was undone, or it cannot be. */
function undoOf({ decision, binding, executions }: DecisionStory): Wanted {
  const { decisionId, issueId } = decision
  const see = `See: dbmedic show ${issueId}`
  const done = executions.find((e) => e.execution.purpose === 'DO')?.execution
  if (done?.executionStatus !== 'COMPLETED')
    throw refused(`decision ${decisionId} changed nothing: no run of it completed`, see)
  const undone = executions.some(
    (e) => e.execution.purpose === 'UNDO' && e.execution.executionStatus !== 'FAILED',
  )
  if (undone) throw refused(`decision ${decisionId} was undone already`, see)
  const inverse = inverseRequest(binding)
  if ('whyNot' in inverse)
    throw refused(`decision ${decisionId} cannot be undone: ${inverse.whyNot}`, byHand(binding, see))
  return inverse
}

/** Where the catalogue cannot, a person can: the statements stand in what was approved. */
const byHand = ({ undo }: DecisionStory['binding'], see: string): string =>
  'plan' in undo ? `By hand: ${undo.plan.steps.map((s) => s.text).join('; ')}` : see

const refused = (because: string, toProceed: string): Refused =>
  new Refused({ refused: true, code: 'DBM_PRECONDITION_FAILED', because, toProceed })

function describe({ decision, binding }: DecisionStory, wanted: Wanted): string {
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
        const port = serveOf(installation)
        const story = await decisionStory(port.read, text)
        const undecided = undecidedOf(story)
        const person = await releaser(installation, await identify(options.as))
        await port.settleVerification({
          ...undecided,
          verdict: options.verdict,
          details: { because: options.reason },
          assessedBy: person.userName,
        })
        const issue = await port.read.issue(story.decision.issueId)
        print(
          globals(command).json,
          { decision: story.decision.decisionId, verdict: options.verdict, issueStatus: issue?.issueStatus },
          () =>
            `Verdict ${options.verdict} by ${person.userName}; issue ${story.decision.issueId} is ${issue?.issueStatus}.`,
        )
      }),
    )
}

/** The measurement a person settles. @throws Refused where there is none. */
function undecidedOf({ decision, executions }: DecisionStory): NewVerification {
  const run = executions.find((e) => e.execution.purpose === 'DO')
  const [newest] = run?.verifications ?? []
  if (newest?.verdict === 'undecided') {
    const { verificationId: _id, verifiedAt: _at, ...measured } = newest
    return measured
  }
  throw refused(
    `decision ${decision.decisionId} has no undecided verdict${newest === undefined ? '' : `: it is ${newest.verdict}`}`,
    `See: dbmedic show ${decision.issueId}`,
  )
}
