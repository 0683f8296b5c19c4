/** The event that says that a server's counters began anew, or that another server answers under the target's name. */
import { canonicalJson, type Sha256 } from '../../core/canonical.ts'
import type { NewDetectionEvent, Target } from '../../core/nouns.ts'
import type { Identity } from '../../core/observer.ts'
import type { UtcTime } from '../../core/time.ts'
import { issueFingerprint } from './to-event.ts'

/** A NOTICE: it opens nothing by itself. `at`: when the present server answered. */
export function epochNotice(
  { sha256, target }: { readonly sha256: Sha256; readonly target: Target },
  { before, now, at }: { readonly before: Identity; readonly now: Identity; readonly at: UtcTime },
): NewDetectionEvent {
  const failover = before.instanceUid !== now.instanceUid
  return {
    targetId: target.targetId,
    instanceUid: now.instanceUid,
    eventTimestamp: at,
    detectionSource: 'ENGINE_STATUS',
    eventKind: 'NOTICE',
    ruleId: `${target.engine}/counter-epoch`,
    ruleVersion: 1,
    severityIndicator: 'INFO',
    issueCategory: 'AVAILABILITY',
    issueFingerprint: issueFingerprint(sha256, {
      instanceUid: now.instanceUid,
      category: 'AVAILABILITY',
      ruleId: 'counter-epoch',
      resourceKey: target.targetName,
    }),
    affectedResourceType: 'server',
    affectedResourceName: target.targetName,
    metricName: failover ? 'identity_changed' : 'counter_epoch',
    metricValue: 1,
    metricUnit: 'count',
    windowStart: now.epoch,
    windowEnd: at,
    epoch: now.epoch,
    partial: false,
    opensAtOnce: false,
    dedupeKey: sha256(canonicalJson([target.targetId, now.instanceUid, now.epoch, 'epoch'])),
    rawContext: canonicalJson({
      key: target.targetName,
      workload: 0,
      limit: 0,
      facts: { epochBefore: before.epoch, uidBefore: before.instanceUid, version: now.version },
    }),
  }
}
