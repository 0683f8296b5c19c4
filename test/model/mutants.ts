/**
 * What happens when guards are switched off: which of them a property rests on alone, which only together, and
 * which repeat what another one says already. docs/safety.md holds the same tables; a test compares them.
 */
import type { GuardId } from './guards.ts'
import type { PropertyId } from './properties.ts'
import type { ScenarioName } from './protocol.ts'

/** Guards switched off together, and the property that falls where. */
export interface Mutant {
  readonly off: readonly GuardId[]
  readonly scenario: ScenarioName
  readonly breaks: PropertyId
}

const mutant = (scenario: ScenarioName, breaks: PropertyId, ...off: readonly GuardId[]): Mutant => ({
  off,
  scenario,
  breaks,
})

/** Each of these away, and a property falls. */
export const NEEDED: readonly Mutant[] = [
  mutant('votes', 'P5', 'vote-pending'),
  mutant('superseded', 'P1', 'propose-in-turn'),
  mutant('undo race', 'P2', 'queue-once'),
  mutant('two decisions', 'P4', 'queue-alone'),
  mutant('votes', 'P1', 'start-valid'),
  mutant('votes', 'P1', 'start-quorum'),
  mutant('signatures', 'P1', 'start-grant'),
  mutant('votes', 'P1', 'start-halt'),
  mutant('votes', 'P5', 'start-queued'),
  mutant('votes', 'P6', 'record-running'),
  mutant('votes', 'P6', 'steps-kept'),
  mutant('lost answers', 'P6', 'finish-open'),
  mutant('undo race', 'P5', 'verdict-ended'),
  mutant('undo race', 'P1', 'verdict-once'),
  mutant('changes', 'P3', 'check-identity'),
  mutant('changes', 'P3', 'check-objects'),
  mutant('undo', 'P3', 'check-effect'),
  mutant('two statements', 'P8', 'end-former-first'),
  mutant('changes', 'P1', 'start-first'),
  mutant('changes', 'P6', 'record-first'),
  mutant('lost answers', 'P2', 'never-again'),
  mutant('changes', 'P1', 'settle-never-sends'),
  mutant('votes', 'P6', 'settle-by-steps'),
  mutant('votes', 'P7', 'settle-own-name'),
]

/** Each of these sets away together, and a property falls; any one of the set kept, and it holds. */
export const TOGETHER: readonly Mutant[] = [
  mutant('votes', 'P1', 'queue-approved', 'start-approved'),
  mutant('votes', 'P1', 'end-unused', 'start-approved'),
  mutant('signatures', 'P1', 'vote-digest', 'queue-approved', 'start-approved', 'check-votes'),
  mutant('undo race', 'P1', 'queue-undo', 'list'),
  mutant('votes', 'P7', 'record-lease', 'adopted-only-checks'),
]

/** Each of these away changes no property: others say the same again, closer to the act. */
export const IN_DEPTH: readonly { readonly guard: GuardId; readonly scenario: ScenarioName }[] = [
  { guard: 'vote-in-time', scenario: 'votes' },
  { guard: 'vote-active', scenario: 'votes' },
  { guard: 'vote-once', scenario: 'votes' },
  { guard: 'vote-second', scenario: 'votes' },
  { guard: 'queue-valid', scenario: 'votes' },
  { guard: 'queue-quorum', scenario: 'votes' },
  { guard: 'queue-grant', scenario: 'signatures' },
  { guard: 'queue-halt', scenario: 'votes' },
  { guard: 'gate', scenario: 'two decisions' },
  { guard: 'start-lease', scenario: 'votes' },
  { guard: 'adopt-free', scenario: 'votes' },
  { guard: 'complete-leased', scenario: 'votes' },
  { guard: 'stop-when-lost', scenario: 'votes' },
]
