/** A measured effect in words. */
import type { RecordedEffect } from './recorded.ts'

/** The effect in words. */
export function effectText(effect: RecordedEffect): string {
  const [from, to] = [figure(effect.before, effect.unit), figure(effect.after, effect.unit)]
  return effect.measure === 'freed' ? `waited ${from}, freed after ${to}` : `${from} -> ${to}`
}

function figure(value: number | null, unit: RecordedEffect['unit']): string {
  if (value === null) return '?'
  if (unit === 'bytes') return `${(value / 1_048_576).toFixed(0)} MiB`
  return `${value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3))} ${unit}`
}
