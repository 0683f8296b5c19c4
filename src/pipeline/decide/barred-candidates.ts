/** Why nothing is proposed for an issue of an error that is switched off, or that came back twice: said of each candidate. */
import type { RecoveryBar } from '../../core/healing-desk.ts'
import type { Analysis } from '../../core/nouns.ts'
import type { RefusedCandidate } from './decide-issue.ts'

/** Digits of a signature that name it to a person. */
const SHOWN_DIGITS = 12

/** The candidates of the named hypothesis, each refused. */
export function barredCandidates(analysis: Analysis, bar: RecoveryBar): readonly RefusedCandidate[] {
  const named = analysis.competingHypotheses.find((h) => h.lostBecause === null)
  return (named?.candidates ?? []).map(({ actionId }) => ({ actionId, ...said(bar) }))
}

function said(bar: RecoveryBar): Omit<RefusedCandidate, 'actionId'> {
  const signature = bar.signature.slice(0, SHOWN_DIGITS)
  if (bar.bar === 'came-back')
    return {
      because: `this error came back after ${bar.healings} healings within 30 days`,
      toProceed: `Find out why it comes back: dbmedic errors show ${signature}. What a person asks for (dbmedic request) is decided as ever.`,
    }
  const who = bar.by === null ? 'a person' : bar.by
  return {
    because: `${who} switched recovery off for ${bar.isBeside ? 'an error that applications report of the same' : 'this error'}${bar.reason === null ? '' : ` (${bar.reason})`}`,
    toProceed: `Switch it on again: dbmedic errors recovery ${signature} --on --reason TEXT`,
  }
}
