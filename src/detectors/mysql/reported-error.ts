/**
 * A kind of error that applications report of this target again and again, or whose watch, which a person accepted, fails.
 * Both are one issue of that error, so it is an issue of the application and of no category of the server: what the server
 * says of it is for the analysis to ask.
 */
import type { Finding } from '../../core/detector.ts'
import type { FailureFacts, ReportedFailure } from '../../core/reported-failures.ts'
import {
  type FailingFailure,
  lookName,
  sourceOf,
  type WatchWords,
  watchFacts,
  watchWords,
  windowOf,
} from './failing-watches.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

/** Strategies after which somebody or something must act; the others are answered by the client or by words. */
const ACTED_ON: readonly string[] = ['SELF_HEALING', 'PREVENTIVE', 'ESCALATE']

export const reportedError: MysqlDetector = {
  id: 'mysql/reported-error',
  version: 2,
  engine: 'mysql',
  title: 'Applications report the same error again and again, or its watch fails',
  category: 'APPLICATION',
  source: 'CLIENT_ERROR',
  needs: [],
  reads: ['reportedFailures', 'watchedFailures'],
  everyMs: 10_000,
  thresholds: {
    callsPerWindow: {
      value: 1,
      unit: 'calls',
      why: 'one call that fails is one too many; that it happens again in three of five windows makes it a pattern',
    },
    lookAgeSeconds: {
      value: 60,
      unit: 'seconds',
      why: 'a detector of the very condition opens its issue within a minute, which says more; then the watch opens none',
    },
  },
  async detect(view) {
    const watched = await view.read('watchedFailures')
    const reading = await view.read('reportedFailures')
    const words = watched.known
      ? watchWords(watched.value, watched.at, view.threshold('lookAgeSeconds') * 1000)
      : null
    const acted = reading.known ? reading.value.failures.filter((f) => ACTED_ON.includes(f.strategy)) : []
    const reported = acted.map((failure) => judge(view, failure, words))
    const met = new Set(reported.flatMap((f) => (f.severity === null ? [] : [f.resourceKey])))
    const looks = [...(words?.failing.values() ?? [])].flatMap((each) =>
      met.has(each.failure.signature) ? [] : newLook(view, each),
    )
    // Whether one is well again is known only by both: nobody meets it, and no watch of it fails.
    const calm = reading.known && words !== null ? calmFindings(view, reported, words) : []
    return worthSaying([...reported.filter((f) => f.severity !== null), ...looks, ...calm], view.tracked)
  },
}

/** Followed ones that nobody met, and of which no watch fails or is in doubt. */
function calmFindings(
  view: MysqlView,
  reported: readonly Finding[],
  { failing, unsettled, because }: WatchWords,
): Finding[] {
  const gone = goneFindings(view, reported, {
    resourceType: 'failure',
    metricName: 'failed_calls',
    metricUnit: 'calls',
    limit: view.threshold('callsPerWindow'),
  })
  return [...reported, ...gone]
    .filter((f) => f.severity === null && !failing.has(f.resourceKey) && !unsettled.has(f.resourceKey))
    .map((f) => {
      const why = because.get(f.resourceKey)
      return why === undefined ? f : { ...f, context: { ...f.context, because: why } }
    })
}

const named = ({ failureType, object, engine, code }: FailureFacts): string =>
  `${failureType}${object === null ? '' : ` of ${object}`} (${engine} ${code ?? 'without a code'})`

const factsOf = (failure: FailureFacts, failing: FailingFailure | undefined): Finding['context'] => ({
  signature: failure.signature,
  failureType: failure.failureType,
  object: failure.object,
  code: failure.code,
  strategy: failure.strategy,
  fingerprintId: failure.statementFingerprint,
  healings: failure.healings,
  recoveryEnabled: failure.recoveryEnabled,
  ...(failing === undefined ? {} : { watches: watchFacts(failing) }),
})

function judge(view: MysqlView, failure: ReportedFailure, words: WatchWords | null): Finding {
  const limit = view.threshold('callsPerWindow')
  const { signature, met } = failure
  return {
    resourceType: 'failure',
    resourceName: named(failure),
    resourceKey: signature,
    severity: grade(false, met >= limit),
    metricName: 'failed_calls',
    metricUnit: 'calls',
    metricValue: met,
    limit,
    workload: 1,
    opensAtOnce: false,
    context: factsOf(failure, words?.failing.get(signature)),
  }
}

/** The newest look that failed, if it was not told of yet. A person accepted the watch, so one look is enough. */
function newLook(view: MysqlView, failing: FailingFailure): Finding[] {
  const { failure, watches } = failing
  const [newest] = watches
  const memory = `look ${failure.signature}`
  if (newest === undefined || view.memory.get(memory) === lookName(newest)) return []
  view.memory.set(memory, lookName(newest))
  const source = sourceOf(failing)
  return [
    {
      resourceType: 'failure',
      resourceName: named(failure),
      resourceKey: failure.signature,
      severity: 'WARNING',
      metricName: 'failing_watches',
      metricUnit: 'watches',
      metricValue: watches.length,
      limit: 1,
      workload: 1,
      opensAtOnce: true,
      ...(source === undefined ? {} : { source }),
      window: windowOf(newest),
      context: factsOf(failure, failing),
    },
  ]
}
