/** The hash `core` asks for. */
import { createHash } from 'node:crypto'

/** SHA-256 of UTF-8 text, 64 lower-case hex digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')
