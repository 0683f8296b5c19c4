/** The scripts of package.json begin on the machine's own Node, which may be 20, and only then bring the right one. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const SCRIPTS = join(import.meta.dirname, '..', '..', 'scripts')
/** What Node 20 does not have of its own modules, by the “Added in” of https://nodejs.org/api/. */
const NEWER = [
  'glob',
  'globSync',
  'matchesGlob',
  'enableCompileCache',
  'stripTypeScriptTypes',
  'registerHooks',
]
const NEWER_MODULES = ['node:sqlite']
const STATIC_IMPORT = /^import\s+(?:\{([^}]*)\}|[\w*\s]+)\s+from '([^']+)'/gms

const textOf = (file: string): string => readFileSync(join(SCRIPTS, file), 'utf8')
const entries = readdirSync(SCRIPTS).filter(
  (name) => /(?<!\.test)\.mjs$/.test(name) && textOf(name).includes('bootstrap.mjs'),
)

for (const file of entries)
  test(`scripts/${file} can be read by Node 20`, () => {
    for (const [, names = '', from = ''] of textOf(file).matchAll(STATIC_IMPORT)) {
      assert.ok(!NEWER_MODULES.includes(from), `imports ${from} before the right Node is there`)
      assert.ok(!/\.ts$/.test(from), `imports ${from} before TypeScript can be read`)
      if (!from.startsWith('node:')) continue
      for (const name of names.split(',').map((each) => each.trim().split(' ')[0] ?? ''))
        assert.ok(!NEWER.includes(name), `imports ${name} of ${from}: import it after underRightNode()`)
    }
  })
