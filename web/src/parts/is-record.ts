/** What came as JSON of no stated form is looked at member by member. */

/** Members by name, of any form. */
export type Fields = Readonly<Record<string, unknown>>

/** Whether this has members by name: an object, and no list. */
export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
