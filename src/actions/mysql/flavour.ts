/** Which server a plan is rendered for. An unknown one is nobody's: every condition on it is unknown. */

/** Flavour and version of a server. */
export interface ServerKind {
  readonly flavour: string
  readonly version: string
}

/** Whether the server is MariaDB; anything else gets MySQL's spelling, which MariaDB's parser refuses. */
export const isMariadb = (server: ServerKind): boolean => server.flavour === 'mariadb'

/** Three numbers in one: `10.11.19-MariaDB` is 101119, `8.0.24` is 80024. Null for what is no version. */
export function versionNumber(version: string): number | null {
  const match = /^(\d{1,2})\.(\d{1,2})\.(\d{1,2})/.exec(version)
  if (match === null) return null
  return Number(match[1]) * 10_000 + Number(match[2]) * 100 + Number(match[3])
}

/** Whether the server is of this version of its own flavour or newer. Null if its version is unknown. */
export function isAtLeast(
  server: ServerKind,
  least: { readonly mysql: number; readonly mariadb: number },
): boolean | null {
  const version = versionNumber(server.version)
  if (version === null) return null
  return version >= (isMariadb(server) ? least.mariadb : least.mysql)
}
