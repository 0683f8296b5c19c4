/** What the memory of processes that are killed and started again does over their lives. */
import type { MemorySample } from './crew.ts'

/** A process that has just begun still loads itself, s. */
const WARM_SECONDS = 30
/** Below this much life behind the slope, it says nothing, s. */
const LIFE_SECONDS = 300

/** Figures of one role. */
export interface MemoryFigures {
  readonly samples: number
  readonly greatestMiB: number
  readonly oldestSeconds: number
  /** Least squares over age, of samples older than half a minute, MiB a minute; null below 300 s of life. */
  readonly slopeMiBPerMinute: number | null
}

/** Figures over all lives of a role. */
export function memoryFigures(memory: readonly MemorySample[]): MemoryFigures {
  const greatest = memory.reduce((most, sample) => Math.max(most, sample.residentBytes), 0)
  const oldest = memory.reduce((most, sample) => Math.max(most, sample.ageSeconds), 0)
  const warm = memory.filter((sample) => sample.ageSeconds > WARM_SECONDS)
  return {
    samples: memory.length,
    greatestMiB: Math.round(greatest / 1024 / 1024),
    oldestSeconds: Math.round(oldest),
    slopeMiBPerMinute: oldest < LIFE_SECONDS ? null : slope(warm),
  }
}

function slope(samples: readonly MemorySample[]): number | null {
  const n = samples.length
  const meanAge = samples.reduce((sum, s) => sum + s.ageSeconds, 0) / n
  const meanBytes = samples.reduce((sum, s) => sum + s.residentBytes, 0) / n
  let [cross, square] = [0, 0]
  for (const { ageSeconds, residentBytes } of samples) {
    cross += (ageSeconds - meanAge) * (residentBytes - meanBytes)
    square += (ageSeconds - meanAge) ** 2
  }
  return square === 0 ? null : Number(((cross / square) * 60) / 1024 / 1024).valueOf()
}
