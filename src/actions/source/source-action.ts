/** The shape both actions on a repository share: no guards, no privileges beyond the folder's own, no series. */
import type { Action, ActionContext, Effect } from '../../core/action.ts'
import type { Reading } from '../../core/observer.ts'
import type { FileValue, ParameterSchema } from '../../core/parameters.ts'
import type { Forecast, PreconditionResult, Step, TouchedObject, VerificationPlan } from '../../core/plan.ts'
import type { SourceQuestions } from '../../engines/source/shapes.ts'

/** What a rendering or a condition of this engine works with. */
export type SourceContext<S extends ParameterSchema> = ActionContext<S, SourceQuestions>

/** An action of this engine, with the rules behind its precondition ids. */
export type SourceAction<S extends ParameterSchema = ParameterSchema> = Action<S, SourceQuestions> & {
  readonly conditions: readonly { readonly id: string; readonly rule: string }[]
}

/** One precondition. */
export interface Condition<S extends ParameterSchema> {
  readonly id: string
  /** What must hold, one sentence for people. */
  readonly rule: string
  test(context: SourceContext<S>): Promise<Omit<PreconditionResult, 'id'>>
}

/** An action as it is written: what is listed is what is checked. */
export type ActionSource<S extends ParameterSchema> = Pick<
  Action<S, SourceQuestions>,
  | 'id'
  | 'title'
  | 'riskReason'
  | 'issueCategories'
  | 'parameters'
  | 'template'
  | 'verification'
  | 'render'
  | 'postcondition'
> & { readonly conditions: readonly Condition<NoInfer<S>>[] }

/** Makes the catalogue entry of an action. */
export function defineAction<const S extends ParameterSchema>(source: ActionSource<S>): SourceAction<S> {
  return {
    ...source,
    version: 1,
    engine: 'source',
    category: 'CODE',
    risk: 'MEDIUM',
    bindsConnection: false,
    estimatedDurationSeconds: 1,
    preconditions: source.conditions.map(({ id }) => id),
    guards: [],
    undo: { actionId: 'source/restore-file' },
    // No pause: the files of one repository follow one another, and each run proves its own file again.
    limits: { coolDownSeconds: 0, perTargetPerHour: 10, perTargetPerDay: 10 },
    privileges: [],
    effect: async ({ ask, params }) => effectOn(params['file'] as unknown as FileValue, ask),
    check: async (context) => {
      const results: PreconditionResult[] = []
      for (const condition of source.conditions)
        results.push({ id: condition.id, ...(await condition.test(context)) })
      return results
    },
    forecast: async () => ONE_FILE,
    verificationPlan: (context) => verifyBy(context, source.verification),
  }
}

/**
 * By the file's bytes alone: whatever else a scan finds, and at whatever commit, an undo makes these bytes of those. A fix
 * that was committed can be undone, too.
 */
async function effectOn(
  { path, before, after }: FileValue,
  ask: SourceContext<ParameterSchema>['ask'],
): Promise<Effect> {
  const now = await ask('file', { path })
  if (!now.known) return { is: 'unknown', found: now.because }
  const { digest } = now.value
  if (digest === after) return { is: 'there', found: `${path} is as the run left it` }
  return digest === before
    ? { is: 'gone', found: `${path} is what it was before the run` }
    : { is: 'other', found: digest === null ? `${path} is not there` : `${path} has changed since` }
}

/** The condition holds. */
export const met = (found: string) => ({ met: true, found, toProceed: '' }) as const
/** It does not. */
export const unmet = (found: string, toProceed = SCAN_AGAIN) => ({ met: false, found, toProceed }) as const
const SCAN_AGAIN = 'Scan the repository again: dbmedic scan fix PATH'

/** The finding on one answer; an answer that is not known is not met. */
export const given = <T>(
  reading: Reading<T>,
  judge: (value: T) => Omit<PreconditionResult, 'id'>,
): Omit<PreconditionResult, 'id'> =>
  reading.known
    ? judge(reading.value)
    : { met: 'unknown', found: reading.because, toProceed: reading.toProceed }

/** One statement of a step, which takes milliseconds. */
export const statement = (text: string): Step => ({
  kind: 'statement',
  text,
  timeoutMs: 10_000,
  onlyIf: null,
})

/** The repository at its commit, and the file: any difference of either voids an approval. */
export async function touched(
  context: { readonly ask: SourceContext<ParameterSchema>['ask'] },
  { path, before }: FileValue,
): Promise<readonly TouchedObject[]> {
  const repository = await context.ask('repository', {})
  const at = repository.known ? repository.value : { root: repository.because, commit: null, digest: '' }
  return [
    { kind: 'repository', name: `${at.root} at commit ${at.commit ?? 'none'}`, definitionDigest: at.digest },
    { kind: 'file', name: path, definitionDigest: before },
  ]
}

/** The file is what the change was made for, byte for byte. */
export const fileAsApproved: Condition<{ readonly file: { readonly type: 'file' } }> = {
  id: 'file-as-approved',
  rule: 'The file is there, below the root and no link, and has the digest the change was made for.',
  test: async ({ ask, params }) =>
    given(await ask('file', { path: params.file.path }), ({ digest }) => {
      if (digest === params.file.before) return met('the file has that digest')
      return unmet(digest === null ? 'the file is not there any more' : 'the file has changed since')
    }),
}

const exactly = (value: number) => ({ low: value, expected: value, high: value })
const NONE = exactly(0)
const ONE_FILE: Forecast = {
  lockClass: 'none',
  blocks: 'Nobody waits; who reads the file has the old one or the new one.',
  durationMs: { low: 1, expected: 20, high: 5_000 },
  rowsTouched: NONE,
  bytesWritten: { low: 1, expected: 65_536, high: 4 * 1024 * 1024 },
  replicaLagSeconds: NONE,
  diskPeakBytes: { low: 1, expected: 65_536, high: 4 * 1024 * 1024 },
  basis: 'one file of at most 1 MiB is written, and what it was is kept',
}

function verifyBy(
  { policy }: Pick<SourceContext<ParameterSchema>, 'policy'>,
  postcondition: string,
): VerificationPlan {
  return {
    postcondition,
    affectedSeries: [],
    metricName: 'findings',
    metricUnit: 'count',
    lowerIsBetter: true,
    beforeSeconds: policy.beforeSeconds,
    settleSeconds: policy.settleSeconds,
    afterSeconds: policy.afterSeconds,
    minimumCalls: policy.minimumCalls,
    minimumGainPercent: 0,
  }
}
