/** Makes of a batch of reports, as an application sent it, what may be stored: every text is masked here once more. */
import type { CountedFailure, FailureOutcome, FailureSite, SourcePlace } from '../core/failure-patterns.ts'
import { ERROR_ENGINES, errorEngineOf, receivedFailure, type SentFailure } from '../recovery/index.ts'

/** Engines a report may name. */
export const FAILURE_ENGINES = ERROR_ENGINES.map((engine) => engine.id)

/** One report of a batch (docs/guard.md). Its shape was checked; its texts may hold anything. */
export interface SentReport extends SentFailure {
  readonly engine: string
  readonly callSite: SourcePlace | null
  readonly outcome: FailureOutcome
  readonly count: number
  readonly longestMs: number
}

/** Who the batch is from. */
interface Sender {
  readonly application: string | null
  readonly targetId: number | null
}

const FILE_MAX = 300
/** Paths, functions and applications as people name them; of anything else the place is not kept. */
const FILE = /^[\p{L}\p{M}\p{N}_@.()[\]+~ $/\\:#-]{1,300}$/u
const FUNCTION = /^[\p{L}\p{M}\p{N}_$.#<>[\] ]{1,120}$/u
const APPLICATION = /^[\p{L}\p{M}\p{N}_.:@/ -]{1,100}$/u

/** The failures as they are counted. Reports of an engine nobody knows are left out. */
export function takenFailures(reports: readonly SentReport[], sender: Sender): readonly CountedFailure[] {
  const application = shaped(sender.application, APPLICATION)
  return reports.flatMap((report) => {
    const engine = errorEngineOf(report.engine)
    if (engine === undefined) return []
    const { signature, code, type, object, masked, statement } = receivedFailure(report, engine)
    const site: FailureSite = {
      targetId: sender.targetId,
      application,
      outcome: report.outcome,
      statement,
      place: placeOf(report.callSite),
    }
    const kind = { signature, engine: engine.id, code, failureType: type, object, masked }
    return [{ kind, site, count: report.count, longestMs: report.longestMs }]
  })
}

function placeOf(site: SourcePlace | null): SourcePlace | null {
  const file = shaped(site?.file.slice(-FILE_MAX) ?? null, FILE)
  if (site === null || file === null) return null
  return { file, line: site.line, column: site.column, function: shaped(site.function, FUNCTION) }
}

const shaped = (text: string | null, shape: RegExp): string | null =>
  text !== null && text.trim() !== '' && shape.test(text) ? text : null
