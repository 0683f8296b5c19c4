/** The dashboard, targets, the catalogue of actions. */
import { z } from 'zod'
import type { Target } from '../../core/nouns.ts'
import type { ApiServer, ServerContext } from '../context.ts'
import { dashboardFigures } from '../dashboard-figures.ts'
import { approvalAuditSchema } from '../schemas/approvers.ts'
import { actionSchema, dashboardSchema, targetSchema } from '../schemas/browse.ts'
import { answers, list, workspace, workspaceQuery } from '../schemas/parts.ts'

/** A target as it is sent: its address and options stay here. */
export const targetView = (target: Target): z.infer<typeof targetSchema> => ({
  targetId: target.targetId,
  targetName: target.targetName,
  engine: target.engine,
  enabled: target.enabled,
  instanceUid: target.instanceUid,
  watchedBy: target.leaseOwner ?? null,
})

const approversQuery = z.strictObject({
  workspace,
  days: z.coerce.number().int().min(1).max(90).default(7).meta({ description: 'How many days back.' }),
})

/** Adds the routes. */
export function overviewRoutes(app: ApiServer, { installation }: ServerContext): void {
  const { browse, read } = installation.store
  const dashboardOf = dashboardFigures({ browse, read })
  const haltsOf = async (workspaceId: number) => {
    const ids = new Set((await browse.targetIds(workspaceId)).map(String))
    return (await read.halts()).filter(({ scope, key }) => scope !== 'TARGET' || ids.has(key))
  }
  app.get(
    '/api/dashboard',
    {
      config: { right: 'read' },
      schema: {
        summary: 'What is wrong, what waits for a vote, how the last runs went',
        tags: ['pipeline'],
        querystring: workspaceQuery,
        response: answers({ 200: dashboardSchema }, 400, 401, 403),
      },
    },
    async (request) => ({
      ...(await dashboardOf(request.workspaceId)),
      halts: await haltsOf(request.workspaceId),
    }),
  )
  approversRoute(app, browse)
  app.get(
    '/api/targets',
    {
      config: { right: 'read' },
      schema: {
        summary: 'The database servers under care',
        tags: ['pipeline'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(targetSchema) }) }, 400, 401, 403),
      },
    },
    async (request) => {
      const ids = new Set(await browse.targetIds(request.workspaceId))
      return { items: (await read.targets()).filter((target) => ids.has(target.targetId)).map(targetView) }
    },
  )
  app.get(
    '/api/actions',
    {
      config: { right: 'read' },
      schema: {
        summary: 'The catalogue: everything that may ever be done, every version',
        tags: ['pipeline'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(actionSchema) }) }, 400, 401, 403),
      },
    },
    async () => ({ items: await read.actions() }),
  )
}

function approversRoute(app: ApiServer, browse: ServerContext['installation']['store']['browse']): void {
  app.get(
    '/api/approvers',
    {
      config: { right: 'read' },
      schema: {
        summary: 'How people approve: how many an hour, how long they read, what they decline, and warnings',
        tags: ['pipeline'],
        querystring: approversQuery,
        response: answers({ 200: approvalAuditSchema }, 400, 401, 403),
      },
    },
    async (request) => {
      const { days } = request.query
      return { days, items: await browse.approvers({ workspaceId: request.workspaceId, days }) }
    },
  )
}
