/** What stands around the pipeline: how far confidence can be relied on, and what the configuration allows. */
import type { z } from 'zod'
import type { Config } from '../../app/index.ts'
import type { ApiServer, ServerContext } from '../context.ts'
import { policiesSchema, reliabilitySchema } from '../schemas/around.ts'
import { answers, workspaceQuery } from '../schemas/parts.ts'

/** Adds the routes. */
export function aroundRoutes(app: ApiServer, context: ServerContext): void {
  const { installation } = context
  const { browse, read } = installation.store
  const pinned = installation.pinned ?? (() => installation.config.access.administrators)
  app.get(
    '/api/reliability',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Confidence against outcome, by reviewed runs, and the calibrators fitted so far',
        tags: ['learn'],
        querystring: workspaceQuery,
        response: answers({ 200: reliabilitySchema }, 400, 401, 403),
      },
    },
    async (request) => ({
      ...(await browse.reliability(request.workspaceId)),
      // The one every store begins with was fitted on nothing.
      calibrators: (await read.calibrators()).filter((each) => each.records > 0),
    }),
  )
  app.get(
    '/api/policies',
    {
      config: { right: 'read' },
      schema: {
        summary: 'What dbmedic.yaml allows: bounds of actions, verification, retention, sessions',
        tags: ['switches'],
        querystring: workspaceQuery,
        response: answers({ 200: policiesSchema }, 400, 401, 403),
      },
    },
    async () => ({
      ...policiesOf(installation.config, context),
      pinnedAdministrators: pinned().length,
    }),
  )
}

/** No secret, no address, no reference to either is among them: each member is named in the schema. */
function policiesOf(
  config: Config,
  { panel, rolesToProve }: ServerContext,
): Omit<z.infer<typeof policiesSchema>, 'pinnedAdministrators'> {
  const { analysis, detection, actions, verification, retention, model, runtime } = config
  return {
    analysis,
    detection: {
      pace: detection.pace,
      breaches: detection.opening.breaches,
      ofWindows: detection.opening.ofWindows,
      closingWindows: detection.closing.windows,
    },
    actions,
    verification,
    retention,
    panel: { ...panel, secondFactorFor: [...rolesToProve] },
    model: { kind: model.kind, model: model.model },
    runApproved: runtime.runApproved,
  }
}
