/** From what a detector found to the row that records it: fingerprint, dedupe key, bounded context. */
import { canonicalJson, type Json, type Sha256 } from '../../core/canonical.ts'
import type { Detector, Finding } from '../../core/detector.ts'
import type { NewDetectionEvent } from '../../core/nouns.ts'
import type { UtcTime } from '../../core/time.ts'
import type { EventKind } from '../../core/vocabulary.ts'

/** Longest context kept, bytes of JSON text; beyond it only the key and figures stay. */
export const CONTEXT_BYTES = 16_384

/** Where and when a finding was made. */
export interface FindingOrigin {
  readonly targetId: number
  readonly instanceUid: string
  readonly epoch: UtcTime
  readonly windowStart: UtcTime
  readonly windowEnd: UtcTime
  readonly partial: boolean
}

/** What an issue is about: SHA-256 over server, category, rule family (its id) and resource. */
export function issueFingerprint(
  sha256: Sha256,
  parts: {
    readonly instanceUid: string
    readonly category: string
    readonly ruleId: string
    readonly resourceKey: string
  },
): string {
  return sha256(canonicalJson([parts.instanceUid, parts.category, parts.ruleId, parts.resourceKey]))
}

/** The event of a finding. `kind` CLEARED events are INFO whatever the finding says. */
export function toEvent(
  detector: Detector<never>,
  finding: Finding,
  at: { readonly origin: FindingOrigin; readonly kind: EventKind; readonly sha256: Sha256 },
): NewDetectionEvent {
  const { sha256, kind, origin } = at
  const { windowStart, windowEnd } = finding.window ?? origin
  const fingerprint = issueFingerprint(sha256, {
    instanceUid: origin.instanceUid,
    category: detector.category,
    ruleId: detector.id,
    resourceKey: finding.resourceKey,
  })
  return {
    targetId: origin.targetId,
    instanceUid: origin.instanceUid,
    eventTimestamp: windowEnd,
    detectionSource: finding.source ?? detector.source,
    eventKind: kind,
    ruleId: detector.id,
    ruleVersion: detector.version,
    severityIndicator: kind === 'BREACH' ? (finding.severity ?? 'INFO') : 'INFO',
    issueCategory: detector.category,
    issueFingerprint: fingerprint,
    affectedResourceType: finding.resourceType,
    // A cut in the middle of a character would leave half of it, which no store keeps.
    affectedResourceName: finding.resourceName.slice(0, 400).toWellFormed(),
    metricName: finding.metricName,
    metricValue: Math.max(0, finding.metricValue),
    metricUnit: finding.metricUnit,
    windowStart,
    windowEnd,
    epoch: origin.epoch,
    partial: origin.partial,
    opensAtOnce: finding.opensAtOnce,
    dedupeKey: sha256(canonicalJson([origin.targetId, fingerprint, detector.version, kind, windowEnd])),
    rawContext: contextText(finding),
  }
}

function contextText(finding: Finding): string {
  const figures: { readonly [key: string]: Json } = {
    key: finding.resourceKey,
    limit: finding.limit,
    workload: finding.workload,
  }
  const whole = canonicalJson({ ...figures, facts: finding.context })
  if (Buffer.byteLength(whole) <= CONTEXT_BYTES) return whole
  return canonicalJson({ ...figures, facts: {}, truncated: true })
}
