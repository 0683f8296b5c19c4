/** The catalogue with its documentation, switches and track record. */
import { z } from 'zod'
import { type AnyAction, actionProse, allActions } from '../../app/index.ts'
import type { ActionRecord } from '../../core/browse-port.ts'
import { parameterExample, parameterWords } from '../../core/parameter-form.ts'
import type { ApiServer, ServerContext } from '../context.ts'
import { catalogueItemSchema } from '../schemas/catalogue.ts'
import { answers, list, workspaceQuery } from '../schemas/parts.ts'

type Item = z.infer<typeof catalogueItemSchema>

const NOTHING_YET: Item['record'] = {
  runs: 0,
  outcomes: [],
  verdicts: [],
  medianImprovementPercent: null,
  lastRunAt: null,
}

/** Adds the route. */
export function catalogueRoutes(app: ApiServer, { installation }: ServerContext): void {
  const { browse, read } = installation.store
  app.get(
    '/api/catalogue',
    {
      config: { right: 'read' },
      schema: {
        summary: 'What each action does, needs, guards and verifies, whether it is on, and how its runs went',
        tags: ['pipeline'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(catalogueItemSchema) }) }, 400, 401, 403),
      },
    },
    async (request) => {
      const rows = await read.actions()
      const records = await browse.actionRecords(request.workspaceId)
      const items = allActions().map(async (action): Promise<Item> => {
        const row = rows.find(
          (each) => each.actionName === action.id && each.actionVersion === action.version,
        )
        const record = records.find((each) => each.actionName === action.id)
        const prose = await actionProse(action.id)
        return { ...factsOf(action), prose, enabled: row?.actionEnabled ?? null, record: recordOf(record) }
      })
      return { items: await Promise.all(items) }
    },
  )
}

function recordOf(record: ActionRecord | undefined): Item['record'] {
  if (record === undefined) return NOTHING_YET
  const { actionName: _name, ...figures } = record
  return figures
}

function factsOf(action: AnyAction): Omit<Item, 'prose' | 'enabled' | 'record'> {
  return {
    actionName: action.id,
    actionVersion: action.version,
    engine: action.engine,
    actionCategory: action.category,
    title: action.title,
    riskLevel: action.risk,
    riskReason: action.riskReason,
    issueCategories: action.issueCategories,
    template: action.template,
    parameters: Object.entries(action.parameters).map(([name, kind]) => ({
      name,
      kind,
      words: parameterWords(kind),
      example: parameterExample(kind),
    })),
    conditions: action.conditions.map(({ id, rule }) => ({ id, rule })),
    guards: action.guards,
    verification: action.verification,
    undo: 'actionId' in action.undo ? { actionName: action.undo.actionId } : { whyNot: action.undo.whyNot },
    limits: action.limits,
    privileges: action.privileges,
    bindsConnection: action.bindsConnection,
  }
}
