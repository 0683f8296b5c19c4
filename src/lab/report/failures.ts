/** Every failure of a series with the evidence that misled, the worst of them first. From recorded results alone. */
import { harmsOf } from './judge.ts'
import type { RecordedIssue, RecordedResult, RecordedSurprise } from './recorded.ts'

/** What a failure costs whoever trusts the answer: the order in which the worst are told. */
const GRAVITY = {
  harm: 100,
  'issue on a healthy server': 80,
  'action on another cause': 70,
  'another root cause': 60,
  'not found': 50,
  'named where evidence was missing': 45,
  'abstained where it had to name one': 40,
  'another issue': 35,
  verdict: 30,
  effect: 20,
  other: 10,
} as const

/** One failure. */
export interface Failure {
  readonly run: RecordedResult
  readonly kind: keyof typeof GRAVITY
  /** What was expected and what came, in a sentence. */
  readonly what: string
  /** What it rested on, a line each; empty where nothing was recorded. */
  readonly misledBy: readonly string[]
  /** The stated confidence, where an analysis was wrong: being sure and wrong is worse. */
  readonly confidence: number | null
}

/** Every failure of a series, the worst first; of equals the surer, then by scenario. */
export function failuresOf(results: readonly RecordedResult[]): readonly Failure[] {
  const weight = (f: Failure): number => GRAVITY[f.kind] + (f.confidence ?? 0)
  return results
    .flatMap(failuresOfRun)
    .sort((a, b) => weight(b) - weight(a) || (a.run.name < b.run.name ? -1 : 1))
}

function failuresOfRun(run: RecordedResult): readonly Failure[] {
  if (run.passed) return harmsOf(run).map((h) => harmed(run, `${h.kind}: ${h.what}`))
  const found = [
    ...harmsOf(run).map((h) => harmed(run, `${h.kind}: ${h.what}`)),
    ...run.issues.flatMap((i) => failureOfIssue(run, i)),
    ...run.others.filter((o) => run.kind === 'control' || !o.allowed).map((o) => failureOfSurprise(run, o)),
  ]
  const rest = run.checks.filter((c) => !c.ok && !isTold(c.what, found)).map((c) => failureOfCheck(run, c))
  const all = [...found, ...rest]
  // A run that failed without a failed check was cut off, or could not be played.
  return all.length > 0 ? all : [plain(run, 'other', 'the run did not come to its end')]
}

const plain = (run: RecordedResult, kind: Failure['kind'], what: string): Failure => ({
  run,
  kind,
  what,
  misledBy: [],
  confidence: null,
})

function harmed(run: RecordedResult, what: string): Failure {
  const [first] = run.issues.filter((i) => i.durationMs !== null)
  return { ...plain(run, 'harm', what), misledBy: first === undefined ? [] : reasons(first) }
}

function failureOfIssue(run: RecordedResult, i: RecordedIssue): Failure[] {
  const told = (kind: Failure['kind'], what: string, misledBy = reasons(i)): Failure[] => [
    { run, kind, what, misledBy, confidence: i.confidence },
  ]
  if (!i.found)
    return told(
      'not found',
      `${i.category} was not found: ${i.problem ?? 'no issue was opened'}`,
      instead(run),
    )
  const wrong = causeFailure(i) ?? answerFailure(i)
  return wrong === null ? [] : told(...wrong)
}

/** What is wrong with the action or the verdict on it, or null. */
function answerFailure(i: RecordedIssue): [Failure['kind'], string] | null {
  const { action, expectedAction, verdict, expectedVerdict } = i
  if (action !== expectedAction && action !== null)
    return [
      'action on another cause',
      `${action} was proposed where ${expectedAction ?? 'nothing'} was right`,
    ]
  if (action !== expectedAction)
    return ['other', `${expectedAction ?? ''} was not proposed: ${i.problem ?? 'nothing was'}`]
  if (expectedVerdict === null || verdict === expectedVerdict) return null
  return ['verdict', `verdict ${verdict ?? 'none'} where ${expectedVerdict} was right: ${whyVerdict(i)}`]
}

/** What is wrong with the root cause, or null. */
function causeFailure(i: RecordedIssue): [Failure['kind'], string] | null {
  if (i.rootCause !== null && i.rootCause !== i.expectedRootCause) {
    const sure = i.confidence === null ? '' : ` with ${i.confidence.toFixed(2)}`
    const acted = i.action !== null && i.action !== i.expectedAction
    const kind = i.expectedRootCause === 'UNKNOWN' ? 'named where evidence was missing' : 'another root cause'
    const right = i.expectedRootCause === 'UNKNOWN' ? 'abstaining' : i.expectedRootCause
    const action = acted ? `, and ${i.action} was proposed` : ''
    return [
      acted ? 'action on another cause' : kind,
      `${i.rootCause} was named${sure} where ${right} was right${action}`,
    ]
  }
  if (i.abstained && i.expectedRootCause !== 'UNKNOWN')
    return ['abstained where it had to name one', `abstained where ${i.expectedRootCause} was right`]
  return null
}

const whyVerdict = (i: RecordedIssue): string =>
  i.because ?? i.problem ?? i.errors ?? 'no reason was recorded'

function failureOfSurprise(run: RecordedResult, o: RecordedSurprise): Failure {
  const kind = run.kind === 'control' ? 'issue on a healthy server' : 'another issue'
  const proposed = o.actions.length === 0 ? '' : `, ${o.actions.join(', ')} proposed`
  const seen = o.events.length === 0 ? '' : ` (${o.events.join('; ')})`
  return {
    run,
    kind,
    what: `${o.category} on ${o.resource} by ${o.rule}${seen}: ${o.rootCause ?? 'not analysed'}${proposed}`,
    misledBy: reasons(o),
    confidence: o.confidence,
  }
}

function failureOfCheck(run: RecordedResult, check: RecordedResult['checks'][number]): Failure {
  return plain(run, check.what.startsWith('effect') ? 'effect' : 'other', `${check.what}: ${check.found}`)
}

/** Checks that say again what a failure of an issue says already. */
function isTold(what: string, found: readonly Failure[]): boolean {
  if (found.length === 0) return false
  if (/^no (?:other )?issue/.test(what))
    return found.some((f) => f.run.others.length > 0 && f.kind !== 'harm')
  return / (?:found|root cause \w+|proposed [\w/-]+|nothing proposed|verdict \w+|risk \w+|is about session [\w-]+)$/.test(
    what,
  )
}

type Reasoned = Pick<
  RecordedIssue,
  'hypothesis' | 'recommendation' | 'evidence' | 'competing' | 'abstained'
> & { readonly expectedRootCause?: string }

/** The claims an answer rested on, and why the right answer lost. */
function reasons(of: Reasoned): readonly string[] {
  const lost = of.competing.find((h) => h.rootCause === of.expectedRootCause && h.lostBecause !== null)
  return [
    ...(of.hypothesis === null ? [] : [of.hypothesis]),
    ...(of.abstained && of.recommendation !== null ? [of.recommendation] : []),
    ...of.evidence.map((e) => `${e.id}: ${e.claim} [${e.source}]`),
    ...(lost === undefined ? [] : [`${lost.rootCause} lost because ${lost.lostBecause ?? ''}`]),
  ]
}

/** What was found in place of what was not. */
const instead = (run: RecordedResult): readonly string[] =>
  run.others.length === 0
    ? ['no issue was open at all: nothing passed a threshold often enough']
    : run.others.map(
        (o) =>
          `open instead: ${o.category} on ${o.resource}, ${o.rootCause ?? 'not analysed'}${o.events.length === 0 ? '' : ` (${o.events.join('; ')})`}`,
      )
