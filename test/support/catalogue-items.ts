/** The items of the two catalogues that notice and explain, with their files, as the house keeps them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { mysqlActions } from '../../src/actions/index.ts'
import { sha256 } from '../../src/app/sha256.ts'
import type { Detector } from '../../src/core/detector.ts'
import type { Diagnosis } from '../../src/core/diagnosis.ts'
import { MYSQL_DETECTORS } from '../../src/detectors/index.ts'
import { MYSQL_DIAGNOSES } from '../../src/diagnoses/index.ts'
import { actionIdsIn, detectorFacts, diagnosisFacts } from './catalogue-pages.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Every detector and diagnosis that is listed. */
export const DETECTORS = MYSQL_DETECTORS as unknown as readonly Detector<never>[]
export const DIAGNOSES = MYSQL_DIAGNOSES as unknown as readonly Diagnosis<never>[]

/** Ids of every action. */
export const ACTION_IDS = new Set(mysqlActions(sha256).map((action) => action.id))

/** A catalogue: its folder, its listed items, and what its pages state. */
export interface Catalogue {
  readonly folder: 'detectors' | 'diagnoses'
  readonly items: readonly { readonly id: string; readonly title: string }[]
  readonly facts: (id: string) => string
}

const byId = <T extends { readonly id: string }>(items: readonly T[], id: string): T => {
  const found = items.find((i) => i.id === id)
  if (found === undefined) throw new RangeError(`${id} is not listed`)
  return found
}

/** Both catalogues. */
export const CATALOGUES: readonly Catalogue[] = [
  { folder: 'detectors', items: DETECTORS, facts: (id) => detectorFacts(byId(DETECTORS, id)) },
  {
    folder: 'diagnoses',
    items: DIAGNOSES,
    facts: (id) => diagnosisFacts(byId(DIAGNOSES, id), proposedBy(id)),
  },
]

/** Paths of an item's code, test and page. */
export const filesOf = (folder: string, id: string) => ({
  code: join(ROOT, 'src', folder, `${id}.ts`),
  test: join(ROOT, 'src', folder, `${id}.test.ts`),
  page: join(ROOT, 'docs', folder, `${id}.md`),
})

/** Code files of an engine's folder of a catalogue, without tests, by name. */
export const codeFiles = (folder: string, engine: string): readonly string[] =>
  readdirSync(join(ROOT, 'src', folder, engine)).filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts'))

/** Pages of an engine's folder of a catalogue, by name. */
export const pages = (folder: string, engine: string): readonly string[] => {
  const path = join(ROOT, 'docs', folder, engine)
  return existsSync(path) ? readdirSync(path) : []
}

/** Actions a diagnosis may propose: those its own file and the files it imports beside it name. */
export function proposedBy(id: string): string[] {
  const seen = new Set<string>()
  const next = [filesOf('diagnoses', id).code]
  let source = ''
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    source += text.replaceAll(/^.*\bid: .*$/gm, '')
    // Results are written beside the item under its name; shared evidence proposes nothing.
    for (const [, name] of text.matchAll(/from '\.\/([a-z0-9-]+)\.ts'/g))
      if (name?.startsWith(`${basename(file, '.ts')}-`) === true) next.push(join(file, '..', `${name}.ts`))
  }
  return actionIdsIn(source, id.split('/')[0] ?? '').filter(
    (named) => /actionId/.test(source) && ACTION_IDS.has(named),
  )
}
