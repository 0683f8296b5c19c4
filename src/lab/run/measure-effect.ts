/** The effect as the clients and the file system saw it, measured apart from the pipeline's own verdict. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { EffectSpec } from '../scenario/shape.ts'
import type { ScriptedSession } from './session.ts'
import type { Scene } from './set-scene.ts'

/** A figure before and after, in `unit`; null where there was nothing to measure. */
export interface MeasuredEffect {
  readonly measure: EffectSpec['measure']
  readonly unit: 'ms' | 'bytes' | '1/s'
  readonly before: number | null
  readonly after: number | null
  readonly reference: string
  readonly reached: boolean
}

/** The times between which figures count, ms since the epoch. */
export interface EffectTimes {
  readonly faultMs: number
  /** Begin and end of what changed things: the action, or the application's remedy. */
  readonly changeFromMs: number
  readonly changeToMs: number
  readonly endMs: number
}

/** Size of a table's file, bytes; null if it has none of its own. `table` is schema/table. */
export function fileSize(dataDir: string, table: string): number | null {
  return statSync(join(dataDir, `${table}.ibd`), { throwIfNoEntry: false })?.size ?? null
}

/** A time from and to, ms since the epoch. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Size of the file the scenario measures, bytes; null if it measures none. */
export function sizeNow({ scenario, watched }: Pick<Scene, 'scenario' | 'watched'>): number | null {
  const { effect } = scenario.expect
  const { dataDir } = watched.server
  return effect?.measure === 'file-size' && dataDir !== null ? fileSize(dataDir, effect.of) : null
}

/** What the scenario measures, around a change; null if it measures nothing. */
export function effectOf(
  scene: Scene,
  seen: { readonly faultMs: number; readonly change: Span; readonly sizeBefore: number | null },
): MeasuredEffect | null {
  const spec = scene.scenario.expect.effect
  if (spec === undefined) return null
  const { stage } = scene
  const figures =
    spec.measure === 'file-size'
      ? { unit: 'bytes' as const, before: seen.sizeBefore, after: sizeNow(scene) }
      : measureSessions(
          spec,
          { of: stage.named(spec.of), afterOf: stage.named(spec.afterOf ?? spec.of) },
          {
            faultMs: seen.faultMs,
            changeFromMs: seen.change.fromMs,
            changeToMs: seen.change.toMs,
            endMs: Date.now(),
          },
        )
  const reached = reaches(spec, figures)
  return { measure: spec.measure, ...figures, reference: spec.reference[scene.flavour], reached }
}

type Figures = Pick<MeasuredEffect, 'unit' | 'before' | 'after'>

/** Measures a session's effect. */
export function measureSessions(
  spec: EffectSpec,
  sessions: { readonly of: readonly ScriptedSession[]; readonly afterOf: readonly ScriptedSession[] },
  times: EffectTimes,
): Figures {
  if (spec.measure === 'freed') return freed(sessions.of, times)
  if (spec.measure === 'errors') {
    return {
      unit: '1/s',
      before: errorRate(sessions.of, times.faultMs, times.changeFromMs),
      after: errorRate(sessions.afterOf, times.changeToMs, times.endMs),
    }
  }
  return {
    unit: 'ms',
    before: medianPass(sessions.of, times.faultMs, times.changeFromMs),
    after: medianPass(sessions.afterOf, times.changeToMs, times.endMs),
  }
}

/** Whether the figures reach what is expected of them. */
export function reaches(spec: EffectSpec, { before, after }: Figures): boolean {
  if (after === null) return false
  if (spec.most !== undefined && after >= spec.most) return false
  if (spec.leastFactor === undefined) return true
  return before !== null && before >= after * spec.leastFactor
}

/** From the action's statement to the last of the sessions that goes on; before: how long the longest had waited. */
function freed(sessions: readonly ScriptedSession[], times: EffectTimes): Figures {
  const firsts = sessions.map((s) => s.passes.find((p) => p.endedMs >= times.changeFromMs))
  const waited = firsts.flatMap((p) => (p === undefined ? [] : [times.changeFromMs - p.beganMs]))
  const after = firsts.map((p) => (p === undefined ? null : p.endedMs - times.changeFromMs))
  return {
    unit: 'ms',
    before: waited.length === 0 ? null : Math.max(...waited),
    after: after.length === 0 || after.includes(null) ? null : Math.max(...after.map((ms) => ms ?? 0)),
  }
}

function errorRate(sessions: readonly ScriptedSession[], fromMs: number, toMs: number): number | null {
  if (sessions.length === 0 || toMs <= fromMs) return null
  const errors = sessions.flatMap((s) => s.errors).filter((e) => e.atMs >= fromMs && e.atMs < toMs)
  return (1000 * errors.length) / (toMs - fromMs)
}

function medianPass(sessions: readonly ScriptedSession[], fromMs: number, toMs: number): number | null {
  const times = sessions
    .flatMap((s) => s.passes)
    .filter((p) => p.beganMs >= fromMs && p.endedMs <= toMs)
    .map((p) => p.statementMs)
    .sort((a, b) => a - b)
  return times[times.length >> 1] ?? null
}
