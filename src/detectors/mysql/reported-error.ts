/**
 * A kind of error that applications report of this target again and again. The application's own word, so it opens issues
 * of the application and of no category of the server: what the server says of it is for the analysis to ask.
 */
import type { Finding } from '../../core/detector.ts'
import type { ReportedFailure } from '../../core/reported-failures.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

/** Strategies after which somebody or something must act; the others are answered by the client or by words. */
const ACTED_ON: readonly string[] = ['SELF_HEALING', 'PREVENTIVE', 'ESCALATE']

export const reportedError: MysqlDetector = {
  id: 'mysql/reported-error',
  version: 1,
  engine: 'mysql',
  title: 'Applications report the same error again and again',
  category: 'APPLICATION',
  source: 'CLIENT_ERROR',
  needs: [],
  reads: ['reportedFailures'],
  everyMs: 10_000,
  thresholds: {
    callsPerWindow: {
      value: 1,
      unit: 'calls',
      why: 'one call that fails is one too many; that it happens again in three of five windows makes it a pattern',
    },
  },
  async detect(view) {
    const reading = await view.read('reportedFailures')
    if (!reading.known) return []
    const found = reading.value.failures
      .filter(({ strategy }) => ACTED_ON.includes(strategy))
      .map((failure) => judge(view, failure))
    const gone = goneFindings(view, found, {
      resourceType: 'failure',
      metricName: 'failed_calls',
      metricUnit: 'calls',
      limit: view.threshold('callsPerWindow'),
    })
    return [...worthSaying(found, view.tracked), ...gone]
  },
}

function judge(view: MysqlView, failure: ReportedFailure): Finding {
  const limit = view.threshold('callsPerWindow')
  const { signature, failureType, object, code, met, engine, strategy } = failure
  return {
    resourceType: 'failure',
    resourceName: `${failureType}${object === null ? '' : ` of ${object}`} (${engine} ${code ?? 'without a code'})`,
    resourceKey: signature,
    severity: grade(false, met >= limit),
    metricName: 'failed_calls',
    metricUnit: 'calls',
    metricValue: met,
    limit,
    workload: 1,
    opensAtOnce: false,
    context: {
      signature,
      failureType,
      object,
      code,
      strategy,
      fingerprintId: failure.statementFingerprint,
      healings: failure.healings,
      recoveryEnabled: failure.recoveryEnabled,
    },
  }
}
