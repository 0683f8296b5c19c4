/** What an act is, and what it works on. */
import type { HistoryWorld, House } from './houses.ts'

/** One act of a history: a kind, and numbers by which it picks its rows. */
export interface Act<Kind extends string = string> {
  readonly kind: Kind
  readonly a: number
  readonly b: number
  readonly c: number
}

/** What an act works on. */
export interface Stage extends Pick<House, 'session' | 'configPath'> {
  readonly world: HistoryWorld
  /** Names of this history's resources begin with it. */
  readonly prefix: string
  /** How often an executor that checks signatures was given leave to send a run's statements, by run. */
  readonly sent: Map<number, number>
  /** Calls put on record of each series of samples, by its key. */
  readonly sampled: Map<string, number>
  /** What was made of each kind of act, verb and raw statement. */
  readonly count: (what: string, became: 'done' | 'refused') => void
}
