/** The name of a database engine occurs only where that engine is meant to be known; everything else works on any. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Each engine's words. `percona` and `aurora` are dialects of MySQL, `valkey` of Redis. */
const WORDS = {
  mysql: /mysql|mariadb|innodb|percona|galera|aurora|performance_schema/i,
  postgres: /postgres|\bpg_|pgbouncer/i,
  sqlite: /sqlite/i,
  mongodb: /mongo/i,
  redis: /redis|valkey/i,
} as const

/**
 * Folders that compose, store or run whole systems, the place where dialects are named, and those that read the code of
 * applications: there drivers are named, and a rule says why something is wrong on each engine.
 */
const MAY_NAME_ANY = /^src\/(store|sql|lab|app|cli|scanner|rules)\//

/** `src/<catalogue>/<engine>/...` may name its own engine. */
const OWN_FOLDER = /^src\/(?:engines|detectors|diagnoses|actions|recovery)\/([^/]+)\//

/**
 * Lists that name every engine as data: each catalogue's and the engines' own, those whose errors are known, our error texts, and
 * the words people make passwords of.
 */
const LISTS =
  /^src\/(?:(?:engines|detectors|diagnoses|actions)\/index|recovery\/engines|access\/common-words|core\/(?:vocabulary|errors))\.ts$/

/** Single lines that may name one, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "readonly dialect: 'sqlite' | 'mysql'": 'the store says which of its two kinds it is',
  "...['dbmedic', 'database', 'mariadb', 'mysql', 'postgresql', 'postgres', 'sqlite', 'mongodb', 'redis'],":
    'words that anybody would try for a passphrase',
}

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*)/

/** The lines of code that name an engine the file should not know, as `path:line: text`. Comments may give examples. */
function strangers(path: string, text: string): string[] {
  if (MAY_NAME_ANY.test(path) || LISTS.test(path)) return []
  const own = OWN_FOLDER.exec(path)?.[1]
  return text.split('\n').flatMap((line, index) => {
    if (COMMENT_LINE.test(line) || EXCEPTIONS[line.trim()] !== undefined) return []
    const isNamed = Object.entries(WORDS).some(([engine, word]) => engine !== own && word.test(line))
    return isNamed ? [`${path}:${index + 1}: ${line.trim()}`] : []
  })
}

describe('engine words', () => {
  test('occur in src only under an engine’s name', () => {
    const files = globSync('src/**/*.ts', { cwd: ROOT })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => !file.endsWith('.test.ts'))
    assert.ok(files.length > 0)
    const found = files.flatMap((file) => strangers(file, readFileSync(`${ROOT}/${file}`, 'utf8')))
    assert.deepEqual(found, [])
  })

  test('are found where they do not belong, and left alone where they do', () => {
    assert.equal(strangers('src/core/plan.ts', 'const limit = innodbLimit').length, 1)
    assert.equal(
      strangers('src/pipeline/detect/watch.ts', "if (engine === 'mysql') wait() // slow").length,
      1,
    )
    assert.deepEqual(strangers('src/pipeline/detect/watch.ts', '  // e.g. 10.11-MariaDB'), [])
    assert.equal(strangers('src/detectors/mysql/lock-wait.ts', 'PostgreSQL has pg_locks').length, 1)
    assert.deepEqual(strangers('src/detectors/mysql/lock-wait.ts', 'MariaDB and InnoDB'), [])
    assert.deepEqual(strangers('src/detectors/index.ts', `import { a } from './mysql/lock-wait.ts'`), [])
  })
})
