/** Pins an administrator's key in dbmedic.yaml, leaving everything else in the file as its author wrote it. */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { isSeq, parseDocument } from 'yaml'
import { DbmedicError } from '../../core/errors.ts'
import { loadConfig, parseConfig } from './load.ts'
import type { Config } from './schema.ts'

const PATH = ['access', 'administrators'] as const

/**
 * Adds the key's id under `access: administrators:`; false if it is there already. The file is made if it is missing
 * and replaced whole otherwise, and only by one that is still valid.
 * @throws DbmedicError DBM_CONFIG_INVALID, DBM_CONFIG_UNREADABLE if it cannot be read or written
 */
export function pinAdministrator(file: string, keyId: string): boolean {
  try {
    const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (parseConfig(before, file, process.env).access.administrators.includes(keyId)) return false
    const document = parseDocument(before)
    if (isSeq(document.getIn(PATH, true))) document.addIn(PATH, keyId)
    else document.setIn(PATH, document.createNode([keyId]))
    const after = document.toString({ lineWidth: 0 })
    parseConfig(after, file, process.env)
    const written = `${file}.${process.pid}.new`
    writeFileSync(written, after, { mode: before === '' ? 0o600 : statSync(file).mode & 0o777, flag: 'wx' })
    renameSync(written, file)
    return true
  } catch (error) {
    if (error instanceof DbmedicError) throw error
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new DbmedicError('DBM_CONFIG_UNREADABLE', { file, reason }, error)
  }
}

/**
 * What a running executor asks before each run: the keys its configuration pinned at start; while there were none, what
 * the file pins by now, so that the first administrator may be added under a running `dbmedic start`.
 */
export function pinnedNow(file: string, config: Config): () => readonly string[] {
  let pinned = config.access.administrators
  return () => {
    if (pinned.length === 0 && existsSync(file)) pinned = loadConfig(file).access.administrators
    return pinned
  }
}
