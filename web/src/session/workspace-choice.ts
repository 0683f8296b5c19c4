/** Which workspaces are somebody's, and which of them the page is of. */
import type { Session } from '../../../src/server/api-types.ts'

/** Those the person may look at, by number. */
export const workspacesOf = ({ roles }: Session): readonly number[] =>
  [
    ...new Set(roles.filter(({ rights }) => rights.includes('read')).map(({ workspaceId }) => workspaceId)),
  ].sort((one, other) => one - other)

/**
 * The one to show: what the address names, else the last one, else the first. Never another than the address names.
 * @returns null: the person may look at none, or not at the one that is named
 */
export function choose(
  own: readonly number[],
  { named, last }: { readonly named: string | undefined; readonly last: string | null },
): number | null {
  if (named !== undefined) return own.find((each) => String(each) === named) ?? null
  return own.find((each) => String(each) === last) ?? own[0] ?? null
}
