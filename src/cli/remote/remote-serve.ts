/** What commands change, over the API. The server judges rights by the token; names given here are not sent. */
import { DbmedicError } from '../../core/errors.ts'
import { CLOSE_ISSUE, type ReadPort, type ServePort } from '../../core/store-ports.ts'
import { notOverServer } from './remote-read.ts'
import type { RemoteServer } from './remote-server.ts'

const ENDINGS = { CANCELLED: 'cancel', REVOKED: 'revoke', ASK_OTHER: 'ask-other', CLOSE: 'close' } as const

/** The members of a stop that name what it is about. */
const SCOPES = { ENGINE: 'engine', TARGET: 'target', ACTION: 'action' } as const

/** The serving port over a server. */
export function remoteServe(server: RemoteServer, read: ReadPort): ServePort {
  return {
    read,
    endDecision: async (decisionId, ending, reason) => {
      await server.send(`/api/decisions/${decisionId}/${ENDINGS[ending]}`, { reason })
    },
    halt: async ({ scope, key, reason }) => {
      const of = scope === 'ALL' ? {} : { [SCOPES[scope]]: scope === 'TARGET' ? Number(key) : key }
      return (await server.send<{ readonly haltId: number }>('/api/stops', { ...of, reason })).haltId
    },
    liftHalt: async (haltId) => {
      await server.send(`/api/stops/${haltId}/lift`, undefined)
    },
    revokeStanding: async (grantId) => {
      await server.send(`/api/grants/${grantId}/revoke`, undefined)
    },
    addChangeWindow: async ({ targetId, startsAt, endsAt, reason }) =>
      (
        await server.send<{ readonly changeWindowId: number }>('/api/windows', {
          targetId,
          startsAt,
          endsAt,
          reason,
        })
      ).changeWindowId,
    requestRecovery: async ({ targetId, issueId, actionName, params, reason }) => {
      const asked =
        actionName === CLOSE_ISSUE
          ? server.send<Requested>(`/api/issues/${issueId}/close`, { reason })
          : server.send<Requested>('/api/requests', { targetId, issueId, actionName, params, reason })
      return (await asked).requestId
    },
    recoveryRequest: (requestId) => server.find(`/api/requests/${requestId}`),
    reviewLesson: async (lessonId, { issueResolved, wouldApproveAgain }) => {
      await server.send(`/api/lessons/${lessonId}/review`, { issueResolved, wouldApproveAgain })
    },
    ...notThere(),
  }
}

interface Requested {
  readonly requestId: number
}

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
    mirrorActions: notOverServer('the catalogue'),
  }
}
