/**
 * Every refusal of the store: number, message, and why the rule exists. The message is what a session sees
 * (at most 128 characters, the limit of MESSAGE_TEXT); `docs/store-rules.md` is made from this table.
 * Numbers are never reused. Where a rule applies is said in `conditions-*.ts`.
 */

import { ERASURE_RULES } from './rules-erasures.ts'
import { PASSKEY_RULES } from './rules-passkeys.ts'
import { RECOVERY_RULES } from './rules-recovery.ts'
import { SOURCE_RULES } from './rules-source.ts'
import { WATCH_RULES } from './rules-watches.ts'

/** One rule. */
export interface RuleText {
  readonly message: string
  readonly why: string
}

/** The rules, by number. */
export const RULES = {
  'GOV-001': {
    message: 'foreign or unique key checks are switched off in this session',
    why: 'Any session may switch them off without privilege (foreign_key_checks, unique_checks; on SQLite foreign_keys and defer_foreign_keys), and the approval gate rests on them.',
  },
  'GOV-002': {
    message: 'CHECK constraints are switched off in this session',
    why: 'MariaDB (check_constraint_checks) and SQLite (ignore_check_constraints) let a session switch them off; plan digests are compared by a CHECK.',
  },
  'GOV-003': {
    message: 'recursive triggers are switched off on this connection',
    why: 'Without recursive_triggers SQLite’s INSERT OR REPLACE deletes a row without firing its delete trigger, which turned a DECLINED vote into an APPROVED one.',
  },
  'GOV-004': {
    message: 'the session time zone is not +00:00',
    why: 'All times are UTC; in another zone SYSDATE would record another hour and stretch every validity.',
  },
  'GOV-005': {
    message: 'this time is set by the store, never by a caller',
    why: 'A forged time would stretch a validity or rewrite the order of events.',
  },
  'GOV-006': {
    message: 'a row with this key exists already; rows are not replaced',
    why: 'SQLite’s OR REPLACE deletes the earlier row; the guard refuses before conflict resolution starts.',
  },
  'GOV-007': {
    message: 'this role does not write this',
    why: 'One role, one account, exactly its own writes: a compromised analyst cannot approve and a compromised server cannot execute.',
  },
  'GOV-010': {
    message: 'this table is append-only',
    why: 'Evidence, analyses, endings, verdicts and the audit chain are history; history is added to.',
  },
  'GOV-011': {
    message: 'admin_approvals is append-only',
    why: 'A vote stands as it was signed; a change of mind is a decision ending.',
  },
  'GOV-012': {
    message: 'action_executions are never deleted',
    why: 'What ran on a server must stay on record.',
  },
  'GOV-013': {
    message: 'recovery_decisions are never deleted',
    why: 'What was proposed, and refused, must stay on record.',
  },
  'GOV-014': {
    message: 'actions are versioned: only action_enabled may change',
    why: 'An approval names an action version; changing it in place would change what was approved.',
  },
  'GOV-015': {
    message: 'this column of an issue never changes, or moves only one way',
    why: 'Fingerprint, category and first event say what the issue is about; counts and last event only grow.',
  },
  'GOV-016': {
    message: 'this column never changes after the row is written',
    why: 'Only the columns listed as mutable in the schema may change.',
  },
  'GOV-017': {
    message: 'rows of this table are ended, never deleted',
    why: 'Rows elsewhere and the audit chain refer to them.',
  },
  'GOV-020': {
    message: 'decisions start PENDING_APPROVAL and unused',
    why: 'A decision inserted as APPROVED would skip its votes.',
  },
  'GOV-021': {
    message: 'the action is unknown, disabled, of another risk or of another engine',
    why: 'Only an enabled action of the catalogue may be recommended, at the action’s own risk level.',
  },
  'GOV-022': {
    message: 'only the status of a decision may change',
    why: 'Its digest is what people vote on; everything below the digest is fixed.',
  },
  'GOV-023': {
    message: 'this change of status is not in the lifecycle',
    why: 'core/lifecycle.ts lists every legal change; state_transitions is generated from it.',
  },
  'GOV-024': {
    message: 'the decision has no vote or ending that supports this status',
    why: 'A status follows from append-only rows and cannot be asserted without them.',
  },
  'GOV-025': {
    message: 'the analysis abstained or is not the newest of its issue',
    why: 'A decision rests on the present diagnosis, and an abstention is not one.',
  },
  'GOV-026': {
    message: 'the binding does not say what the row says',
    why: 'Action, version, definition, target, risk and expiry are inside the text people sign; the columns must agree.',
  },
  'GOV-027': {
    message: 'no row supports this status of the issue',
    why: 'From DECISION_MADE on an issue follows its decision, run and verdict; no role moves it by hand.',
  },
  'GOV-028': { message: 'the issue is over', why: 'A resolved, closed or cancelled issue never changes.' },
  'GOV-029': {
    message: 'the issue is not in a state for this row',
    why: 'Analyses are stored while an issue is being analysed, decisions while one is awaited.',
  },
  'GOV-030': {
    message: 'the vote does not match decision, action, digest and risk',
    why: 'A vote is for one exact plan.',
  },
  'GOV-031': {
    message: 'the decision is not waiting for votes',
    why: 'One DECLINED ends it; so does an ending.',
  },
  'GOV-032': {
    message: 'the decision has expired',
    why: 'The state it was made from is too old to consent to.',
  },
  'GOV-033': {
    message: 'the proposer cannot approve, whichever login is used',
    why: 'Four eyes: compared by person. A sole active approver may approve their own LOW and MEDIUM requests, and the vote says so.',
  },
  'GOV-034': {
    message: 'the validity is outside its bounds',
    why: 'Decisions 7 days; approvals LOW 24 h, MEDIUM 4 h, HIGH and actions on a connection 30 min, from the vote or from the start of its window.',
  },
  'GOV-035': {
    message: 'HIGH risk needs CONDITIONAL_APPROVAL by another person first',
    why: 'Two different persons consent to a HIGH-risk plan: the first conditionally, the second finally.',
  },
  'GOV-036': {
    message: 'a person votes once on a decision',
    why: 'A second login of the same person is not a second opinion.',
  },
  'GOV-037': {
    message: 'the voter is unknown, inactive, no approver, or signs with another key',
    why: 'A vote counts only with the registered key of an active approver.',
  },
  'GOV-038': {
    message: 'this window is not allowed for the vote',
    why: 'A window starts within 7 days, and never for an action on a connection: the connection will not wait.',
  },
  'GOV-039': {
    message: 'there is no undo plan to consent to',
    why: 'Consent in advance is for a plan that was shown.',
  },
  'GOV-040': {
    message: 'runs start QUEUED, empty and without a lease',
    why: 'A run inserted as finished would claim work nobody watched.',
  },
  'GOV-041': {
    message: 'no live APPROVED approval for this decision, action and digest',
    why: 'Approval, its voter (still active), decision and action are read again, newest committed state, at insert and again at start.',
  },
  'GOV-042': {
    message: 'HIGH risk needs two persons whose consent is still valid',
    why: 'Counted by person among the unexpired votes.',
  },
  'GOV-043': {
    message: 'this column of a run never changes',
    why: 'What was approved, for which decision and purpose, is fixed when the run is queued.',
  },
  'GOV-044': {
    message: 'the run has ended',
    why: 'After-metrics and verdicts are rows of execution_verifications.',
  },
  'GOV-045': {
    message: 'recorded steps stay as recorded, and an adopted run sends nothing more',
    why: 'Each statement is recorded before and after it is sent; who takes over a lost lease only checks.',
  },
  'GOV-046': {
    message: 'another copy holds the lease',
    why: 'Two copies never work on the same row; a lease passes on only when it has run out or is given back.',
  },
  'GOV-047': { message: 'a lease is for 10 minutes at most', why: 'A dead copy must be noticed.' },
  'GOV-048': {
    message: 'this needs an unexpired lease',
    why: 'IN_PROGRESS is written by the holder of the lease, before anything is sent.',
  },
  'GOV-049': {
    message: 'UNDO needs consent in advance and a DO run judged regressed',
    why: 'Otherwise the undo is a decision of its own, with its own votes.',
  },
  'GOV-050': {
    message: 'the run has not ended',
    why: 'There is nothing to learn from or to judge before it has.',
  },
  'GOV-051': {
    message: 'this learning record is complete, or the column never changes',
    why: 'Reviewed outcomes train the calibration; they are not edited afterwards.',
  },
  'GOV-052': {
    message: 'the run cannot be judged: it has not ended or never ran',
    why: 'A verdict compares before and after.',
  },
  'GOV-053': {
    message: 'the run has a decided verdict, or a person judges before a measurement',
    why: 'The first decided verdict moves the issue; a person settles only what measurement left undecided.',
  },
  'GOV-054': {
    message: 'this ending does not fit the state of the decision',
    why: 'EXPIRED after the validity, REVOKED after approval, VOIDED and CANCELLED before a run, ASK_OTHER and CLOSE after a decline.',
  },
  'GOV-055': {
    message: 'this ending is not this name’s to write',
    why: 'EXPIRED and VOIDED are the program’s; the others need an active person.',
  },
  'GOV-056': {
    message: 'the assessor is neither the executor nor an active person',
    why: 'Every judgement names who made it.',
  },
  'GOV-060': {
    message: 'the grant is not one an active approver may give',
    why: 'LOW risk, one action version, listed targets, bounded parameters, a signature, at most 366 days, unused and unrevoked.',
  },
  'GOV-061': {
    message: 'the standing approval does not cover this decision',
    why: 'Action, target, category, root cause, confidence, every parameter, validity, uses left, signature: all must fit.',
  },
  'GOV-062': {
    message: 'uses of a standing approval are counted by its votes',
    why: 'The count equals the votes that carry the grant, whoever asks.',
  },
  'GOV-063': {
    message: 'this is revoked or lifted once, by an active person, and stays so',
    why: 'A revocation holds at once and is never undone; a new grant or halt is a new row.',
  },
  'GOV-064': {
    message: 'a login belongs to one person for good',
    why: 'Moving a login to another person would let one person vote twice.',
  },
  'GOV-065': {
    message: 'only an active person may do this',
    why: 'Settings, halts, windows and requests each name the person behind them; registrations of logins name an active administrator and the key that signs, all but the very first.',
  },
  'GOV-066': {
    message: 'only an active approver or administrator may do this',
    why: 'Anybody may stop; lifting a stop, a change window and a person’s verdict let something go on, a consented undo among it.',
  },
  'GOV-067': {
    message: 'only an active administrator may do this',
    why: 'Which actions may be proposed at all is decided by who administers the installation.',
  },
  'GOV-068': {
    message: 'no signed registration in order says this of the login',
    why: 'What a login is and may is signed by an administrator; registrations follow each other without a gap, each over the digest of the one before, and a login says what its newest one says. The executor verifies the signatures.',
  },
  'GOV-069': {
    message: 'the last active administrator stays',
    why: 'Two administrators who shut each other out at once would leave nobody who could let anybody in again.',
  },
  'GOV-070': {
    message: 'a halt is on for this run',
    why: 'While a stop switch is on nothing in its scope is queued or started.',
  },
  'GOV-071': {
    message: 'another run is open on this target',
    why: 'One action a target at a time, undo runs too: the target’s row is locked while a run is queued, so two executors cannot both find it free. No fault of the approval: the run is tried again.',
  },
  'GOV-080': {
    message: 'this does not continue the audit chain',
    why: 'Each link carries the hash of the one before; a link out of place is refused.',
  },
  'GOV-081': {
    message: 'event batches follow each other without a gap',
    why: 'Every event is inside exactly one sealed range.',
  },
  'GOV-082': {
    message: 'the batch does not have the digest and count of its events',
    why: 'The store computes them again.',
  },
  'GOV-083': {
    message: 'events go only by pruning a batch sealed 30 days ago, and never one an issue refers to',
    why: 'A pruned range leaves its digest in the audit chain.',
  },
  'GOV-084': {
    message:
      'samples younger than 8 days (1 day if rolled up), or of a run still to be judged, are not removed',
    why: 'Baselines read the same hour of seven earlier days, rolled up or not; a verdict needs the windows around its run.',
  },
  'GOV-090': {
    message: 'issues start DETECTED, with a BREACH event of the same target and fingerprint',
    why: 'Every issue rests on evidence of its own.',
  },
  'GOV-091': {
    message: 'a request is answered once',
    why: 'REQUESTED becomes ANSWERED, FAILED or EXPIRED, and stays so.',
  },
  'GOV-100': {
    message: 'this is not this person’s to write',
    why: 'A password or session is its owner’s or an administrator’s to set; roles and links are given by an active administrator, the link of first set-up only while nobody has a password.',
  },
  'GOV-101': {
    message: 'the validity of a session, token or link is outside its bounds',
    why: 'Sessions end within 30 days, tokens within 366, links within 7: what is forgotten stops working by itself.',
  },
  'GOV-102': {
    message: 'a link is used once, before it expires',
    why: 'A link that worked twice would be a password sent in clear.',
  },
  'GOV-103': {
    message: 'sessions stay 30 days after their end, attempts to sign in for a day',
    why: 'Lockout counts attempts, and who was signed in when is asked for later.',
  },
  'GOV-104': {
    message: 'the login itself has not this right or this key',
    why: 'A role in a workspace never gives more than the login has: approving and administering are rights of users, and a sealed key is the registered one.',
  },
  'GOV-105': {
    message: 'a reading is of an active person and names the plan of its decision',
    why: 'That the evidence was opened counts for the plan that was shown, and for nobody else.',
  },
  'GOV-106': {
    message: 'an answer is kept two days at most, written once, and stays until then',
    why: 'Who asks twice under one key gets the first answer; a key whose request did nothing may be given back.',
  },
  'GOV-107': {
    message: 'a second factor is its owner’s to set, removed once, and its steps only go forward',
    why: 'Whoever could set another’s second factor could be them; a code that was taken once is never taken again.',
  },
  'GOV-108': {
    message: 'a recovery code is of a living second factor, and used once',
    why: 'A code that worked twice would be a password written on paper.',
  },
  'GOV-109': {
    message: 'a token has known scopes, votes only for an approver, and never on HIGH risk',
    why: 'No script decides on HIGH risk or administers, and none votes for a person who may not.',
  },
  'GOV-110': {
    message: 'an invitation is an administrator’s, answered once in time, and settled once',
    why: 'The key that is registered is the one that was answered with, under the login that was invited.',
  },
  'GOV-111': {
    message: 'counts of failures only grow, with the store’s own time, from the places they happen at',
    why: 'The count of a pattern is kept by the triggers of its places; who could lower one could hide what fails.',
  },
  'GOV-112': {
    message: 'a pattern of failures goes only when seen fewer than ten times, and not for 90 days',
    why: 'What happens often comes back, and is then judged by its history.',
  },
  'GOV-113': {
    message: 'the record of a batch of failures stays two days',
    why: 'A batch that is sent again counts once; who sends one tries again every five minutes at most.',
  },
  'GOV-114': {
    message: 'a pattern of failures has 51 places at most, the last for all others',
    why: 'What an application can make up without end would fill the store.',
  },
  'GOV-115': {
    message: 'a suppression is of the fingerprint, target and severity of an issue an instrument reported',
    why: 'What is silenced was seen first; a person’s own request is ended, not silenced.',
  },
  'GOV-116': {
    message: 'a suppression ends within 90 days, of CRITICAL within 7, and is not ended once it is over',
    why: 'What is silenced for ever is forgotten; who wants it longer says so again, with a reason.',
  },
  'GOV-117': {
    message: 'this is suppressed on this target already',
    why: 'A second one beside the first would lengthen it without its reason.',
  },
  'GOV-118': {
    message: 'what a suppression held is counted one by one, by newer events of it, while it holds',
    why: 'The count says how much was not shown; each of it has an event behind it.',
  },
  'GOV-119': {
    message: 'this is suppressed: no issue that is no worse opens until that is over',
    why: 'A copy of the analyst that did not look would open what a person silenced.',
  },
  ...RECOVERY_RULES,
  ...WATCH_RULES,
  ...SOURCE_RULES,
  ...PASSKEY_RULES,
  ...ERASURE_RULES,
  'GOV-134': {
    message: 'only an active approver or administrator suppresses what is CRITICAL',
    why: 'Who may ask for actions is not who may let it be forgotten that a server is in danger.',
  },
  'GOV-135': {
    message: 'without an active approver or administrator this is suppressed for 90 of any 180 days',
    why: 'A suppression said again each time it runs out is one for ever; somebody who answers for it has to say so.',
  },
} as const satisfies Record<string, RuleText>

/** Number of a rule. */
export type RuleId = keyof typeof RULES

/** The text a session is given when the rule refuses: number, space, message. */
export function refusalText(id: RuleId): string {
  return `${id} ${RULES[id].message}`
}

/** The rule a database error names, or null if it names none. */
export function ruleOf(errorMessage: string): RuleId | null {
  const found = /GOV-\d{3}/.exec(errorMessage)?.[0]
  return found !== undefined && found in RULES ? (found as RuleId) : null
}
