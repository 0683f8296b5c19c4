/** Runs one detector over windows in turn, with its memory, and says what it found. */
import type { Json } from '../../src/core/canonical.ts'
import type { Detector, Finding } from '../../src/core/detector.ts'
import type { Reading } from '../../src/core/observer.ts'
import type { MysqlWindows } from '../../src/detectors/mysql/mysql-detector.ts'

/** Windows given to a detector; what is left out is not known. */
export type Windows = { readonly [K in keyof MysqlWindows]?: MysqlWindows[K] }

/** A detector under test. `tracked` are resources with an open issue; `source` is what every reading names. */
export class DetectorBench {
  readonly detector: Detector<MysqlWindows>
  readonly tracked = new Set<string>()
  readonly asked = new Set<string>()
  readonly memory = new Map<string, Json>()
  source = 'the instrument'
  readonly #thresholds: { readonly [name: string]: number }

  constructor(detector: Detector<MysqlWindows>, thresholds: { readonly [name: string]: number } = {}) {
    this.detector = detector
    this.#thresholds = thresholds
  }

  /** What the detector says of these windows, as the watch would hear it. */
  see(windows: Windows): Promise<readonly Finding[]> {
    return this.detector.detect({
      read: async (name) => {
        this.asked.add(name)
        return this.#reading(windows, name)
      },
      threshold: (name) => {
        const value = this.#thresholds[name] ?? this.detector.thresholds[name]?.value
        if (value === undefined) throw new RangeError(`${this.detector.id} has no threshold ${name}`)
        return value
      },
      tracked: this.tracked,
      memory: { get: (key) => this.memory.get(key), set: (key, value) => void this.memory.set(key, value) },
    })
  }

  /** The one finding of these windows. @throws RangeError if there is not exactly one */
  async one(windows: Windows): Promise<Finding> {
    const found = await this.see(windows)
    const [first] = found
    if (first === undefined || found.length > 1)
      throw new RangeError(`${found.length} findings instead of one`)
    return first
  }

  /** Severities by resource key. */
  async severities(windows: Windows): Promise<{ readonly [key: string]: string | null }> {
    return Object.fromEntries((await this.see(windows)).map((f) => [f.resourceKey, f.severity]))
  }

  #reading<K extends keyof MysqlWindows>(windows: Windows, name: K): Reading<MysqlWindows[K]> {
    const value = windows[name] as MysqlWindows[K] | undefined
    if (value === undefined)
      return { known: false, because: `${name} was not read`, toProceed: 'Wait for the next window.' }
    return { known: true, value, at: '2026-01-05T10:00:10.000000Z', source: this.source }
  }
}

/** Whether the closing rule would count this finding as calm: below 70 % of its limit, workload there. */
export const isCalm = (finding: Finding): boolean =>
  finding.severity === null && finding.workload >= 1 && finding.metricValue < 0.7 * finding.limit
