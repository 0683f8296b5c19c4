/** Thresholds of the configuration that no detector has: a misspelt one would silently change nothing. */
import { engineEntry } from '../catalogue.ts'
import { nearestWord } from './nearest-word.ts'
import { type Config, ENGINES } from './schema.ts'

/** A name that is not known, and what to write instead. */
export interface UnknownThreshold {
  /** Below `detection.thresholds`. */
  readonly path: readonly string[]
  readonly problem: string
  readonly suggestion: string
}

/** The first threshold that no detector has; null if there is none. */
export function unknownThreshold(thresholds: Config['detection']['thresholds']): UnknownThreshold | null {
  const detectors = ENGINES.flatMap((engine) => engineEntry(engine).detectors)
  for (const [id, values] of Object.entries(thresholds)) {
    const detector = detectors.find((each) => each.id === id)
    if (detector === undefined) {
      const known = detectors.map((each) => each.id)
      return { path: [id], problem: `there is no detector “${id}”`, suggestion: meant(id, known) }
    }
    const known = Object.keys(detector.thresholds)
    const name = Object.keys(values).find((each) => !known.includes(each))
    if (name === undefined) continue
    const problem = `detector ${id} has no threshold “${name}”`
    return { path: [id, name], problem, suggestion: meant(name, known) }
  }
  return null
}

function meant(word: string, known: readonly string[]): string {
  const near = nearestWord(word, known)
  return near === null ? `known are: ${known.join(', ')}` : `did you mean “${near}”?`
}
