/** Issues: the queue, and one with its whole story. */
import { z } from 'zod'
import { readStory } from '../../app/index.ts'
import { ISSUE_STATES, OPEN_ISSUE_STATES } from '../../core/lifecycle.ts'
import { ISSUE_CATEGORIES, SEVERITIES } from '../../core/vocabulary.ts'
import { type ApiServer, found, inWorkspace, type ServerContext } from '../context.ts'
import { afterOf, sent, sortingOf } from '../cursor.ts'
import { storySchema } from '../schemas/browse.ts'
import { answers, id, numbers, page, pageQuery, words, workspaceQuery } from '../schemas/parts.ts'
import { issueSchema } from '../schemas/pipeline.ts'
import { targetView } from './overview.ts'

const SORTS = ['-opened', 'opened', '-severity', 'severity', '-occurrences', 'occurrences'] as const

const query = z.strictObject({
  ...pageQuery(SORTS, '-opened'),
  state: words([...ISSUE_STATES, 'OPEN']).meta({
    description: `One or several states, separated by commas: ${ISSUE_STATES.join(', ')}; OPEN: every state before an end.`,
  }),
  severity: words(SEVERITIES),
  category: words(ISSUE_CATEGORIES),
  target: numbers,
  search: z.string().min(1).max(200).optional().meta({ description: 'Part of the resource’s name.' }),
})

/** Adds the routes. */
export function issueRoutes(app: ApiServer, context: ServerContext): void {
  const { browse, read } = context.installation.store
  app.get(
    '/api/issues',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Issues, filtered and sorted',
        tags: ['pipeline'],
        querystring: query,
        response: answers({ 200: page(issueSchema) }, 400, 401, 403),
      },
    },
    async (request) => {
      const { state, severity, category, target, search, sort, cursor, limit } = request.query
      const states = state?.flatMap((word) => (word === 'OPEN' ? OPEN_ISSUE_STATES : [word]))
      const found = await browse.issues({
        workspaceId: request.workspaceId,
        ...sortingOf<'opened' | 'severity' | 'occurrences'>(sort),
        after: afterOf(cursor, sort),
        limit,
        ...(states === undefined ? {} : { states }),
        ...(severity === undefined ? {} : { severities: severity }),
        ...(category === undefined ? {} : { categories: category }),
        ...(target === undefined ? {} : { targetIds: target }),
        ...(search === undefined ? {} : { search }),
      })
      return sent(found, sort)
    },
  )
  app.get(
    '/api/issues/:issueId',
    {
      config: { right: 'read' },
      schema: {
        summary: 'One issue from its first event to its learning record',
        tags: ['pipeline'],
        params: z.strictObject({ issueId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        response: answers({ 200: storySchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { issueId } = request.params
      await inWorkspace(context, request, { value: await read.issue(issueId), kind: 'issue', id: issueId })
      const story = found(await readStory(read, issueId), 'issue', issueId)
      return { ...story, target: story.target === null ? null : targetView(story.target) }
    },
  )
}
