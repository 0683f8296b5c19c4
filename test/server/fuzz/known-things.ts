/** What there is in the store under test, by the name a parameter or member of the API has for it; and whole bodies. */
import { signVote } from '../../../src/access/index.ts'
import { allActions } from '../../../src/app/index.ts'
import type { Json } from '../../../src/core/canonical.ts'
import type { Decision } from '../../../src/core/nouns.ts'
import { exampleParameters } from '../../../src/core/parameter-form.ts'
import { fromMs } from '../../../src/core/time.ts'
import { digestOf, newSecret } from '../../../src/server/secrets.ts'
import { decide, makeIssue, newGrant } from '../../support/pipeline-rows.ts'
import { type ApiWorld, PEOPLE, signInOf } from '../support/api-world.ts'
import type { Draw } from './draw.ts'
import type { Operation } from './operations.ts'

/** The password every person of the fuzz has; it may stand in no answer and no line. */
export const PASSWORD = 'zq7password four plain words'

type Body = Readonly<Record<string, unknown>>

/** A body whose members fit each other, and the address it belongs to. */
export interface Fitting {
  readonly path: string
  readonly body: Body
}

/** The things of one world. Numbers are looked up anew by `renew`. */
export class KnownThings {
  readonly #api: ApiWorld
  #pending: readonly Decision[] = []
  #ids: Readonly<Record<string, readonly (string | number)[]>> = {}
  #resources = 0

  constructor(api: ApiWorld) {
    this.#api = api
  }

  /** Looks at what there is, and sees to it that something waits for a vote. */
  async renew(): Promise<void> {
    const { world } = this.#api
    const { read } = world.store
    const waiting = (): Promise<readonly Decision[]> =>
      read.decisions({ status: 'PENDING_APPROVAL', limit: 20 })
    this.#pending = await waiting()
    for (const action of ['mysql/analyze-table', 'mysql/rebuild-table']) {
      if (this.#pending.length > 4) break
      this.#resources += 1
      await decide(world, await makeIssue(world, `fuzz.table_${this.#resources}`), { action })
      this.#pending = await waiting()
    }
    const suppressions = await read.suppressions({ after: null, limit: 50 })
    const [issues, decisions, grants, halts, lessons] = [
      await read.issues({ limit: 50 }),
      await read.decisions({ limit: 50 }),
      await read.standingApprovals(),
      await read.halts(),
      await read.lessons({ limit: 20 }),
    ]
    this.#ids = {
      issueId: issues.map((each) => each.issueId),
      issueIds: issues.map((each) => each.issueId),
      subject: ['decision:1', 'user:bert'],
      kind: ['halts', 'users'],
      decisionId: decisions.map((each) => each.decisionId),
      planDigest: decisions.map((each) => each.planDigest),
      executionId: [this.#api.ids.executionId],
      targetId: [world.targetId],
      target: [world.targetId],
      targetIds: [world.targetId],
      grantId: grants.map((each) => each.standingApprovalId),
      suppressionId: suppressions.rows.map((each) => each.suppressionId),
      issue: issues.map((each) => each.issueId),
      haltId: halts.map((each) => each.haltId),
      lessonId: lessons.map((each) => each.learningRecordId),
      requestId: [1, 2, 3],
      tokenId: [1, 2, 3, 4, 5],
      invitationId: [1, 2, 3],
      checkId: [this.#api.ids.checkId],
      previewId: [this.#api.ids.previewId],
      lookupId: [this.#api.ids.lookupId],
      userName: [...Object.values(PEOPLE), 'carl'],
      actionName: [...allActions().map((each) => each.id), 'mysql/analyze-table'],
      action: allActions().map((each) => each.id),
      engine: ['mysql'],
      password: [PASSWORD],
      current: [PASSWORD],
      workspace: [1, 1, 1, 1, 2],
    }
  }

  /** A right value for that name; undefined: none is known. */
  value(draw: Draw, name: string): string | number | undefined {
    const values = this.#ids[name] ?? []
    return values.length === 0 ? undefined : draw.pick(values)
  }

  /** The whole body of an operation whose members must fit each other, with the path it belongs to. */
  async fitting(draw: Draw, operation: Operation): Promise<Fitting | null> {
    switch (operation.name) {
      case 'POST /api/requests':
        return { path: operation.path, body: { ...this.#wish(draw), reason: draw.text(30) } }
      case 'POST /api/previews':
        return { path: operation.path, body: this.#wish(draw) }
      case 'POST /api/grants':
        return { path: operation.path, body: await this.#grant() }
      case 'POST /api/windows':
        return { path: operation.path, body: this.#window(draw) }
      case 'POST /api/decisions/{decisionId}/votes':
      case 'POST /api/decisions/{decisionId}/ballot':
      case 'PUT /api/decisions/{decisionId}/reading':
        return this.#onDecision(draw, operation)
      case 'POST /api/links/redeem':
        return { path: operation.path, body: await this.#link('carl') }
      case 'POST /api/session':
        return { path: operation.path, body: { userName: this.value(draw, 'userName'), password: PASSWORD } }
      default:
        return null
    }
  }

  #wish(draw: Draw): Body {
    const action = draw.pick(allActions())
    const params = exampleParameters(action.parameters)
    return { targetId: this.#api.world.targetId, actionName: action.id, params }
  }

  async #link(userName: string): Promise<Body> {
    const secret = newSecret()
    const link = { linkDigest: digestOf(secret), userName, by: 'anna', lifetimeSeconds: 3600 }
    await signInOf(this.#api.world.store).addLink(link)
    return { secret, userName, password: PASSWORD }
  }

  #window(draw: Draw): Body {
    const from = Date.now() + draw.int(1, 72) * 3_600_000
    const [startsAt, endsAt] = [fromMs(from), fromMs(from + 3_600_000)]
    return { targetId: this.#api.world.targetId, startsAt, endsAt, reason: draw.text(30) }
  }

  async #grant(): Promise<Body> {
    const { grantedBy: _bert, ...grant } = await newGrant(this.#api.world, this.#api.world.bert)
    return grant
  }

  #onDecision(draw: Draw, operation: Operation): Fitting | null {
    if (this.#pending.length === 0) return null
    const decision = draw.pick(this.#pending)
    const path = operation.path.replace('{decisionId}', String(decision.decisionId))
    const { planDigest } = decision
    if (operation.method === 'PUT') return { path, body: { planDigest } }
    const decline = draw.chance(0.2)
    const reason = decline ? ('BAD_TIMING' as const) : ('CONFIDENT' as const)
    const ballot = { planDigest, decline, reason }
    if (operation.path.endsWith('ballot')) return { path, body: ballot }
    return { path, body: { ...ballot, ...this.#signature(decision, decline), password: PASSWORD } }
  }

  /** As bert's page would sign it: right for bert, and for nobody else who sends it. */
  #signature(decision: Decision, decline: boolean): Readonly<Record<string, Json>> {
    const { bert } = this.#api.world
    const approvalStatus = decline
      ? 'DECLINED'
      : decision.riskLevel === 'HIGH'
        ? 'CONDITIONAL_APPROVAL'
        : 'APPROVED'
    const expiresAt = fromMs(Date.now() + 600_000)
    const signature = signVote(
      {
        decisionId: decision.decisionId,
        actionId: decision.recommendedActionId,
        planDigest: decision.planDigest,
        riskLevel: decision.riskLevel,
        adminUserId: bert.userName,
        approvalStatus,
        approvalReason: decline ? 'BAD_TIMING' : 'CONFIDENT',
        adminNotes: null,
        conditions: { undoPreconsented: false, windowStart: null },
        authenticationMethod: 'key',
        keyId: bert.keyId,
        standingApprovalId: null,
        expiresAt,
      },
      bert,
    )
    return { approvalStatus, expiresAt, signature }
  }
}
