/**
 * Suppressions: for a bounded time one condition (a rule on a resource of one server) opens no issue on one target.
 * Its events are recorded all the same; what would have opened is counted.
 */
const DAY_SECONDS = 86_400
/** A suppression ends by itself after at most this long, seconds: 90 days. The store enforces it (GOV-116). */
export const SUPPRESSION_SECONDS_MOST = 90 * DAY_SECONDS
/** One that holds CRITICAL events too, seconds: 7 days. */
export const CRITICAL_SUPPRESSION_SECONDS_MOST = 7 * DAY_SECONDS
