// What the rest of the project may use from this folder.

export type { KnowledgeEntry } from './entry.ts'
export { type EntryLookup, entryLookup, loadEntries } from './load-entries.ts'
