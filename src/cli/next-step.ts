/** What an issue waits for, and the command a person would give next; from its rows alone. */
import { type DecisionStory, lookTimes, type Story } from '../app/index.ts'
import { decidedIn } from '../core/decided-in.ts'
import type { Analysis } from '../core/nouns.ts'
import { utc } from './terminal.ts'

/** One next step. */
export interface NextStep {
  /** For a list, a few words: `you: approve 7`, `its measurement`. Empty where nothing is left to do. */
  readonly brief: string
  /** For the story, whole sentences and commands, a line each. */
  readonly lines: readonly string[]
}

const NOTHING: NextStep = { brief: '', lines: [] }
const waits = (brief: string, line: string): NextStep => ({ brief, lines: [line] })

/**
 * The next step of an issue. Throws nothing; what the rows do not say (a cool-down, another run, a stop) is said by
 * `dbmedic execute`.
 */
export function nextStep(story: Story): NextStep {
  const { issue } = story
  const [newest] = story.decisions
  const of = (step: (made: DecisionStory) => NextStep): NextStep =>
    newest === undefined ? NOTHING : step(newest)
  switch (issue.issueStatus) {
    case 'DETECTED':
    case 'UNDER_ANALYSIS':
      return waits('its analysis', 'It is being analysed; nothing is asked of you.')
    case 'AWAITING_DECISION':
      return awaiting(story)
    case 'DECISION_MADE':
      return of(votes)
    case 'APPROVED':
      return of((made) => approved(made.decision.decisionId))
    case 'DECLINED':
      return of((made) => declined(made.decision.decisionId))
    case 'EXECUTING':
      return waits('its run', 'It runs. To stop it at its next safe point: dbmedic halt --reason TEXT')
    case 'VERIFYING':
      return of(verifying)
    default:
      return review(story)
  }
}

/** Did a root cause stand, with an action that was refused for now? */
const refusedFor = (analysis: Analysis): boolean =>
  analysis.analysisStatus === 'ABSTAINED' && analysis.rootCauseCode !== 'UNKNOWN'

function awaiting({ issue, analyses }: Story): NextStep {
  const [analysis] = analyses
  const end = `It ends by itself once the condition is over; or end it: dbmedic close --issue ${issue.issueId} --reason TEXT`
  if (analysis === undefined) return waits('its analysis', 'Its analysis is still to come.')
  if (refusedFor(analysis))
    return {
      brief: `you: show ${issue.issueId}`,
      lines: [
        'No plan can be proposed: the newest analysis says what is in the way. Mend that.',
        'It is tried again by itself, after minutes at first, then more seldom.',
        `For a new try at once: dbmedic close --issue ${issue.issueId} --reason TEXT (while the trouble goes on, a new issue opens)`,
      ],
    }
  const elsewhere = decidedIn(analysis)
  if (typeof elsewhere === 'number')
    return {
      brief: `issue ${elsewhere}`,
      lines: [
        `It waits for what issue ${elsewhere} is about, and is decided there: dbmedic show ${elsewhere}`,
        end,
      ],
    }
  if (elsewhere === null)
    return {
      brief: `you: show ${issue.issueId}`,
      lines: [
        'It waits for others, and no issue beside it says for whom. Look at what holds the locks.',
        'It is thought about again once an issue opens beside it.',
        end,
      ],
    }
  if (analysis.analysisStatus === 'ABSTAINED')
    return {
      brief: `you: show ${issue.issueId}`,
      lines: ['No root cause is certain enough. Look at the evidence yourself.', end],
    }
  const candidates = analysis.competingHypotheses.find((h) => h.lostBecause === null)?.candidates ?? []
  return candidates.length > 0
    ? waits('its plan', 'A plan is being made and checked on the server.')
    : {
        brief: `you: show ${issue.issueId}`,
        lines: ['Advice only: what helps is not dbmedic’s to run. Follow the recommendation.', end],
      }
}

function votes({ decision, approvals }: DecisionStory): NextStep {
  const id = decision.decisionId
  const [first] = approvals
  const no = `Against it: dbmedic decline ${id} --as YOU`
  if (decision.riskLevel !== 'HIGH')
    return { brief: `you: approve ${id}`, lines: [`For the plan: dbmedic approve ${id} --as YOU`, no] }
  if (first === undefined)
    return {
      brief: `two of you: approve ${id}`,
      lines: [`For the plan, two persons, one after the other: dbmedic approve ${id} --as YOU`, no],
    }
  return {
    brief: `a second: approve ${id}`,
    lines: [
      `${first.adminUserId} approved. Nothing runs before another person does: dbmedic approve ${id} --as OTHER`,
      no,
    ],
  }
}

const approved = (id: number): NextStep => ({
  brief: 'its run',
  lines: [
    `It runs as soon as nothing is in the way; dbmedic execute ${id} runs it now or says what is.`,
    `To take the approval back first: dbmedic revoke ${id} --reason TEXT`,
  ],
})

const declined = (id: number): NextStep => ({
  brief: `you: ask-other ${id}, close ${id}`,
  lines: [
    `For another proposal: dbmedic ask-other ${id} --reason TEXT`,
    `To leave it: dbmedic close ${id} --reason TEXT`,
  ],
})

function verifying({ binding, decision, executions }: DecisionStory): NextStep {
  const done = executions.find((e) => e.execution.purpose === 'DO')
  if (done?.verifications[0]?.verdict !== 'undecided') {
    const times = done === undefined ? null : lookTimes(done.execution, binding.verification)
    const line = 'The effect is being measured; nothing is asked of you.'
    const until =
      times === null
        ? []
        : [
            `The first look is at ${utc(times.first)} UTC. What is unclear then has time until ${utc(times.last)}.`,
          ]
    return { brief: 'its measurement', lines: [line, ...until] }
  }
  return {
    brief: `you: settle ${decision.decisionId}`,
    lines: [
      'The measurement decided nothing. Say what you see:',
      `dbmedic settle ${decision.decisionId} --verdict improved|no_effect|regressed --reason TEXT`,
    ],
  }
}

function review({ lessons }: Story): NextStep {
  const open = lessons.find((l) => !l.learningComplete && l.executionId !== null)
  if (open === undefined) return NOTHING
  const id = open.learningRecordId
  return waits(
    `you: learn ${id}`,
    `When you have time: dbmedic learn ${id} --resolved yes|no --again yes|no --as YOU`,
  )
}
