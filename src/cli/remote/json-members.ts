/** Members of what came over the network, whose shape nobody has checked yet. */

/** The member if it is a text, else the other value. */
export function stringOr(value: unknown, member: string, otherwise: string): string {
  if (typeof value !== 'object' || value === null) return otherwise
  const found = (value as Readonly<Record<string, unknown>>)[member]
  return typeof found === 'string' ? found : otherwise
}
