/** approve, decline, execute, cancel, revoke, ask-other, close, learn: a person's part of the loop. */
import { type Command, Option } from 'commander'
import { createExecutor, type Installation, lease, readStory, vote } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Decision } from '../../core/nouns.ts'
import type { UtcTime } from '../../core/time.ts'
import {
  APPROVE_REASONS,
  type ApproveReason,
  DECLINE_REASONS,
  type DeclineReason,
} from '../../core/vocabulary.ts'
import { secondsOption, timeArgument } from '../arguments.ts'
import { askLine, someoneIsThere } from '../ask.ts'
import {
  actingAs,
  type Door,
  EXIT,
  found,
  globals,
  idArgument,
  identify,
  Refused,
  releaser,
  serveOf,
  withDoor,
  withInstallation,
} from '../context.ts'
import { fileClosing } from '../file-request.ts'
import { type RemoteVoted, remoteVote } from '../remote/remote-vote.ts'
import { renderStory } from '../render-story.ts'
import { print, printable, show, utc } from '../terminal.ts'
import { whatIsSigned } from '../what-is-signed.ts'
import { type NotNow, stopOn, whyNotNow } from '../why-not-now.ts'

interface VoteOptions {
  readonly as?: string
  readonly reason: string
  readonly notes?: string
  readonly digest?: string
  readonly withUndo: boolean
  readonly at?: string
}

/** Adds the commands of a person's decisions. */
export function addDecideCommands(program: Command): void {
  const approve = program
    .command('approve')
    .argument('<decision>', 'number of a decision')
    .description('approve the exact plan of a decision with your key (HIGH risk needs a second person)')
    .addOption(new Option('--reason <reason>', 'why').choices([...APPROVE_REASONS]).default('CONFIDENT'))
    .option('--digest <sha256>', 'approve only if the plan has this digest')
    .option('--with-undo', 'consent to the undo plan too, should the verdict be “regressed”', false)
    .option('--at <time>', 'not before this time, with its zone (2027-01-31T22:00:00Z; at most 7 days ahead)')
  withVoter(approve).action((text: string, options: VoteOptions, command: Command) =>
    castFrom(text, { ...options, decline: false }, command),
  )
  const decline = program
    .command('decline')
    .argument('<decision>', 'number of a decision')
    .description('decline a decision with your key')
    .addOption(
      new Option('--reason <reason>', 'why').choices([...DECLINE_REASONS]).default('INSUFFICIENT_EVIDENCE'),
    )
  withVoter(decline).action((text: string, options: VoteOptions, command: Command) =>
    castFrom(text, { ...options, decline: true }, command),
  )
  program
    .command('execute')
    .argument('<decision>', 'number of an approved decision')
    .description('run an approved decision now, in this process')
    .action((text: string, _options: unknown, command: Command) =>
      withInstallation(command, (i) => executeNow(i, text, globals(command).json)),
    )
  addEndings(program)
  addLearn(program)
}

const withVoter = (command: Command): Command =>
  command
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--notes <text>', 'a note for the record')

async function castFrom(
  text: string,
  options: VoteOptions & { readonly decline: boolean },
  command: Command,
): Promise<void> {
  const { decline } = options
  const windowStart = options.at === undefined ? null : timeArgument(options.at)
  await withDoor(command, async (door) => {
    const port = serveOf(door)
    const decision = found(await port.read.decision(idArgument(text, 'a decision')), 'decision', text)
    if (options.digest !== undefined && options.digest !== decision.planDigest) {
      throw new DbmedicError('DBM_VOTE_INVALID', {
        problem: 'the plan has another digest than the one you name',
      })
    }
    if (!decline && options.digest === undefined) await requireSeen(door, decision)
    const { approvalId, approvalStatus, expiresAt } = await cast(door, decision, { ...options, windowStart })
    const stop = decline ? null : await stopOn(port.read, decision)
    print(
      globals(command).json,
      {
        approvalId,
        status: approvalStatus,
        planDigest: decision.planDigest,
        expiresAt,
      },
      () =>
        approvalStatus === 'CONDITIONAL_APPROVAL'
          ? `Vote ${approvalId} stored as the first of two. Another person must approve: dbmedic approve ${text}`
          : `Vote ${approvalId} stored: ${approvalStatus}${decline ? '' : `, valid until ${utc(expiresAt)} UTC`}.${stop === null ? '' : ` Stop ${stop.haltId} is on; it runs when that is lifted: dbmedic lift ${stop.haltId}`}`,
    )
  })
}

/** Signs with the key of this machine's keyring, wherever the store is. @throws Refused */
async function cast(
  door: Door,
  decision: Decision,
  options: VoteOptions & { readonly decline: boolean; readonly windowStart: UtcTime | null },
): Promise<RemoteVoted> {
  const { decline, windowStart } = options
  const reason = options.reason as ApproveReason | DeclineReason
  const [undoPreconsented, notes] = [options.withUndo === true, options.notes ?? null]
  if (door.remote !== null) {
    const person = await identify(await actingAs(door, options.as))
    const ballot = { decline, reason, notes, undoPreconsented, windowStart }
    return remoteVote(door.remote, door.config, { decision, ballot, passphrase: person.passphrase })
  }
  const stored = await vote(door.config, serveOf(door), {
    decision,
    person: await identify(options.as),
    ballot: { decline, reason, notes, conditions: { undoPreconsented, windowStart } },
  })
  if ('refused' in stored) throw new Refused(stored)
  return { approvalId: stored.approvalId, ...stored.vote }
}

/** A plan that comes from elsewhere is signed by nobody who was not shown it. @throws DbmedicError DBM_USAGE */
async function requireSeen(door: Door, decision: Decision): Promise<void> {
  if (someoneIsThere()) return confirmAloud(door, decision)
  if (door.remote !== null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'over a server a plan is approved by its digest where nobody is at the terminal',
      hint: `Read it with: dbmedic show ${decision.issueId}, then add --digest SHA256`,
    })
}

/**
 * At a terminal the plan is shown and the first digits of its digest are typed, not just “y”.
 * @throws DbmedicError DBM_VOTE_INVALID where the story that was shown has not this plan
 */
async function confirmAloud({ store }: Door, decision: Decision): Promise<void> {
  const story = found(await readStory(store.read, decision.issueId), 'issue', decision.issueId)
  show(`${renderStory(story)}\n${whatIsSigned(story, decision)}`)
  const wanted = decision.planDigest.slice(0, 6)
  const typed = await askLine(`To approve, type the first six characters of the plan digest (${wanted})`)
  if (typed.trim().toLowerCase() !== wanted)
    throw new DbmedicError('DBM_VOTE_INVALID', { problem: 'the digest typed is another one' })
}

async function executeNow(installation: Installation, text: string, json: boolean): Promise<void> {
  const port = installation.store.act
  if (port === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'this process has no account for the act role',
      hint: 'Give store credentials of the act role.',
    })
  const decision = found(await port.read.decision(idArgument(text, 'a decision')), 'decision', text)
  const refuse = (why: NotNow): Refused =>
    new Refused({
      refused: true,
      code: 'DBM_PRECONDITION_FAILED',
      because: `decision ${text} cannot run now: ${why.because}`,
      toProceed: why.toProceed,
    })
  const before = await whyNotNow(port.read, decision)
  if (before !== null) throw refuse(before)
  const executor = createExecutor({
    config: installation.config,
    port,
    lease: lease(installation),
    log: installation.log,
  })
  const result = await executor.runNow(decision.decisionId)
  if ('waits' in result)
    throw refuse(
      (await whyNotNow(port.read, decision)) ?? {
        because: result.waits,
        toProceed: `See: dbmedic show ${decision.issueId}`,
      },
    )
  print(
    json,
    result,
    () =>
      `Execution ${result.executionId}: ${result.outcome}${result.because === null ? '' : ` (${result.because})`}`,
  )
  if (result.outcome !== 'SUCCESS') process.exitCode = EXIT.failed
}

const ENDINGS = { cancel: 'CANCELLED', revoke: 'REVOKED', 'ask-other': 'ASK_OTHER' } as const

function addEndings(program: Command): void {
  const about: Record<keyof typeof ENDINGS, string> = {
    cancel: 'cancel a decision and its issue before it runs',
    revoke: 'take an approval back before it runs; the issue is analysed again',
    'ask-other': 'after declining: ask for another proposal',
  }
  for (const [name, ending] of Object.entries(ENDINGS)) {
    program
      .command(name)
      .argument('<decision>', 'number of a decision')
      .description(about[name as keyof typeof ENDINGS])
      .requiredOption('--reason <text>', 'why, for the record')
      .option('--as <user>', 'your user name (or DBMEDIC_USER)')
      .action((text: string, options: EndingOptions, command: Command) =>
        withDoor(command, (door) =>
          endDecision(door, { text, ending, options, json: globals(command).json }),
        ),
      )
  }
  program
    .command('close')
    .argument('[decision]', 'number of a declined decision')
    .description('after declining: close the issue; with --issue, close one that waits without a decision')
    .option(
      '--issue <issue>',
      'number of an issue whose analysis abstained, or that no decision could be made for',
    )
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--wait <seconds>', 'with --issue: wait this long for it', secondsOption(0, 600), 20)
    .action((text: string | undefined, options: CloseOptions, command: Command) =>
      withDoor(command, async (door) => {
        const { json } = globals(command)
        if ((text === undefined) === (options.issue === undefined))
          throw new DbmedicError('DBM_USAGE', {
            problem: 'give either the number of a declined decision or --issue',
            hint: 'dbmedic close DECISION, or dbmedic close --issue ISSUE',
          })
        if (text !== undefined) return endDecision(door, { text, ending: 'CLOSE', options, json })
        const issueId = idArgument(options.issue ?? '', 'an issue')
        const { targetId } = found(await door.store.read.issue(issueId), 'issue', issueId)
        const { reason, as, wait: waitSeconds } = options
        await fileClosing(door, { targetId, issueId, reason, as, waitSeconds, json })
      }),
    )
}

interface EndingOptions {
  readonly reason: string
  readonly as?: string
}
interface CloseOptions extends EndingOptions {
  readonly issue?: string
  readonly wait: number
}

async function endDecision(
  door: Door,
  given: {
    readonly text: string
    readonly ending: (typeof ENDINGS)[keyof typeof ENDINGS] | 'CLOSE'
    readonly options: EndingOptions
    readonly json: boolean
  },
): Promise<void> {
  const { text, ending, options, json } = given
  const { decisionId } = found(
    await door.store.read.decision(idArgument(text, 'a decision')),
    'decision',
    text,
  )
  const by = await actingAs(door, options.as)
  await serveOf(door).endDecision(decisionId, ending, options.reason, by)
  print(json, { decision: decisionId, ending }, () => `Decision ${text}: ${ending}.`)
}

function addLearn(program: Command): void {
  program
    .command('learn')
    .argument('[lesson]', 'number of a lesson; without it, list those waiting for a review')
    .description(
      'review what a run taught: was the issue resolved, would you approve it again (approvers and administrators)',
    )
    .addOption(new Option('--resolved <yes|no>', 'was the issue resolved').choices(['yes', 'no']))
    .addOption(new Option('--again <yes|no>', 'would you approve it again').choices(['yes', 'no']))
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .action(
      (
        text: string | undefined,
        options: { resolved?: string; again?: string; as?: string },
        command: Command,
      ) =>
        withDoor(command, async (door) => {
          const port = serveOf(door)
          if (text === undefined) {
            const waiting = (await port.read.lessons({ limit: 200 })).filter((l) => !l.learningComplete)
            return print(globals(command).json, waiting, () =>
              waiting.length === 0
                ? 'No lesson waits for a review.'
                : waiting
                    .map(
                      (l) =>
                        `lesson ${l.learningRecordId}: issue ${l.issueId}, ${printable(l.metricName ?? 'no metric')}, machine says ${l.machineResolvedFlag === null ? 'undecided' : l.machineResolvedFlag ? 'resolved' : 'not resolved'}`,
                    )
                    .concat('Review one: dbmedic learn LESSON --resolved yes|no --again yes|no --as YOU')
                    .join('\n'),
            )
          }
          if (options.resolved === undefined || options.again === undefined) {
            throw new DbmedicError('DBM_USAGE', {
              problem: 'a review needs both answers',
              hint: `dbmedic learn ${text} --resolved yes|no --again yes|no --as NAME`,
            })
          }
          const assessedBy = await releaser(door, options.as)
          await port.reviewLesson(idArgument(text, 'a lesson'), {
            issueResolved: options.resolved === 'yes',
            wouldApproveAgain: options.again === 'yes',
            assessedBy,
          })
          print(
            globals(command).json,
            { lesson: Number(text), reviewedBy: assessedBy },
            () => `Lesson ${text} reviewed. Thank you.`,
          )
        }),
    )
}
