/** Bound values of a list: `?, ?, ?`, one for each. An empty list is no valid SQL; callers ask nothing then. */
export const placeholders = (values: readonly unknown[]): string => values.map(() => '?').join(', ')
