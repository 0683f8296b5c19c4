/** Writes a file that is not there yet, so that it is whole on disk before anything refers to it. */
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, openSync, writeFileSync } from 'node:fs'
import type { Folder } from './folder.ts'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

/** What is written. */
export interface NewFile {
  readonly bytes: Buffer
  /** Permission bits. */
  readonly mode: number
  /** Whose it is to be; default whoever writes. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

/** Writes and syncs. @throws the system's error; EEXIST where the name is taken, EPERM where the owner cannot be kept */
export function writeNew(folder: Folder, name: string, { bytes, mode, owner }: NewFile): void {
  const fd = openSync(folder.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    writeFileSync(fd, bytes)
    // Before the mode: a change of owner takes set-id bits away.
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid)
    fchmodSync(fd, mode)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
