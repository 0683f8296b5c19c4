/** What commands change, over the API. The server judges rights by the token; names given here are not sent. */
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import { CLOSE_ISSUE, type ReadPort, type ServePort } from '../../core/store-ports.ts'
import { id } from '../../server/schemas/parts.ts'
import { requestSchema } from '../../server/schemas/writes.ts'
import { notOverServer } from './remote-read.ts'
import type { RemoteServer } from './remote-server.ts'

const ENDINGS = { CANCELLED: 'cancel', REVOKED: 'revoke', ASK_OTHER: 'ask-other', CLOSE: 'close' } as const

/** The members of a stop that name what it is about. */
const SCOPES = { ENGINE: 'engine', TARGET: 'target', ACTION: 'action' } as const

/** An answer without a body. */
const done = z.undefined()
const haltShape = z.object({ haltId: id })
const windowShape = z.object({ changeWindowId: id })
const requestedShape = z.object({ requestId: id })

/** The serving port over a server. */
export function remoteServe(server: RemoteServer, read: ReadPort): ServePort {
  return {
    read,
    endDecision: async (decisionId, ending, reason) => {
      await server.send(`/api/decisions/${decisionId}/${ENDINGS[ending]}`, { reason }, done)
    },
    halt: async ({ scope, key, reason }) => {
      const of = scope === 'ALL' ? {} : { [SCOPES[scope]]: scope === 'TARGET' ? Number(key) : key }
      return (await server.send<z.infer<typeof haltShape>>('/api/stops', { ...of, reason }, haltShape)).haltId
    },
    liftHalt: async (haltId) => {
      await server.send(`/api/stops/${haltId}/lift`, undefined, done)
    },
    endSuppression: async (suppressionId) => {
      await server.send(`/api/suppressions/${suppressionId}/end`, undefined, done)
    },
    acceptWatch: async ({ watchId, days }) => {
      await server.send(`/api/watches/${watchId}/accept`, { days }, done)
    },
    endWatch: async ({ watchId }) => {
      await server.send(`/api/watches/${watchId}/end`, undefined, done)
    },
    switchRecovery: async ({ signature, on, reason }) => {
      const way = on ? 'on' : 'off'
      await server.send(`/api/errors/patterns/${signature}/recovery/${way}`, { reason }, done)
    },
    revokeStanding: async (grantId) => {
      await server.send(`/api/grants/${grantId}/revoke`, undefined, done)
    },
    addChangeWindow: async ({ targetId, startsAt, endsAt, reason }) =>
      (
        await server.send<z.infer<typeof windowShape>>(
          '/api/windows',
          { targetId, startsAt, endsAt, reason },
          windowShape,
        )
      ).changeWindowId,
    requestRecovery: async ({ targetId, issueId, actionName, params, reason }) => {
      const asked =
        actionName === CLOSE_ISSUE
          ? server.send<Requested>(`/api/issues/${issueId}/close`, { reason }, requestedShape)
          : server.send<Requested>(
              '/api/requests',
              { targetId, issueId, actionName, params, reason },
              requestedShape,
            )
      return (await asked).requestId
    },
    recoveryRequest: (requestId) => server.find(`/api/requests/${requestId}`, requestSchema),
    reviewLesson: async (lessonId, { issueResolved, wouldApproveAgain }) => {
      await server.send(`/api/lessons/${lessonId}/review`, { issueResolved, wouldApproveAgain }, done)
    },
    ...notThere(),
  }
}

type Requested = z.infer<typeof requestedShape>

/** What the API does not take from a token, or not at all. */
function notThere(): Pick<
  ServePort,
  | 'insertApproval'
  | 'addUser'
  | 'changeUser'
  | 'addTarget'
  | 'updateTarget'
  | 'grantStanding'
  | 'setActionEnabled'
  | 'ask'
  | 'request'
  | 'settleVerification'
  | 'recordFailures'
  | 'suppress'
  | 'mirrorActions'
> {
  return {
    insertApproval: notOverServer('this vote'),
    addUser: notOverServer('a new login'),
    changeUser: notOverServer('a change of a login'),
    addTarget: notOverServer('a new target'),
    updateTarget: notOverServer('a change of a target'),
    grantStanding: () => {
      throw new DbmedicError('DBM_TOKEN_NEVER', { what: 'it allows nothing ahead' })
    },
    setActionEnabled: notOverServer('the switch of an action'),
    ask: notOverServer('a question to a target'),
    request: notOverServer('a question to a target'),
    settleVerification: notOverServer('the settling of a verdict'),
    suppress: notOverServer('a suppression by this way'),
    recordFailures: notOverServer('a report of errors'),
    mirrorActions: notOverServer('the catalogue'),
  }
}
