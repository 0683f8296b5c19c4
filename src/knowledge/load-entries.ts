// Reads the entries under /knowledge and finds the one for an error. The entries are data; nothing of them is ever run.

import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { entrySchema, type KnowledgeEntry } from './entry.ts'

const FOLDER = fileURLToPath(new URL('../../knowledge', import.meta.url))

/** Every entry, by id. @throws Error naming the file and the field where one has not the form of an entry */
export function loadEntries(folder: string = FOLDER): readonly KnowledgeEntry[] {
  return globSync('*/*.yaml', { cwd: folder })
    .sort()
    .map((file) => {
      const entry = entrySchema.safeParse(parse(readFileSync(join(folder, file), 'utf8')))
      if (!entry.success) throw new Error(`knowledge/${file}: ${z.prettifyError(entry.error)}`)
      return { id: file.replace(/\.yaml$/, '').replaceAll(sep, '/'), ...entry.data }
    })
}

/** Finds the entry of an error by what a classification says of it. */
export type EntryLookup = (error: {
  readonly engine: string
  readonly code: string | null
  readonly type: string
}) => KnowledgeEntry | null

/** A lookup in entries; one that names the error's type goes before one that takes every type of the code. */
export function entryLookup(entries: readonly KnowledgeEntry[]): EntryLookup {
  const byCode = new Map<string, KnowledgeEntry[]>()
  for (const entry of entries) {
    for (const engine of entry.engines) {
      for (const code of entry.codes) {
        const key = `${engine} ${code}`
        byCode.set(key, [...(byCode.get(key) ?? []), entry])
      }
    }
  }
  return ({ engine, code, type }) => {
    const found = byCode.get(`${engine} ${code ?? ''}`) ?? []
    return found.find((e) => e.types?.includes(type)) ?? found.find((e) => e.types === undefined) ?? null
  }
}
