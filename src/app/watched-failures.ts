/**
 * An instrument that reads the store instead of the target: what the watches of a target showed, and the open issues that
 * may tell of the same. Looks are made and recorded by the analyst; a detector makes of one that fails what it makes of
 * any other reading.
 */
import { OPEN_ISSUE_STATES } from '../core/lifecycle.ts'
import type { Reading } from '../core/observer.ts'
import type { WatchedFailures } from '../core/reported-failures.ts'
import type { ObservePort } from '../core/store-ports.ts'
import { ERROR_TYPES, isErrorType } from '../recovery/index.ts'

/** Open issues that are looked through. */
const ISSUES_MOST = 200

/** What the port of such an instrument needs. */
export type WatchReads = Pick<ObservePort, 'read' | 'targetWatches'>

/** Reads it. @throws what the store throws */
export async function readWatchedFailures(
  targetId: number,
  port: WatchReads,
): Promise<Reading<WatchedFailures>> {
  const listed = await port.targetWatches(targetId)
  const watches = listed.flatMap(({ failure, watch }) => {
    const { failureType } = failure
    if (!isErrorType(failureType)) return []
    return [{ failure: { ...failure, strategy: ERROR_TYPES[failureType].strategy }, watch }]
  })
  const fails = watches.some(({ watch }) => watch.look.result === 'FAILS')
  const open = fails
    ? await port.read.issues({ targetId, states: OPEN_ISSUE_STATES, limit: ISSUES_MOST })
    : []
  const openIssues = open.map(({ issueId, ruleId, affectedResourceName }) => ({
    issueId,
    ruleId,
    affectedResourceName,
  }))
  const at = await port.read.now()
  return { known: true, value: { watches, openIssues }, at, source: 'looks of watches' }
}
