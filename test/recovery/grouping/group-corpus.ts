// Puts a corpus into groups in four ways and scores each.
import { classify, type ErrorReport, errorEngineOf } from '../../../src/recovery/index.ts'
import type { CorpusError } from './corpus.ts'
import { type GroupingScore, mistakes, scoreGrouping, simpleRule } from './score-grouping.ts'

/** Ways to group: the signature of all a driver gives, without the code, of a line of a log, and the simple rule. */
export const GROUPERS = {
  signature: (report: ErrorReport): string => signatureOf(report),
  'signature without the code': (report: ErrorReport): string =>
    signatureOf({ ...report, code: undefined, errno: undefined, sqlstate: undefined }),
  'signature of message and statement alone': ({ engine, message, statement }: ErrorReport): string =>
    signatureOf({ engine, message, statement }),
  'simple rule': ({ message }: ErrorReport): string => simpleRule(message),
  'simple rule with code': ({ engine, errno, sqlstate, code, message }: ErrorReport): string =>
    `${engine} ${errno ?? sqlstate ?? code} ${simpleRule(message)}`,
} as const

/** A way to group. */
export type Grouper = keyof typeof GROUPERS

/** One way's score, with what it got wrong. */
export interface GroupedCorpus {
  readonly score: GroupingScore
  readonly wrong: readonly string[]
}

/** Groups the corpus in one way. */
export function groupCorpus(errors: readonly CorpusError[], grouper: Grouper): GroupedCorpus {
  const labels = errors.map((error) => error.label)
  const groups = errors.map((error) => GROUPERS[grouper](error.report))
  return { score: scoreGrouping(labels, groups), wrong: mistakes(labels, groups) }
}

function signatureOf(report: ErrorReport): string {
  const engine = errorEngineOf(report.engine)
  if (engine === undefined) throw new RangeError(`no engine ${report.engine}`)
  return classify(report, engine).signature
}
