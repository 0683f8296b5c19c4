/**
 * `.dbmedic` of a repository: backups, and one folder for each session that may write. A new file is written into its
 * session's folder and renamed from there, so whoever removes that folder keeps the session from ever replacing a file. Each is
 * this user's own, and nobody else may write into it: a root may be shared.
 */
import { randomInt } from 'node:crypto'
import { readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import type { Folder } from './folder.ts'
import { writeNew } from './write-new.ts'

/** Its name in the root. */
export const STATE_FOLDER = '.dbmedic'
const SESSIONS = 'sessions'
/** Attempts to remove a folder into which its dying session may just be writing. */
const TRIES = 100
/** Numbers below 2^48, the most `randomInt` takes. */
const NUMBER_END = 2 ** 48 - 1

/** Does something with `.dbmedic`, which is made if it is not there; git and scans leave it out. */
export function inState<T>(root: Folder, work: (state: Folder) => T): T {
  const state = root.own(STATE_FOLDER, true)
  try {
    try {
      writeNew(state, '.gitignore', { bytes: Buffer.from('*\n'), mode: 0o644 })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    return work(state)
  } finally {
    state.close()
  }
}

const inSessions = <T>(root: Folder, work: (sessions: Folder) => T): T =>
  inState(root, (state) => {
    const sessions = state.own(SESSIONS, true)
    try {
      return work(sessions)
    } finally {
      sessions.close()
    }
  })

/** Begins a session. Gives its number, digits. */
export function beginSession(root: Folder): string {
  return inSessions(root, (sessions) => {
    const session = String(randomInt(1, NUMBER_END))
    sessions.own(session, true).close()
    return session
  })
}

/**
 * Does something with a session's own folder. Null if the session was ended by somebody. A folder that is removed
 * while it is open takes no new entry (unlink(2)).
 */
export function inSession<T>(root: Folder, session: string, work: (own: Folder) => T): T | null {
  return inSessions(root, (sessions) => {
    let own: Folder
    try {
      own = sessions.own(session)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
    try {
      return work(own)
    } finally {
      own.close()
    }
  })
}

/** Ends a session, its own or a dead one's, with what it had begun to write. True once it can write nothing more. */
export function endSession(root: Folder, session: string): boolean {
  if (!/^\d{1,20}$/.test(session)) return true
  return inSessions(root, (sessions) => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const left = removed(sessions, session)
      if (left) return true
    }
    return false
  })
}

/** One attempt; false if something was written into it meanwhile. */
function removed(sessions: Folder, session: string): boolean {
  try {
    const own = sessions.into(session)
    try {
      for (const name of readdirSync(own.at('.'))) unlinkSync(own.at(name))
    } finally {
      own.close()
    }
    rmdirSync(sessions.at(session))
    return true
  } catch (error) {
    const code = codeOf(error)
    // What is not there any more was renamed or removed by the session itself at that moment.
    if (code === 'ENOENT') return isGone(sessions, session)
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

function isGone(sessions: Folder, session: string): boolean {
  return !readdirSync(sessions.at('.')).includes(session)
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
