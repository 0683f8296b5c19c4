/** How often actions may run. The installation's own cap of actions a day comes on top. */
import type { ActionLimits } from '../../core/action.ts'

/** Spans of time, seconds. */
export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Once in `coolDownSeconds` on the same object, and at most 2 an hour and 10 a day on a target. */
export const oncePerTable = (coolDownSeconds: number): ActionLimits => ({
  coolDownSeconds,
  perTargetPerHour: 2,
  perTargetPerDay: 10,
})

/** Settings of the server: once in `coolDownSeconds`. */
export const oncePerServer = (coolDownSeconds: number, perTargetPerDay = 10): ActionLimits => ({
  coolDownSeconds,
  perTargetPerHour: Math.max(1, Math.min(6, Math.floor(HOUR / coolDownSeconds))),
  perTargetPerDay,
})
