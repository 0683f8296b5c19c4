// Turns a stream of statements into a stream of Percona fingerprints: the body of `dbmedic fingerprint`.

import { StringDecoder } from 'node:string_decoder'
import { perconaFingerprint } from './percona-fingerprint.ts'

/** Options of {@link fingerprintRecords}. */
export interface FingerprintRecordsOptions {
  /** What ends a statement in the input: a line break (a CR before it is dropped), or NUL. Default: line break. */
  readonly separator?: '\n' | '\0'
  /** Longest statement kept, in UTF-16 units; what is beyond is read and dropped. Default 16 Mi. */
  readonly maxStatementLength?: number
}

const DEFAULT_MAX_LENGTH = 16 * 1024 * 1024

/**
 * Yields one fingerprint and a line break for each statement of `source` (bytes, UTF-8), in order; an empty record
 * gives an empty line, so that input and output can be laid side by side. A last record without its separator
 * counts. Fits `stream/promises.pipeline` as a middle stage. Memory is bounded by `maxStatementLength`.
 */
export async function* fingerprintRecords(
  source: AsyncIterable<Uint8Array | string>,
  options: FingerprintRecordsOptions = {},
): AsyncGenerator<string, void, void> {
  const separator = options.separator ?? '\n'
  const maxLength = options.maxStatementLength ?? DEFAULT_MAX_LENGTH
  const decoder = new StringDecoder('utf8')
  let pending: string[] = []
  let pendingLength = 0
  const keep = (piece: string): void => {
    const kept = piece.slice(0, Math.max(0, maxLength - pendingLength))
    pendingLength += piece.length
    if (kept !== '') pending.push(kept)
  }
  for await (const chunk of source) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))
    let from = 0
    for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
      keep(text.slice(from, at))
      yield `${fingerprintRecord(pending)}\n`
      pending = []
      pendingLength = 0
      from = at + 1
    }
    keep(text.slice(from))
  }
  keep(decoder.end())
  if (pendingLength > 0) yield `${fingerprintRecord(pending)}\n`
}

function fingerprintRecord(pieces: readonly string[]): string {
  return perconaFingerprint(pieces.join(''))
}
