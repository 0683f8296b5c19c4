/** Resources with an open issue, as their newest events tell of them: what is followed by who watches the target from now on. */
import { OPEN_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { ObservePort } from '../../core/store-ports.ts'
import { parseContext } from './parse-context.ts'

/** How often it is looked whether an issue opened of something that is not followed, ms. */
export const FOLLOW_EVERY_MS = 60_000
/** Issues of a target that are looked at. */
const ISSUES_MOST = 200

/** One of them. */
export interface OpenResource {
  readonly ruleId: string
  readonly key: string
  readonly workload: number
  /** Its newest event says that it is well again; the issue waits for the analyst, or for its decision. */
  readonly isCleared: boolean
}

/**
 * Of one server, those that these rules noticed. An issue may open after its event was recorded by a process that is no
 * more: nobody else would ever say that its resource is well again.
 */
export async function openResources(
  port: Pick<ObservePort, 'read'>,
  of: { readonly targetId: number; readonly instanceUid: string; readonly ruleIds: readonly string[] },
): Promise<readonly OpenResource[]> {
  const issues = await port.read.issues({
    targetId: of.targetId,
    states: OPEN_ISSUE_STATES,
    limit: ISSUES_MOST,
  })
  const resources: OpenResource[] = []
  for (const { issueFingerprint, ruleId, instanceUid } of issues) {
    if (instanceUid !== of.instanceUid || !of.ruleIds.includes(ruleId)) continue
    const [event] = await port.read.events({ issueFingerprint, limit: 1 })
    const context = event === undefined ? null : parseContext(event.rawContext)
    if (context !== null) resources.push({ ruleId, ...context, isCleared: event?.eventKind === 'CLEARED' })
  }
  return resources
}
