import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { configSchema } from '../../src/app/index.ts'
import { buildProgram } from '../../src/cli/main.ts'
import { mysqlOptions } from '../../src/engines/mysql/config.ts'

const ROOT = join(import.meta.dirname, '../..')
// errors.md shows sentences with our name in them; it is made from the errors and tested beside them.
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).filter((page) => !page.endsWith('errors.md'))
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

test('every link of a page leads to a file that is there', () => {
  const dead = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, link]) => link ?? '')
      .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  )
  assert.deepEqual(dead, [])
})

test('every file of ours that a page names is there', () => {
  const dead = PAGES.flatMap((page) =>
    [...read(page).matchAll(/`((?:src|test|docs|scripts|bench|lab)\/[\w./-]+)`/g)]
      .map(([, path]) => path ?? '')
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${page}: ${path}`),
  )
  assert.deepEqual(dead, [])
})

test('every command a page shows is one, with its options', () => {
  const wrong = PAGES.flatMap((page) => shownCommands(read(page)).flatMap((words) => wrongIn(words, page)))
  assert.deepEqual(wrong, [])
})

test('every npm script a page shows is one', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const wrong = PAGES.flatMap((page) =>
    [...read(page).matchAll(/npm run ([\w:-]+)/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => scripts[name] === undefined)
      .map((name) => `${page}: npm run ${name}`),
  )
  assert.deepEqual(wrong, [])
})

test('every key of the configuration is described', () => {
  const words = new Set(
    [...read('docs/configuration.md').matchAll(/`([^`\n]+)`/g)].flatMap(
      ([, code]) => code?.match(/\w+/g) ?? [],
    ),
  )
  const keys = [configSchema, mysqlOptions].flatMap((schema) =>
    keysOf(schema.toJSONSchema({ unrepresentable: 'any' }) as Schema),
  )
  const missing = keys.filter((key) => !words.has(key.split('.').at(-1) ?? ''))
  assert.deepEqual(missing, [])
})

/** What follows `dbmedic` in code of a page: words up to a comment, a pipe or the end of the code. */
function shownCommands(text: string): string[][] {
  const code = [...text.matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(([, a, b]) => a ?? b ?? '')
  return code.flatMap((c) =>
    [...c.matchAll(/(?:^|[\s;:(])(?:\.\/)?dbmedic ([a-z][^#;<|…\n]*)/gm)].map(
      ([, rest]) => (rest ?? '').split(/ {2,}/)[0]?.trim().split(/\s+/) ?? [],
    ),
  )
}

function wrongIn(words: readonly string[], page: string): string[] {
  let command: Command = buildProgram()
  const globals = command.options.flatMap((o) => [o.long, o.short])
  const rest = [...words]
  for (;;) {
    const word = rest[0]?.replace(/[,.]$/, '') ?? ''
    const next = command.commands.find((c) => c.name() === word || c.aliases().includes(word))
    if (next === undefined) break
    rest.shift()
    command = next
  }
  if (command.parent === null) return [`${page}: dbmedic ${words.join(' ')}`]
  const known = [...globals, ...command.options.flatMap((o) => [o.long, o.short]), '--help']
  return rest
    .filter((w) => w.startsWith('--') && !known.includes(w.replace(/[,.)]+$/, '')))
    .map((w) => `${page}: dbmedic ${command.name()} ${w}`)
}

interface Schema {
  readonly properties?: { readonly [key: string]: Schema }
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** Paths of all keys that have no keys of their own. */
function keysOf(schema: Schema, path = ''): string[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.items === undefined ? [] : [schema.items])]
  const below = inner.flatMap((s) => keysOf(s, path))
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, s]) => {
    const at = path === '' ? key : `${path}.${key}`
    const deeper = keysOf(s, at)
    return deeper.length > 0 ? deeper : [at]
  })
  return [...own, ...below]
}
