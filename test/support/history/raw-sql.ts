/**
 * Raw SQL as acts: what a stolen or broken account may try on its own connection, and the owner on theirs. Some of it
 * is allowed (an executor's account may start a run that was approved); what is allowed is judged by the rows and the
 * chain afterwards, like everything else.
 */
import { refusalOf } from '../../store/attacks/attack.ts'
import { type Cells, fromNow, insertSql, literal, raw } from '../../store/support/literals.ts'
import type { Who } from './houses.ts'
import type { Act, Stage } from './stage.ts'

const RUN = 'action_executions'
const VOTE = 'admin_approvals'
const DECISION = 'recovery_decisions'
const ISSUE = 'detected_issues'
const SAMPLE = 'metric_samples'

/** Rows a statement may be about, and a literal of a time that many seconds ahead. */
interface Picked {
  readonly run: number
  readonly vote: number
  readonly otherVote: number
  readonly decision: number
  readonly otherDecision: number
  readonly issue: number
  readonly sample: number
  readonly person: string
  /** What a vote on the decision must say, and what it says of the person. */
  readonly plan: Cells
  readonly login: Cells
  /** Somebody's signature on something. */
  readonly signature: string
  readonly until: (seconds: number) => string
  readonly mysql: boolean
  readonly n: number
}

type Statement = (p: Picked) => string

const word =
  (...words: readonly string[]) =>
  (at: number): string =>
    words[at % words.length] ?? ''
const runState = word('QUEUED', 'IN_PROGRESS', 'COMPLETED', 'FAILED')
const decisionState = word('PENDING_APPROVAL', 'APPROVED', 'DECLINED', 'CANCELLED', 'EXPIRED')
const issueState = word(
  'UNDER_ANALYSIS',
  'APPROVED',
  'EXECUTING',
  'VERIFYING',
  'RESOLVED',
  'CLOSED',
  'CANCELLED',
)
const SIGNATURE = `${'A'.repeat(86)}==`

const runFrom = (vote: number, decision: string, purpose: string): string =>
  `INSERT INTO ${RUN} (approval_id, decision_id, action_id, plan_digest, purpose, executed_by) SELECT approval_id, ${decision}, action_id, plan_digest, '${purpose}', 'raw' FROM ${VOTE} WHERE approval_id = ${vote}`

/** A vote in somebody's name. Literals: a trigger of the MySQL family may not change a table the statement reads. */
const voteOn = (p: Picked, signature: string, status: string): string =>
  insertSql(
    VOTE,
    {
      decision_id: p.plan['decision_id'] ?? 0,
      action_id: p.plan['recommended_action_id'] ?? 0,
      plan_digest: p.plan['plan_digest'] ?? '',
      risk_level: p.plan['risk_level'] ?? 'LOW',
      admin_user_id: p.person,
      person_id: p.login['person_id'] ?? 0,
      approval_status: status,
      approval_reason: 'CONFIDENT',
      undo_preconsented: p.n % 2,
      authentication_method: 'key',
      signature,
      key_id: p.login['key_id'] ?? '',
      expires_at: raw(p.until(600)),
    },
    p.mysql ? 'mysql' : 'sqlite',
  )

const start = (p: Picked, seconds: number): string =>
  `UPDATE ${RUN} SET execution_status = 'IN_PROGRESS', lease_owner = 'raw', lease_expires_at = ${p.until(seconds)} WHERE execution_id = ${p.run}`

/** What is tried, by name; the account it is tried with comes from the act. */
const STATEMENTS: Readonly<Record<string, Statement>> = {
  'a run of a vote': (p) => runFrom(p.vote, 'decision_id', p.n % 4 === 3 ? 'UNDO' : 'DO'),
  'an undo of a vote': (p) => runFrom(p.vote, 'decision_id', 'UNDO'),
  'a run of another decision': (p) => runFrom(p.vote, String(p.otherDecision), 'DO'),
  'runs of two votes': (p) =>
    runFrom(p.vote, 'decision_id', 'DO').replace(/= \d+$/, `IN (${p.vote}, ${p.otherVote})`),
  'a run inserted as ended': (p) =>
    `INSERT INTO ${RUN} (approval_id, decision_id, action_id, plan_digest, purpose, executed_by, execution_status, execution_outcome) SELECT approval_id, decision_id, action_id, plan_digest, 'DO', 'raw', 'COMPLETED', 'SUCCESS' FROM ${VOTE} WHERE approval_id = ${p.vote}`,
  'a start': (p) => start(p, 60),
  'a start for a day': (p) => start(p, 86_400),
  'a run put into a state': (p) =>
    `UPDATE ${RUN} SET execution_status = '${runState(p.n)}' WHERE execution_id = ${p.run}`,
  'a run ended': (p) =>
    `UPDATE ${RUN} SET execution_status = '${p.n % 2 === 0 ? 'COMPLETED' : 'FAILED'}', execution_outcome = '${p.n % 2 === 0 ? 'SUCCESS' : 'FAILED'}' WHERE execution_id = ${p.run}`,
  'steps rewritten': (p) => `UPDATE ${RUN} SET steps = '[]' WHERE execution_id = ${p.run}`,
  'a lease stolen': (p) =>
    `UPDATE ${RUN} SET lease_owner = 'thief', lease_expires_at = ${p.until(60)} WHERE execution_id = ${p.run}`,
  'a lease cut': (p) => `UPDATE ${RUN} SET lease_expires_at = ${p.until(-1)} WHERE execution_id = ${p.run}`,
  'a run given another vote': (p) =>
    `UPDATE ${RUN} SET approval_id = ${p.otherVote} WHERE execution_id = ${p.run}`,
  'a run made an undo': (p) => `UPDATE ${RUN} SET purpose = 'UNDO' WHERE execution_id = ${p.run}`,
  'a run deleted': (p) => `DELETE FROM ${RUN} WHERE execution_id = ${p.run}`,
  'a run replaced': (p) => runFrom(p.vote, 'decision_id', 'DO').replace('INSERT', 'REPLACE'),
  'a vote forged': (p) => voteOn(p, SIGNATURE, p.n % 3 === 2 ? 'CONDITIONAL_APPROVAL' : 'APPROVED'),
  'a vote copied to another decision': (p) => voteOn(p, p.signature, 'APPROVED'),
  'a vote turned': (p) => `UPDATE ${VOTE} SET approval_status = 'APPROVED' WHERE approval_id = ${p.vote}`,
  'a vote prolonged': (p) =>
    `UPDATE ${VOTE} SET expires_at = ${p.until(80_000)} WHERE approval_id = ${p.vote}`,
  'a vote deleted': (p) => `DELETE FROM ${VOTE} WHERE approval_id = ${p.vote}`,
  'a decision put into a state': (p) =>
    `UPDATE ${DECISION} SET decision_status = '${decisionState(p.n)}' WHERE decision_id = ${p.decision}`,
  'a decision not used': (p) => `UPDATE ${DECISION} SET used_at = NULL WHERE decision_id = ${p.decision}`,
  'a decision of another plan': (p) =>
    `UPDATE ${DECISION} SET plan_digest = '${'0'.repeat(64)}' WHERE decision_id = ${p.decision}`,
  'a decision deleted': (p) => `DELETE FROM ${DECISION} WHERE decision_id = ${p.decision}`,
  'a decision copied as approved': (p) =>
    `INSERT INTO ${DECISION} (analysis_id, issue_id, target_id, recommended_action_id, risk_level, binding_text, plan_digest, preflight_digest, confidence_based_score, decision_rationale, proposed_by, expires_at, decision_status) SELECT analysis_id, issue_id, target_id, recommended_action_id, risk_level, binding_text, plan_digest, preflight_digest, confidence_based_score, decision_rationale, proposed_by, expires_at, 'APPROVED' FROM ${DECISION} WHERE decision_id = ${p.decision}`,
  'an ending': (p) =>
    `INSERT INTO decision_endings (decision_id, ending, reason, ended_by) VALUES (${p.decision}, '${word('EXPIRED', 'VOIDED', 'CANCELLED', 'REVOKED', 'ASK_OTHER', 'CLOSE')(p.n)}', 'raw', '${p.n % 2 === 0 ? 'dbmedic' : p.person}')`,
  'an ending deleted': (p) => `DELETE FROM decision_endings WHERE decision_id = ${p.decision}`,
  'an issue put into a state': (p) =>
    `UPDATE ${ISSUE} SET issue_status = '${issueState(p.n)}' WHERE issue_id = ${p.issue}`,
  'an issue deleted': (p) => `DELETE FROM ${ISSUE} WHERE issue_id = ${p.issue}`,
  'a verdict': (p) =>
    `INSERT INTO execution_verifications (execution_id, verdict, metric_name, metric_unit, lower_is_better, samples_before, samples_after, details, assessed_by) VALUES (${p.run}, '${word('regressed', 'improved', 'undecided')(p.n)}', 'm', 'ms', 1, 30, 30, '{}', '${p.n % 2 === 0 ? 'act' : p.person}')`,
  'a verdict turned': (p) =>
    `UPDATE execution_verifications SET verdict = 'regressed' WHERE execution_id = ${p.run}`,
  'a grant prolonged': (p) =>
    `UPDATE standing_approvals SET uses_taken = 0, valid_until = ${p.until(9_999_999)}`,
  'a grant used again': () => 'UPDATE standing_approvals SET uses_taken = 0',
  'a halt deleted': () => 'DELETE FROM halts',
  'halts lifted': (p) => `UPDATE halts SET lifted_by = '${p.person}'`,
  'a suppression prolonged': (p) => `UPDATE suppressions SET expires_at = ${p.until(9_999_999)}`,
  'suppressions ended': (p) => `UPDATE suppressions SET ended_by = '${p.person}'`,
  'a suppression deleted': () => 'DELETE FROM suppressions',
  'a person made another': (p) => `UPDATE users SET person_id = 1 WHERE user_id = '${p.person}'`,
  'an action relabelled': () => "UPDATE predefined_actions SET risk_level = 'LOW'",
  'the lifecycle widened': () =>
    "INSERT INTO state_transitions (entity, from_state, to_state, moved_by) VALUES ('execution', 'COMPLETED', 'QUEUED', 'act')",
  'the lifecycle narrowed': () => "DELETE FROM state_transitions WHERE entity = 'execution'",
  'a link rewritten': (p) => `UPDATE audit_log SET canonical = '{}' WHERE seq = ${p.run + p.n}`,
  'a link deleted': (p) => `DELETE FROM audit_log WHERE seq = ${p.run + p.n}`,
  'a link appended': (p) =>
    `INSERT INTO audit_log (seq, canonical, prev_hash, row_hash) SELECT last_seq + 1, '{}', last_hash, '${'0'.repeat(62)}${10 + (p.n % 80)}' FROM audit_head`,
  'a sample deleted': (p) => `DELETE FROM ${SAMPLE} WHERE sample_id = ${p.sample}`,
  'samples deleted': (p) => `DELETE FROM ${SAMPLE} WHERE sample_id >= ${p.sample}`,
  'a sample changed': (p) => `UPDATE ${SAMPLE} SET calls = 0 WHERE sample_id = ${p.sample}`,
  'sums forged': (p) =>
    `INSERT INTO ${SAMPLE} (target_id, instance_uid, epoch, series_kind, series_key, window_start, window_end, calls, total_ms, measures) SELECT target_id, instance_uid, epoch, 'statement/10m', series_key, window_start, window_end, 0, 0, measures FROM ${SAMPLE} WHERE sample_id = ${p.sample} AND series_kind = 'statement'`,
  'the head moved': () => 'UPDATE audit_head SET last_seq = 0',
}

/** Names of all statements. */
export const RAW_NAMES: readonly string[] = Object.keys(STATEMENTS)
/** Statements an executor’s account may have allowed, and those that lead on: tried more often. */
const OFTEN = new Set([
  'a run of a vote',
  'a start',
  'a run ended',
  'a vote forged',
  'runs of two votes',
  'a verdict',
])
const DECK = RAW_NAMES.flatMap((name) => Array<string>(OFTEN.has(name) ? 6 : 1).fill(name))

const WHO: readonly Who[] = [
  'act',
  'owner',
  'serve',
  'act',
  'reason',
  'owner',
  'observe',
  'learn',
  'auditor',
  'retention',
]

/** Whose account usually tries what; every third attempt comes from any. */
const FITTING: Readonly<Record<string, Who>> = {
  'a vote forged': 'serve',
  'a vote copied to another decision': 'serve',
  'a run of a vote': 'act',
  'runs of two votes': 'act',
  'a start': 'act',
  'a run ended': 'act',
  'a verdict': 'act',
  'an ending': 'serve',
  'a sample deleted': 'retention',
  'samples deleted': 'retention',
  'sums forged': 'observe',
}

/** Tries one statement; gives its name and what became of it. @throws the driver’s error if it is no refusal. */
export async function tryRaw(stage: Stage, act: Act): Promise<readonly [string, 'done' | 'refused']> {
  const name = DECK[(act.a * 24 + act.b) % DECK.length] ?? 'a start'
  const fitting = act.c % 3 === 0 ? undefined : FITTING[name]
  const who = fitting ?? WHO[(act.b + act.c) % WHO.length] ?? 'act'
  const picked = await pickRows(stage, act)
  const session = await stage.session(who)
  const sql = STATEMENTS[name]?.(picked) ?? ''
  try {
    await session.run(sql)
    return [`${name}`, 'done']
  } catch (error) {
    const refusal = refusalOf(error)
    // 1442: a trigger would change a table that the statement reads.
    if (/^(GOV-\d{3}|grant|key|check|value|other: 1442 .*)$/.test(refusal)) return [name, 'refused']
    throw new Error(`${who}: ${sql}: ${refusal}`, { cause: error })
  }
}

/** Some of the newest rows, by the act’s numbers. */
async function pickRows(stage: Stage, act: Act): Promise<Picked> {
  const owner = await stage.session('owner')
  const newest = async (table: string, key: string): Promise<readonly number[]> =>
    (await owner.rows(`SELECT ${key} AS id FROM ${table} ORDER BY ${key} DESC LIMIT 8`)).map((row) =>
      Number(row['id']),
    )
  const [runs, votes, decisions, issues] = [
    await newest(RUN, 'execution_id'),
    await newest(VOTE, 'approval_id'),
    await newest(DECISION, 'decision_id'),
    await newest(ISSUE, 'issue_id'),
  ]
  const samples = await newest(SAMPLE, 'sample_id')
  const at = (list: readonly number[], n: number): number => list[n % Math.max(1, list.length)] ?? 0
  const { dialect } = owner
  const person = ['anna', 'bert', 'carl'][act.b % 3] ?? 'anna'
  const [plan] = await owner.rows(
    `SELECT decision_id, recommended_action_id, plan_digest, risk_level FROM ${DECISION} WHERE decision_id = ${at(decisions, act.a >> 2)}`,
  )
  const [login] = await owner.rows(`SELECT person_id, key_id FROM users WHERE user_id = '${person}'`)
  const [signed] = await owner.rows(
    `SELECT signature FROM ${VOTE} WHERE approval_id = ${at(votes, act.a >> 2)}`,
  )
  return {
    plan: (plan ?? {}) as Cells,
    login: (login ?? {}) as Cells,
    signature: String(signed?.['signature'] ?? SIGNATURE),
    run: at(runs, act.a >> 2),
    vote: at(votes, act.a >> 2),
    otherVote: at(votes, act.b),
    decision: at(decisions, act.a >> 2),
    otherDecision: at(decisions, act.b),
    issue: at(issues, act.a >> 2),
    sample: at(samples, act.c),
    person,
    until: (seconds) => literal(fromNow(seconds * 1000), dialect),
    mysql: dialect === 'mysql',
    n: act.c,
  }
}
