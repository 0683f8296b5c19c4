/** Stores a person's request for an action and waits until it became a decision, or was refused. */
import { CLOSE_ISSUE, type RecoveryRequest, type ServePort } from '../core/store-ports.ts'
import { actingAs, type Door, Refused, serveOf } from './context.ts'
import { print, printable, wrap } from './terminal.ts'

/** Pause between two looks at a request, ms. */
const LOOK_EVERY_MS = 150

/** What is asked for, by whom, and how long its answer is waited for. */
export interface WantedRequest extends Omit<RecoveryRequest, 'recoveryRequestId' | 'requestedBy'> {
  readonly as: string | undefined
  /** 0: it is only stored. */
  readonly waitSeconds: number
  readonly json: boolean
}

/**
 * Stores the request under the person's name and prints what became of it.
 * @throws Refused where the answer is that no decision can be proposed.
 */
export async function fileRequest(door: Door, wanted: WantedRequest): Promise<void> {
  const port = serveOf(door)
  const { as, waitSeconds, json, ...request } = wanted
  const requestedBy = await actingAs(door, as)
  const requestId = await port.requestRecovery({ ...request, requestedBy })
  const answer = await answerTo(port, requestId, waitSeconds)
  if (answer !== null && answer.decisionId === null) await refuse(port, request.actionName, answer.result)
  const decisionId = answer?.decisionId ?? null
  const issueId = decisionId === null ? null : ((await port.read.decision(decisionId))?.issueId ?? null)
  print(json, { requestId, decisionId, issueId }, () =>
    decisionId === null
      ? `Request ${requestId} stored; nobody has taken it yet. \`dbmedic start\` turns it into a decision. See: dbmedic issues`
      : `Request ${requestId} became decision ${decisionId}, which waits for approval. See: dbmedic show ${issueId}`,
  )
}

/**
 * Asks for the close of an issue that has no decision and prints what became of it.
 * @throws Refused where the issue is not one that waits without a decision.
 */
export async function fileClosing(
  door: Door,
  wanted: Omit<WantedRequest, 'actionName' | 'params' | 'issueId'> & { readonly issueId: number },
): Promise<void> {
  const port = serveOf(door)
  const { as, waitSeconds, json, issueId, targetId, reason } = wanted
  const requestedBy = await actingAs(door, as)
  const request = { targetId, issueId, actionName: CLOSE_ISSUE, params: {}, reason, requestedBy }
  const requestId = await port.requestRecovery(request)
  const answer = await answerTo(port, requestId, waitSeconds)
  const status = (await port.read.issue(issueId))?.issueStatus ?? null
  if (answer !== null && status !== 'CLOSED')
    throw new Refused({
      refused: true,
      code: 'DBM_PRECONDITION_FAILED',
      because: `issue ${issueId} was not closed: ${answer.result}`,
      toProceed: `See: dbmedic show ${issueId}`,
    })
  print(json, { requestId, issueId, issueStatus: status }, () =>
    answer === null
      ? `Request ${requestId} stored; nobody has taken it yet. \`dbmedic start\` closes the issue.`
      : `Issue ${issueId} is closed. If its condition goes on, a new issue opens.`,
  )
}

/** What became of a request. */
export interface Answer {
  readonly result: string
  readonly decisionId: number | null
}

/** The answer, or null if there was none in time. */
async function answerTo(port: ServePort, requestId: number, seconds: number): Promise<Answer | null> {
  const deadline = Date.now() + seconds * 1000
  while (Date.now() < deadline) {
    const now = await port.recoveryRequest(requestId)
    if (now !== null && now.result !== null) return { result: now.result, decisionId: now.decisionId }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return null
}

/** What became of one request among several. */
export interface Outcome {
  readonly requestId: number
  readonly decisionId: number | null
  readonly issueId: number | null
  /** Why there is no decision; null where there is one, or nobody took the request yet. */
  readonly refused: string | null
}

/** Stores a request and says what became of it within so many seconds. */
export async function outcomeOf(
  port: ServePort,
  request: Omit<RecoveryRequest, 'recoveryRequestId'>,
  seconds: number,
): Promise<Outcome> {
  const requestId = await port.requestRecovery(request)
  const answer = await answerTo(port, requestId, seconds)
  if (answer === null) return { requestId, decisionId: null, issueId: null, refused: null }
  const { decisionId } = answer
  if (decisionId === null) {
    const { because, issueId } = await whyRefused(port, answer.result)
    return { requestId, decisionId, issueId, refused: because }
  }
  const issueId = (await port.read.decision(decisionId))?.issueId ?? null
  return { requestId, decisionId, issueId, refused: null }
}

/** An outcome in words, after what was asked for. */
export function outcomeLine(what: string, { requestId, decisionId, issueId, refused }: Outcome): string {
  if (refused !== null) return wrap(`${what} no decision: ${printable(refused)}`, '')
  return decisionId === null
    ? `${what} request ${requestId} stored; \`dbmedic start\` turns it into a decision`
    : `${what} decision ${decisionId} waits for approval: dbmedic show ${issueId}, dbmedic approve ${decisionId} --as NAME`
}

/** Why a request became no decision: the newest analysis of the issue it opened says it, where it opened one. */
async function whyRefused(
  { read }: Pick<ServePort, 'read'>,
  result: string,
): Promise<{ readonly because: string; readonly issueId: number | null }> {
  const issueId = Number(/dbmedic show (\d{1,15})$/.exec(result)?.[1] ?? 0)
  const [analysis] = issueId === 0 ? [] : await read.analyses(issueId)
  return { because: analysis?.recommendationSummary ?? result, issueId: issueId === 0 ? null : issueId }
}

async function refuse(port: ServePort, action: string, result: string): Promise<never> {
  const { because, issueId } = await whyRefused(port, result)
  throw new Refused({
    refused: true,
    code: 'DBM_PRECONDITION_FAILED',
    because: `${action} cannot be proposed: ${because}`,
    toProceed: issueId === null ? 'See: dbmedic issues' : `See: dbmedic show ${issueId}`,
  })
}
