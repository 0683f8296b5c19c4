/**
 * What a door asks of a target to help a person fill in a form or see how the target is: questions for the observer,
 * and their answers as people need them. Answers come out of the store, so each is checked before it is believed.
 */
import { z } from 'zod'
import type { EvidenceQuestion, EvidenceRequest } from '../core/nouns.ts'

/** The role that asks, in the row. */
export const ASKED_BY = 'serve'

/** Questions by what they are for. */
export const LOOKUPS = {
  check: (): EvidenceQuestion => ({ kind: 'check', params: {} }),
  preview: (actionId: string, given: EvidenceQuestion['params']): EvidenceQuestion => ({
    kind: 'preview',
    params: { actionId, given, affectedSeries: [] },
  }),
  table: (schema: string, table: string): EvidenceQuestion => ({ kind: 'table', params: { schema, table } }),
  blockers: (): EvidenceQuestion => ({ kind: 'lock-graph', params: {} }),
} as const
/** What a question is for. */
export type LookupName = keyof typeof LOOKUPS

const KINDS: Readonly<Record<LookupName, string>> = {
  check: 'check',
  preview: 'preview',
  table: 'table',
  blockers: 'lock-graph',
}

/** Was the row written by a door, for this? Other roles' evidence is none of a door's business. */
export const isLookup = (request: EvidenceRequest, name: LookupName): boolean =>
  request.requestedBy === ASKED_BY && request.question.kind === KINDS[name]

const unknownReading = z.object({ known: z.literal(false), because: z.string(), toProceed: z.string() })

/** A reading of something: known with its value, or why not. */
export const readingOf = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('known', [z.object({ known: z.literal(true), value }), unknownReading])

const columns = z.array(z.object({ column: z.string(), columnType: z.string() }))
const indexes = z.array(
  z.object({
    index: z.string(),
    unique: z.boolean(),
    visible: z.boolean(),
    columns: z.array(z.object({ column: z.string().nullable() })),
  }),
)
/** A table of a database file: its indexes are known by the statements that made them, which no form needs. */
const fileTable = z
  .object({ columns: z.array(z.object({ name: z.string(), type: z.string() })), own: z.array(z.unknown()) })
  .transform((found) => ({
    columns: found.columns.map(({ name, type }) => ({ column: name, columnType: type })),
    indexes: [],
  }))
/** A table's columns and indexes; null: there is no such base table. */
export const tableAnswer = readingOf(z.union([z.object({ columns, indexes }), fileTable]).nullable())

const root = z.object({
  connectionId: z.string(),
  user: z.string(),
  host: z.string(),
  database: z.string().nullable(),
  command: z.string(),
  kind: z.string(),
  idleSeconds: z.number().nullable(),
  transactionId: z.string().nullable(),
  transactionStartedAt: z.string().nullable(),
  queryId: z.string().nullable(),
  fingerprintId: z.string().nullable(),
  fingerprint: z.string().nullable(),
  waiters: z.array(z.string()),
  longestWaitSeconds: z.number(),
  objects: z.array(z.string()),
})
/** Who blocks whom. */
export const blockersAnswer = readingOf(
  z.object({ epoch: z.string(), instanceUid: z.string(), roots: z.array(root) }),
)
type Graph = Extract<z.infer<typeof blockersAnswer>, { known: true }>['value']

/** A session others wait for, and the identity an action on its connection binds. */
export interface Blocker {
  readonly user: string
  readonly command: string
  /** `client`, or a kind no action touches. */
  readonly kind: string
  readonly idleSeconds: number | null
  /** Masked. */
  readonly statement: string | null
  readonly waiters: number
  readonly longestWaitSeconds: number
  readonly objects: readonly string[]
  readonly connection: { readonly [member: string]: string | null }
}

/** Blockers, those with most waiters first. An idle one is its transaction, one that runs is its statement. */
export function blockersOf({ epoch, instanceUid, roots }: Graph): readonly Blocker[] {
  const byHarm = [...roots].sort((a, b) => b.waiters.length - a.waiters.length)
  return byHarm.map((each) => {
    const idle = each.command === 'Sleep'
    return {
      user: each.user,
      command: each.command,
      kind: each.kind,
      idleSeconds: each.idleSeconds,
      statement: each.fingerprint,
      waiters: each.waiters.length,
      longestWaitSeconds: each.longestWaitSeconds,
      objects: each.objects,
      connection: {
        instanceUid,
        epoch,
        connectionId: each.connectionId,
        user: each.user,
        host: each.host,
        database: each.database,
        transactionId: idle ? each.transactionId : null,
        transactionStartedAt: idle ? each.transactionStartedAt : null,
        queryId: idle ? null : each.queryId,
        statementFingerprintId: idle ? null : each.fingerprintId,
      },
    }
  })
}
