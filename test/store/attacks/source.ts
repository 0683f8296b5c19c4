/** Attacks on what is put back into a repository: bytes that no run of ours replaced, under the name of an undo. */
import { canonicalJson, type Json } from '../../../src/core/canonical.ts'
import { writeStep } from '../../../src/engines/source/patch-step.ts'
import { type Approved, type Proposed, type Running, type Scene, sha, type Wish } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { without } from './without.ts'

const RUN = 'action_executions'
const DECISION = 'recovery_decisions'
const FIX = 'source/apply-patch'
const RESTORE = 'source/restore-file'

/** A file’s change: names of digests stand for the digests of those names. */
interface Change {
  readonly path?: string
  readonly before: string
  readonly after: string
}

interface Given {
  readonly action?: string
  readonly change: Change
  /** What the step, and its undo, say instead of that. */
  readonly says?: Change
  readonly undoSays?: Change
  /** Name of the repository; default `code`. */
  readonly on?: string
  readonly instanceUid?: string
  readonly steps?: number
  readonly guarded?: boolean
}

const MENDED: Change = { before: 'as it was', after: 'as it is' }
const BACK: Change = { before: 'as it is', after: 'as it was' }

/** The id of a repository of this name, and the ids of its actions; made when first asked for. */
async function repository(s: Scene, name: string): Promise<number> {
  const known = await s.value(`SELECT target_id FROM targets WHERE target_name = '${name}'`)
  if (known !== null) return Number(known)
  const id = await s.add('targets', { target_name: name, engine: 'source', connection: '{}' }, 'target_id')
  await s.owner.run(`UPDATE targets SET instance_uid = 'source:${name}' WHERE target_id = ${id}`)
  return id
}

async function actionId(s: Scene, name: string): Promise<number> {
  const known = `SELECT action_id FROM predefined_actions WHERE action_name = '${name}'`
  const found = await s.value(known)
  if (found !== null) return Number(found)
  const row = { ...s.actionRow('index'), action_name: name, engine: 'source', definition_digest: sha(name) }
  return s.add('predefined_actions', row, 'action_id')
}

const fileOf = ({ path = 'src/a "b".js', before, after }: Change) => ({
  path,
  before: sha(before),
  after: sha(after),
})

function stepOf(change: Change): Json {
  const { path: file, before, after } = fileOf(change)
  const diff = `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-${change.before}\n+${change.after}\nfile "other"`
  const text = writeStep({ root: '/srv/app', commit: null, file, before, after, diff })
  return { kind: 'statement', text, timeoutMs: 1000, onlyIf: null }
}

/** The row of a decision, which is in order in all that is not said otherwise. */
async function row(s: Scene, given: Given) {
  const { action = FIX, change, says = change, on = 'code', steps = 1 } = given
  const { undoSays = { ...says, before: says.after, after: says.before } } = given
  const target = await repository(s, on)
  const instanceUid = given.instanceUid ?? `source:${on}`
  if (given.instanceUid !== undefined)
    await s.owner.run(`UPDATE targets SET instance_uid = '${instanceUid}' WHERE target_id = ${target}`)
  const fingerprint = s.fingerprint()
  const of = { target_id: target, instance_uid: instanceUid }
  const eventId = await s.event(fingerprint, of)
  const issueId = await s.add('detected_issues', s.issueRow(fingerprint, eventId, of), 'issue_id')
  await s.move(issueId, 'UNDER_ANALYSIS')
  const analysisId = await s.add('ai_analysis', s.analysisRow(issueId), 'analysis_id')
  await s.move(issueId, 'AWAITING_DECISION')
  const guards = given.guarded === true ? [stepOf(change)] : []
  const binding: NonNullable<Wish['binding']> = (is) => ({
    ...is,
    action: { name: action, version: 1, definitionDigest: sha(action) },
    riskLevel: 'MEDIUM',
    target: { id: target, name: on, engine: 'source', instanceUid, epoch: null },
    parameters: { file: fileOf(change) },
    guards,
    steps: Array.from({ length: steps }, () => stepOf(says)),
    undo: { plan: { guards: [], steps: [stepOf(undoSays)] } },
  })
  const id = await actionId(s, action)
  const cells = { target_id: target, recommended_action_id: id }
  return s.decisionRow({ issueId, analysisId }, { risk: 'MEDIUM', binding, row: cells })
}

const asked = async (s: Scene, given: Given): Promise<string> => s.sql(DECISION, await row(s, given))

async function proposed(s: Scene, given: Given): Promise<Proposed> {
  const cells = await row(s, given)
  const decisionId = await s.add(DECISION, cells, 'decision_id')
  return {
    issueId: Number(cells['issue_id']),
    analysisId: Number(cells['analysis_id']),
    decisionId,
    actionId: Number(cells['recommended_action_id']),
    planDigest: String(cells['plan_digest']),
    risk: 'MEDIUM',
  }
}

async function approved(s: Scene, given: Given, preconsented = 0): Promise<Approved> {
  const of = await proposed(s, given)
  return { ...of, approvalId: await s.vote(of, { undo_preconsented: preconsented }) }
}

async function queued(s: Scene, given: Given, preconsented = 0): Promise<Running> {
  await s.settle()
  const of = await approved(s, given, preconsented)
  return { ...of, executionId: await s.add(RUN, s.runRow(of), 'execution_id') }
}

/** A run that has ended; completed unless told otherwise. */
async function ran(s: Scene, given: Given, status = 'COMPLETED', outcome = 'SUCCESS'): Promise<Running> {
  const of = await queued(s, given, 1)
  await s.owner.run(s.start(of.executionId))
  await s.owner.run(s.end(of.executionId, status, outcome))
  return of
}

const putBack = (change: Change = BACK, more: Partial<Given> = {}): Given => ({
  action: RESTORE,
  change,
  ...more,
})
const NEVER: Change = { before: 'as it is', after: 'what somebody committed into .dbmedic/backups' }

/** A change of one’s own in each attack: runs of the others stay on record. */
const own = (s: Scene, { before, after, ...more }: Change): Change => {
  const path = more.path ?? `src/${s.next()}.js`
  return { path, before, after }
}

/** A decision made while its rules were away, as one from before there were any. */
async function decidedBefore(s: Scene, given: Given): Promise<Approved> {
  const cells = await row(s, given)
  await without(s, `${DECISION}_before_insert`, [
    s.sql(DECISION, s.mysql ? cells : { ...cells, created_at: new Date() }),
  ])
  const decisionId = Number(await s.value(`SELECT MAX(decision_id) FROM ${DECISION}`))
  const of: Proposed = {
    issueId: Number(cells['issue_id']),
    analysisId: Number(cells['analysis_id']),
    decisionId,
    actionId: Number(cells['recommended_action_id']),
    planDigest: String(cells['plan_digest']),
    risk: 'MEDIUM',
  }
  return { ...of, approvalId: await s.vote(of) }
}

/** Attacks and controls, in order. */
export const SOURCE_ATTACKS: readonly Attack[] = [
  attack('a fix, which rests on nothing earlier', 'reason', 'allowed', (s) =>
    asked(s, { change: own(s, MENDED) }),
  ),
  attack('a restore of what a run replaced', 'reason', 'allowed', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ ...BACK, path }))
  }),
  attack('a restore of what a run replaced that was proven in part only', 'reason', 'allowed', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } }, 'COMPLETED', 'PARTIAL_SUCCESS')
    return asked(s, putBack({ ...BACK, path }))
  }),
  attack('a restore of what a restore replaced', 'reason', 'allowed', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    await ran(s, putBack({ ...BACK, path }))
    return asked(s, putBack({ ...MENDED, path }))
  }),
  attack('a restore where nothing ever ran', 'reason', 'GOV-129', (s) => asked(s, putBack(own(s, NEVER)))),
  attack('the owner restores where nothing ever ran', 'owner', 'GOV-129', (s) =>
    asked(s, putBack(own(s, NEVER))),
  ),
  attack('a restore of other bytes than a run replaced', 'reason', 'GOV-129', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ ...NEVER, path }))
  }),
  attack('a restore from other bytes than a run left', 'reason', 'GOV-129', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ path, before: 'as somebody left it', after: BACK.after }))
  }),
  attack('a restore of another file with the bytes of one', 'reason', 'GOV-129', async (s) => {
    await ran(s, { change: own(s, MENDED) })
    return asked(s, putBack(own(s, BACK)))
  }),
  attack('a restore of a file whose name differs by case', 'reason', 'GOV-129', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ ...BACK, path: path.toUpperCase() }))
  }),
  attack('a restore in the direction of the fix', 'reason', 'GOV-129', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ ...MENDED, path }))
  }),
  attack('a restore of what a run of another repository replaced', 'reason', 'GOV-129', async (s) => {
    const { path = '' } = own(s, MENDED)
    await ran(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ ...BACK, path }, { on: 'other-code' }))
  }),
  attack(
    'a restore of what a run replaced in another folder of that name',
    'reason',
    'GOV-129',
    async (s) => {
      const { path = '' } = own(s, MENDED)
      await ran(s, { change: { ...MENDED, path }, on: 'moved', instanceUid: 'source:first' })
      return asked(s, putBack({ ...BACK, path }, { on: 'moved', instanceUid: 'source:second' }))
    },
  ),
  ...(['REFUSED', 'FAILED', 'UNKNOWN'] as const).map((outcome) =>
    attack(`a restore of what a run replaced that ended ${outcome}`, 'reason', 'GOV-129', async (s) => {
      const { path = '' } = own(s, MENDED)
      await ran(s, { change: { ...MENDED, path } }, 'FAILED', outcome)
      return asked(s, putBack({ ...BACK, path }))
    }),
  ),
  attack('a restore of what a run will replace that was only approved', 'reason', 'GOV-129', async (s) => {
    const { path = '' } = own(s, MENDED)
    await approved(s, { change: { ...MENDED, path } })
    return asked(s, putBack({ ...BACK, path }))
  }),
  attack('a restore under the name of another action', 'reason', 'GOV-129', (s) =>
    asked(s, putBack(own(s, NEVER), { action: 'source/put-back' })),
  ),
  attack('a run of a restore that was decided before there was this rule', 'act', 'GOV-129', async (s) =>
    s.sql(RUN, s.runRow(await decidedBefore(s, putBack(own(s, NEVER))))),
  ),
  attack('the start of a restore that was queued before there was this rule', 'act', 'GOV-129', async (s) => {
    const of = await decidedBefore(s, putBack(own(s, NEVER)))
    const cells = s.mysql ? s.runRow(of) : { ...s.runRow(of), queued_at: new Date() }
    await without(s, `${RUN}_before_insert`, [s.sql(RUN, cells)])
    return s.start(Number(await s.value(`SELECT MAX(execution_id) FROM ${RUN}`)))
  }),
  attack('a step about another file than the parameters', 'reason', 'GOV-130', (s) => {
    const change = own(s, MENDED)
    return asked(s, { change, says: { ...change, path: 'src/other.js' } })
  }),
  attack('a step that makes something else than the parameters', 'reason', 'GOV-130', (s) => {
    const change = own(s, MENDED)
    return asked(s, { change, says: { ...change, after: NEVER.after } })
  }),
  attack('an undo that makes something else than what was', 'reason', 'GOV-130', (s) => {
    const change = own(s, MENDED)
    return asked(s, {
      change,
      undoSays: { path: change.path ?? '', before: change.after, after: NEVER.after },
    })
  }),
  attack('an undo of another file', 'reason', 'GOV-130', (s) => {
    const change = own(s, MENDED)
    return asked(s, { change, undoSays: { ...BACK, path: 'src/other.js' } })
  }),
  attack('two files in one decision', 'reason', 'GOV-130', (s) =>
    asked(s, { change: own(s, MENDED), steps: 2 }),
  ),
  attack('a file changed by a guard', 'reason', 'GOV-130', (s) =>
    asked(s, { change: own(s, MENDED), guarded: true }),
  ),
  attack(
    'an undo that was consented to in a vote, of a run judged regressed',
    'act',
    'allowed',
    async (s) => {
      const of = await ran(s, { change: own(s, MENDED) })
      await s.add('execution_verifications', s.verdictRow(of.executionId, 'regressed'))
      return s.sql(RUN, s.runRow(of, { purpose: 'UNDO' }))
    },
  ),
  attack(
    'a second step hidden behind a member written twice',
    'reason',
    ['GOV-130', 'GOV-129'],
    async (s) => {
      const cells = await row(s, putBack(own(s, NEVER)))
      const text = String(cells['binding_text'])
      const twice = `{"parameters":${canonicalJson({ file: fileOf(own(s, BACK)) })},${text.slice(1)}`
      return s.sql(DECISION, { ...cells, binding_text: twice, plan_digest: sha(twice) })
    },
  ),
]
