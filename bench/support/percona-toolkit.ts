/** The peers of Percona Toolkit (https://docs.percona.com/percona-toolkit/), where they are installed. */
import { spawnSync } from 'node:child_process'

/** The version line of one of its programs, e.g. `pt-query-digest 3.2.1`; null where it is not installed. */
export function toolkitVersion(program: string): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}
