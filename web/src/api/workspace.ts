/** The workspace this page is of, and the addresses of the API that are about one. */

let shown: number | null = null

/**
 * Makes the page one of a workspace; null: of none. A page stays of its workspace until it is loaded again, so that no
 * answer that is kept, asked for or on its way is ever another one's.
 * @returns false where the page is of another one already, and stays so
 */
export function showWorkspace(workspaceId: number | null): boolean {
  shown ??= workspaceId
  return workspaceId === null || shown === workspaceId
}

/** Nobody is signed in any more: whoever comes next chooses anew. */
export function leaveWorkspace(): void {
  shown = null
}

/** The workspace the page is of; null: of none. */
export const shownWorkspace = (): number | null => shown

/** What is about a person or the installation, and takes no workspace (docs/openapi.json; a test compares). */
const OF_NONE =
  /^\/api\/(session|sessions|setup|links|password|keyring|tokens|second-factor|passkeys|workspaces|records)(\/|$)|^\/api\/invitations\/(open|answer)$/

/** Is the address about one workspace? @param path without a query */
export const isOfWorkspace = (path: string): boolean => !OF_NONE.test(path)

/** The address as it is asked. @throws Error for what is about a workspace while the page is of none */
export function inWorkspace(address: string): string {
  const [path = '', query = ''] = address.split('?', 2)
  if (!isOfWorkspace(path)) return address
  if (shown === null) throw new Error(`${path} is about a workspace, and this page is of none`)
  const words = new URLSearchParams(query)
  words.set('workspace', String(shown))
  return `${path}?${words.toString()}`
}
