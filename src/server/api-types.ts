/** All the panel may see of the server: the types of what the API sends. */
import type { z } from 'zod'
import type { problemSchema } from './problem.ts'
import type * as approvers from './schemas/approvers.ts'
import type * as around from './schemas/around.ts'
import type * as browse from './schemas/browse.ts'
import type * as catalogue from './schemas/catalogue.ts'
import type * as invitations from './schemas/invitations.ts'
import type * as lookups from './schemas/lookups.ts'
import type * as passkeys from './schemas/passkeys.ts'
import type * as people from './schemas/people.ts'
import type * as pipeline from './schemas/pipeline.ts'
import type * as suppressions from './schemas/suppressions.ts'
import type * as tokens from './schemas/tokens.ts'
import type * as writes from './schemas/writes.ts'

/** Within the value of a claim that shows how a statement is run. */
export type { PlanStep } from '../core/plan-step.ts'

export type Problem = z.infer<typeof problemSchema>
export type Dashboard = z.infer<typeof browse.dashboardSchema>
export type ApprovalAudit = z.infer<typeof approvers.approvalAuditSchema>
export type Issue = z.infer<typeof pipeline.issueSchema>
export type Story = z.infer<typeof browse.storySchema>
export type DecisionRow = z.infer<typeof browse.decisionRowSchema>
export type DecisionDetail = z.infer<typeof browse.decisionDetailSchema>
export type ExecutionRow = z.infer<typeof browse.executionRowSchema>
export type ExecutionDetail = z.infer<typeof browse.executionDetailSchema>
export type Lesson = z.infer<typeof pipeline.lessonSchema>
export type LessonRow = z.infer<typeof around.lessonRowSchema>
export type Reliability = z.infer<typeof around.reliabilitySchema>
export type Policies = z.infer<typeof around.policiesSchema>
export type CatalogueItem = z.infer<typeof catalogue.catalogueItemSchema>
export type TargetCheck = z.infer<typeof lookups.checkSchema>
export type Preview = z.infer<typeof lookups.previewSchema>
export type NewPreview = z.input<typeof lookups.newPreviewSchema>
export type Lookup = z.infer<typeof lookups.lookupSchema>
export type NewLookup = z.input<typeof lookups.newLookupSchema>
export type Target = z.infer<typeof browse.targetSchema>
export type Action = z.infer<typeof browse.actionSchema>
export type AuditHit = z.infer<typeof browse.auditHitSchema>
export type Session = z.infer<typeof people.sessionSchema>
export type SecondFactor = z.infer<typeof people.secondFactorSchema>
export type SecondFactorDraft = z.infer<typeof people.draftFactorSchema>
export type Passkeys = z.infer<typeof passkeys.passkeysSchema>
export type Passkey = z.infer<typeof passkeys.passkeySchema>
export type PasskeyAnswer = z.infer<typeof passkeys.passkeyAnswer>
export type PasskeyChallenge = z.infer<typeof passkeys.challengeSchema>
export type NewPasskeyChallenge = z.infer<typeof passkeys.newChallengeSchema>
export type MadePasskey = z.infer<typeof passkeys.madePasskeySchema>
export type Invitation = z.infer<typeof invitations.invitationSchema>
export type NewInvitation = z.input<typeof invitations.newInvitationSchema>
export type Registration = z.infer<typeof invitations.registrationSchema>
export type OpenInvitation = z.infer<typeof invitations.openInvitationSchema>
export type Person = z.infer<typeof people.personSchema>
export type Token = z.infer<typeof tokens.tokenSchema>
export type Workspace = z.infer<typeof invitations.workspaceSchema>
export type ToSign = z.infer<typeof writes.toSignSchema>
export type NewVote = z.input<typeof writes.voteSchema>
export type Undo = z.infer<typeof writes.undoSchema>
export type Voted = z.infer<typeof writes.votedSchema>
export type Stop = z.infer<typeof writes.stopSchema>
export type ChangeWindow = z.infer<typeof writes.windowSchema>
export type Grant = z.infer<typeof writes.grantSchema>
export type Dismissed = writes.Dismissed
export type Suppressed = suppressions.Suppressed
export type Suppression = z.infer<typeof suppressions.suppressionSchema>
export type NewGrant = z.input<typeof writes.newGrantSchema>
export type NewRequest = z.input<typeof writes.newRequestSchema>
export type RequestState = z.infer<typeof writes.requestSchema>
/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}
