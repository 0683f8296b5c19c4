/** What commands read, over the API. Rows are as the API sends them: a few members the store has are not sent. */
import { z } from 'zod'
import { type DecisionDetail, type Story, sha256 } from '../../app/index.ts'
import type { Page } from '../../core/browse-port.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { FailurePattern, FailurePatternQuery } from '../../core/failure-patterns.ts'
import type { Decision, Execution, Issue, Lesson } from '../../core/nouns.ts'
import type { Binding } from '../../core/plan.ts'
import type { IssueFilter, ReadPort } from '../../core/store-ports.ts'
import type { Suppression, SuppressionQuery } from '../../core/suppressions.ts'
import type { UtcTime } from '../../core/time.ts'
import { cursorOf } from '../../server/cursor.ts'
import { bindingSchema } from '../../server/schemas/binding.ts'
import {
  actionSchema,
  auditRowSchema,
  decisionDetailSchema,
  storySchema,
  targetSchema,
} from '../../server/schemas/browse.ts'
import { failureDetailSchema, failurePatternSchema } from '../../server/schemas/failures.ts'
import { json, list, page, time } from '../../server/schemas/parts.ts'
import { personSchema } from '../../server/schemas/people.ts'
import { issueSchema, lessonSchema } from '../../server/schemas/pipeline.ts'
import { suppressionSchema } from '../../server/schemas/suppressions.ts'
import { grantSchema, stopSchema, windowSchema } from '../../server/schemas/writes.ts'
import type { RemoteServer } from './remote-server.ts'

interface Items<T> {
  readonly items: readonly T[]
}
interface PageOf<T> extends Items<T> {
  readonly next: string | null
}

const dashboardShape = z.object({ at: time })
/** What is known of the error is said by the program that shows it. */
const failureDetailShape = failureDetailSchema.omit({ explanation: true })
const reportShape = z.object({ sql: z.string(), rows: list(z.record(z.string(), json)) })

/** Rows of a page of the API at most. */
const PAGE_MOST = 200

/** @throws DbmedicError DBM_USAGE, always: this is only to be had where the store is. */
export const notOverServer = (what: string) => (): never => {
  throw new DbmedicError('DBM_USAGE', {
    problem: `${what} is not to be had over a server`,
    hint: 'Run it where the store is, without --server.',
  })
}

/** The reading port over a server. */
export function remoteRead(server: RemoteServer): ReadPort {
  const stories = new RemoteStories(server)
  const items = async <T>(path: string, item: z.ZodType): Promise<readonly T[]> =>
    (await server.get<Items<T>>(path, z.object({ items: list(item) }))).items
  return {
    now: async () => (await server.get<{ readonly at: UtcTime }>('/api/dashboard', dashboardShape)).at,
    targets: () => items('/api/targets', targetSchema),
    actions: () => items('/api/actions', actionSchema),
    issue: async (issueId) => (await stories.ofIssue(issueId))?.issue ?? null,
    issues: (filter) => issues(server, filter),
    lessons: (filter) => lessons(server, stories, filter),
    halts: () => items('/api/stops', stopSchema),
    people: () => items('/api/people', personSchema),
    standingApprovals: () => items('/api/grants', grantSchema),
    changeWindows: (targetId) => items(`/api/targets/${targetId}/windows`, windowSchema),
    audit: async (from, limit) =>
      (
        await server.get<Items<never>>('/api/audit', z.object({ items: list(auditRowSchema) }), {
          from,
          limit: Math.min(limit, 1000),
        })
      ).items,
    report: (name, options) => server.get(`/api/reports/${name}`, reportShape, { ...options }),
    ...ofStories(stories),
    auditContaining: notOverServer('looking through links in the store'),
    runs: notOverServer('the history of runs'),
    registrations: notOverServer('the list of registrations'),
    samples: notOverServer('a series'),
    calibrators: notOverServer('the list of calibrators'),
    suppressions: (query) => suppressions(server, query),
    failurePatterns: (query) => failurePatterns(server, query),
    failurePattern: (_workspaceId, signature) =>
      server.find(`/api/errors/patterns/${signature}`, failureDetailShape),
  }
}

/** A page; the workspace is the one the server was named with. */
async function failurePatterns(
  server: RemoteServer,
  { sort, descending, limit, signature, engine, failureType, targetId }: FailurePatternQuery,
): Promise<Page<FailurePattern>> {
  const query = {
    sort: `${descending ? '-' : ''}${sort}`,
    limit: Math.min(limit, PAGE_MOST),
    ...(signature === undefined ? {} : { signature }),
    ...(engine === undefined ? {} : { engine }),
    ...(failureType === undefined ? {} : { type: failureType }),
    ...(targetId === undefined ? {} : { target: targetId }),
  }
  const shape = page(failurePatternSchema)
  const { items } = await server.get<PageOf<FailurePattern>>('/api/errors/patterns', shape, query)
  return { rows: items, next: null }
}

/** The first page, as far as it goes; the workspace is the one the server was named with. */
async function suppressions(
  server: RemoteServer,
  { active, issueId, limit }: SuppressionQuery,
): Promise<Page<Suppression>> {
  const { items } = await server.get<PageOf<Suppression>>('/api/suppressions', page(suppressionSchema), {
    limit: Math.min(limit, PAGE_MOST),
    ...(active === undefined ? {} : { active: String(active) }),
    ...(issueId === undefined ? {} : { issue: issueId }),
  })
  return { rows: items, next: null }
}

/** What belongs to one issue or decision comes with its story. */
function ofStories(
  stories: RemoteStories,
): Pick<
  ReadPort,
  'events' | 'analyses' | 'decision' | 'decisions' | 'approvals' | 'executions' | 'verifications' | 'endings'
> {
  return {
    events: async ({ issueFingerprint }) => stories.eventsOf(issueFingerprint ?? ''),
    analyses: async (issueId) => (await stories.ofIssue(issueId))?.analyses ?? [],
    decision: async (decisionId) => (await stories.ofDecision(decisionId))?.decision ?? null,
    decisions: async ({ issueId }) =>
      (await stories.ofIssue(issueId ?? 0))?.decisions.map(({ decision }) => decision) ?? [],
    approvals: async (decisionId) => (await stories.ofDecision(decisionId))?.approvals ?? [],
    endings: async (decisionId) => (await stories.ofDecision(decisionId))?.endings ?? [],
    executions: async ({ decisionId }) =>
      (await stories.ofDecision(decisionId ?? 0))?.executions.map(({ execution }) => execution) ?? [],
    verifications: async (executionId) => stories.verificationsOf(executionId),
  }
}

type DecisionParts = Pick<DecisionDetail, 'decision' | 'approvals' | 'endings' | 'executions'>

/** Stories that were read in this command; each is asked for once. */
class RemoteStories {
  readonly #server: RemoteServer
  readonly #issues = new Map<number, Promise<Story | null>>()
  readonly #decisions = new Map<number, DecisionParts>()
  readonly #seen: Story[] = []

  constructor(server: RemoteServer) {
    this.#server = server
  }

  ofIssue(issueId: number): Promise<Story | null> {
    const known = this.#issues.get(issueId) ?? this.#readIssue(issueId)
    this.#issues.set(issueId, known)
    return known
  }

  async ofDecision(decisionId: number): Promise<DecisionParts | null> {
    const known = this.#decisions.get(decisionId)
    if (known !== undefined) return known
    const read = await this.#server.find<DecisionDetail>(`/api/decisions/${decisionId}`, decisionDetailSchema)
    if (read !== null) this.#decisions.set(decisionId, requireWhole(read))
    return read
  }

  eventsOf(issueFingerprint: string): Story['events'] {
    return this.#seen.find(({ issue }) => issue.issueFingerprint === issueFingerprint)?.events ?? []
  }

  verificationsOf(executionId: number): DecisionParts['executions'][number]['verifications'] {
    const runs = [...this.#decisions.values()].flatMap(({ executions }) => executions)
    return (
      runs.find(({ execution }: { execution: Execution }) => execution.executionId === executionId)
        ?.verifications ?? []
    )
  }

  async #readIssue(issueId: number): Promise<Story | null> {
    const story = await this.#server.find<Story>(`/api/issues/${issueId}`, storySchema)
    if (story === null) return null
    this.#seen.push(story)
    for (const each of story.decisions) this.#decisions.set(each.decision.decisionId, requireWhole(each))
    return story
  }
}

/**
 * What is shown is read from the text that is signed, not from what stands beside it; and a text under another digest,
 * or with a risk, target or end beside it that it does not have, is not shown.
 * @throws DbmedicError DBM_VOTE_INVALID
 */
function requireWhole<T extends DecisionParts>(parts: T): T {
  const { decision }: { decision: Decision } = parts
  const parsed = bindingSchema.safeParse(jsonOf(decision.bindingText))
  const [binding, digest] = [parsed.data as Binding | undefined, sha256(decision.bindingText)]
  const isWhole =
    digest === decision.planDigest &&
    binding !== undefined &&
    binding.riskLevel === decision.riskLevel &&
    binding.target.id === decision.targetId &&
    binding.expiresAt === decision.expiresAt
  if (isWhole) return { ...parts, binding }
  throw new DbmedicError('DBM_VOTE_INVALID', {
    problem: `decision ${decision.decisionId} as the server tells it is not the plan it gives the digest of`,
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function issues(server: RemoteServer, filter: IssueFilter): Promise<readonly Issue[]> {
  const { limit, beforeIssueId, targetId, states, category } = filter
  const query = {
    sort: '-opened',
    ...(targetId === undefined ? {} : { target: targetId }),
    ...(states === undefined ? {} : { state: states.join(',') }),
    ...(category === undefined ? {} : { category }),
  }
  const begin = beforeIssueId === undefined ? null : { value: beforeIssueId, id: beforeIssueId }
  return pages(server, '/api/issues', { item: issueSchema, query, limit, cursor: cursorOf(begin, '-opened') })
}

async function lessons(
  server: RemoteServer,
  stories: RemoteStories,
  { issueId, limit }: { readonly issueId?: number; readonly limit: number },
): Promise<readonly Lesson[]> {
  if (issueId !== undefined) return (await stories.ofIssue(issueId))?.lessons ?? []
  return pages(server, '/api/lessons', { item: lessonSchema, query: {}, limit, cursor: null })
}

async function pages<T>(
  server: RemoteServer,
  path: string,
  from: {
    readonly item: z.ZodType
    readonly query: Readonly<Record<string, string | number>>
    readonly limit: number
    readonly cursor: string | null
  },
): Promise<readonly T[]> {
  const rows: T[] = []
  let { cursor } = from
  do {
    const limit = Math.min(PAGE_MOST, from.limit - rows.length)
    const query = { ...from.query, limit, ...(cursor === null ? {} : { cursor }) }
    const read: PageOf<T> = await server.get(path, page(from.item), query)
    rows.push(...read.items.slice(0, limit))
    // Only the last page may be empty: whoever says otherwise would have us ask for ever.
    cursor = read.items.length === 0 ? null : read.next
  } while (cursor !== null && rows.length < from.limit)
  return rows
}
