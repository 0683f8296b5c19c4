// The stored form of message patterns: a line of JSON with what they were made from, then one record a pattern. Holds
// hashes of fixed words and kinds of gaps, never a server's text.

import { readFileSync } from 'node:fs'
import { outlineOf, type TemplateSource } from './message-index.ts'
import { type FixedRun, GAP_KINDS, type GapKind, type MessageTemplate } from './message-template.ts'

/** Where patterns come from. */
export interface MessageSource {
  /** Server or package with its version, e.g. `MariaDB 10.11.19`. */
  readonly from: string
  /** Languages, as the source names them. */
  readonly languages: readonly string[]
}

/** A stored catalogue, opened. */
export interface StoredCatalogue extends TemplateSource {
  readonly sources: readonly MessageSource[]
}

/** What is stored. */
export interface StoredMessages {
  readonly sources: readonly MessageSource[]
  readonly templates: readonly MessageTemplate[]
}

interface Head {
  readonly format: 1
  readonly sources: readonly MessageSource[]
  readonly codes: readonly string[]
  readonly templates: number
}

const RUN_BYTES = 7
const NO_GAP = 255

/** Writes patterns: for each u16 code, u8 telling, u8 runs, a byte a gap (255: none), then u8 length and 48 bits a run, big-endian. */
export function encodeMessages({ sources, templates }: StoredMessages): Uint8Array {
  const codes = [...new Set(templates.map((t) => t.code))].sort()
  const numberOf = new Map(codes.map((code, i) => [code, i]))
  const head: Head = { format: 1, sources, codes, templates: templates.length }
  const chunks = [Buffer.from(`${JSON.stringify(head)}\n`)]
  for (const { code, runs, gaps, telling } of templates) {
    const chunk = Buffer.alloc(4 + gaps.length + RUN_BYTES * runs.length)
    chunk.writeUInt16BE(numberOf.get(code) ?? 0, 0)
    chunk.writeUInt8(telling ? 1 : 0, 2)
    chunk.writeUInt8(runs.length, 3)
    for (const [i, gap] of gaps.entries())
      chunk.writeUInt8(gap === null ? NO_GAP : GAP_KINDS.indexOf(gap), 4 + i)
    for (const [i, run] of runs.entries()) {
      const at = 4 + gaps.length + RUN_BYTES * i
      chunk.writeUInt8(run.length, at)
      chunk.writeUIntBE(run.key, at + 1, 6)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The catalogue in a file. @throws as {@link decodeMessages}, or where the file cannot be read */
export const readMessages = (file: URL): StoredCatalogue => decodeMessages(readFileSync(file))

/**
 * Opens what {@link encodeMessages} wrote; patterns are decoded when they are asked for.
 * @throws Error where the bytes are no such catalogue
 */
export function decodeMessages(bytes: Uint8Array): StoredCatalogue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = buffer.indexOf(10)
  const head = JSON.parse(buffer.subarray(0, end).toString('utf8')) as Head
  if (head.format !== 1) throw new Error('the message catalogue is of another format')
  const places = new Uint32Array(head.templates)
  let place = end + 1
  for (let i = 0; i < head.templates; i++) {
    places[i] = place
    const runs = buffer.readUInt8(place + 3)
    place += 5 + runs + RUN_BYTES * runs
  }
  const template = (i: number): MessageTemplate => templateAt(buffer, places[i] ?? 0, head.codes)
  return {
    sources: head.sources,
    size: head.templates,
    template,
    outline: (i) => outlineOf(template(i)),
  }
}

function templateAt(buffer: Buffer, place: number, codes: readonly string[]): MessageTemplate {
  const runCount = buffer[place + 3] ?? 0
  const gaps: (GapKind | null)[] = []
  for (let i = 0; i <= runCount; i++) gaps.push(KIND_OF_BYTE[buffer[place + 4 + i] ?? NO_GAP] ?? null)
  const runs: FixedRun[] = []
  for (let i = 0, at = place + 5 + runCount; i < runCount; i++, at += RUN_BYTES)
    runs.push({ length: buffer[at] ?? 0, key: buffer.readUIntBE(at + 1, 6) })
  const code = codes[buffer.readUInt16BE(place)] ?? ''
  return { code, runs, gaps, telling: buffer[place + 2] === 1 }
}

const KIND_OF_BYTE: readonly GapKind[] = GAP_KINDS
