/** What was done about a kind of failure, in words for a terminal. */
import type { FailureWatch } from '../../core/failure-watches.ts'
import type {
  RecoveryAttempt,
  RecoveryExplanation,
  RecoveryRecord,
  RecoverySwitch,
} from '../../core/recovery-records.ts'
import { printable, utc, wrap } from '../terminal.ts'
import { labelled } from './error-text.ts'

/** Attempts a terminal shows; `--json` gives all that are read. */
const SHOWN = 5

/** The record: when it was explained and from what, and the newest attempts. Null: nobody has looked at it yet. */
export function readableRecovery(record: RecoveryRecord | null): string {
  if (record === null) return 'Not explained on record yet: the analyst (role reason) does so when it runs.'
  const { explanation, latest, attempts, enabled, switched, watches } = record
  return [
    ...(explanation === null ? [] : explanationText(explanation)),
    `Recovery: ${attempts === 0 ? 'not tried yet' : attempts === 1 ? 'tried once' : `tried ${attempts} times`}${enabled ? '' : '; switched off: nothing is proposed for it by itself'}`,
    ...(switched === null ? [] : [switchText(switched)]),
    ...watches.map(watchText),
    ...latest.slice(0, SHOWN).map(attemptText),
  ].join('\n')
}

function watchText(watch: FailureWatch): string {
  const { watchId, kind, subject, targetName, intervalSeconds, expiresAt, runs, acceptedBy, endedBy, look } =
    watch
  const what = `Watch ${watchId}: ${kind}${subject === null ? '' : ` ${printable(subject)}`} on ${printable(targetName)}`
  const every = `every ${Math.round(intervalSeconds / 60)} minutes`
  const state = runs
    ? `${every} until ${utc(expiresAt ?? '')} UTC`
    : endedBy !== null
      ? `ended by ${printable(endedBy)}`
      : acceptedBy === null
        ? `proposed, ${every}; nothing looks until somebody accepts it: dbmedic errors watch accept ${watchId}`
        : 'over'
  const seen = look === null ? '' : `. ${look.result} (${utc(look.at)} UTC): ${printable(look.says)}`
  return wrap(`${what}, ${state}${seen}`, '  ')
}

function switchText({ on, by, at, reason }: RecoverySwitch): string {
  const what = on ? 'Switched on again' : 'Switched off'
  return wrap(`${what} (${printable(by)}, ${utc(at)} UTC): ${printable(reason)}`, '  ')
}

function explanationText(explanation: RecoveryExplanation): string[] {
  const { number, at, explainer, knowledgeId, severity, summary, retryDecision, userAction } = explanation
  const from = knowledgeId === null ? 'the type of the error' : `knowledge/${knowledgeId}.yaml`
  return [
    `Explained ${utc(at)} UTC (number ${number}, by ${printable(explainer)} from ${printable(from)})`,
    wrap(`${severity}  ${summary}`, '  '),
    ...labelled('retry', retryDecision),
    ...(userAction === null ? [] : labelled('to do', userAction)),
  ]
}

function attemptText({
  number,
  strategy,
  success,
  startedAt,
  decisionId,
  reasoning,
}: RecoveryAttempt): string {
  const end = success === null ? 'is not ended' : success ? 'succeeded' : 'failed'
  const of = decisionId === null ? '' : `, decision ${decisionId}`
  return wrap(`${number}. ${strategy} ${end} (${utc(startedAt)} UTC${of}): ${reasoning}`, '  ')
}
