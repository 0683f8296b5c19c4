/** Options of a target that its engine does not take: found when the file is read, not when the target is watched. */
import { engineEntry } from '../catalogue.ts'
import { nearestWord } from './nearest-word.ts'
import type { TargetConfig } from './schema.ts'

/** What is wrong with an option, where, and what to write instead. */
export interface OptionProblem {
  /** Below the file. */
  readonly path: readonly (string | number)[]
  readonly problem: string
  readonly suggestion: string
}

/** The first option of a target that is unknown or not acceptable; null if there is none. A misspelt key goes first. */
export function optionProblem(targets: readonly TargetConfig[]): OptionProblem | null {
  for (const [at, { engine, options }] of targets.entries()) {
    const schema = engineEntry(engine).options
    const parsed = schema.safeParse(options)
    if (parsed.success) continue
    const { issues } = parsed.error
    const place = ['targets', at, 'options']
    const unknown = issues.find((each) => each.code === 'unrecognized_keys')?.keys[0]
    if (unknown !== undefined) {
      const known = Object.keys(schema.shape)
      const near = nearestWord(unknown, known)
      return {
        path: [...place, unknown],
        problem: `unknown key “${unknown}”`,
        suggestion: near === null ? `known keys: ${known.join(', ')}` : `did you mean “${near}”?`,
      }
    }
    const path = [...place, ...(issues[0]?.path ?? []).map(String)]
    const problem = `${path.join('.')}: ${issues[0]?.message ?? 'not acceptable'}`
    return { path, problem, suggestion: 'see docs/configuration.md' }
  }
  return null
}
