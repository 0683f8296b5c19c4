import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { DbmedicError } from '../../core/errors.ts'
import { loadConfig, parseConfig } from './load.ts'
import { nearestWord } from './nearest-word.ts'

const TARGET = `targets:
  - name: shop
    engine: mysql
    monitor: { user: m, password: "env:PW" }
`
/** What is said about a text that is no configuration, with the place. */
function problem(text: string, environment: NodeJS.ProcessEnv = {}): string {
  try {
    parseConfig(text, 'dbmedic.yaml', environment)
  } catch (error) {
    assert.ok(error instanceof DbmedicError, String(error))
    assert.equal(error.code, 'DBM_CONFIG_INVALID')
    return `${error.message} | ${error.hint}`
  }
  throw new Error('it is a valid configuration')
}

describe('a configuration', () => {
  test('of nothing is all defaults', () => {
    const config = parseConfig('', 'f')
    assert.deepEqual(
      [config.store, config.targets, config.analysis.abstainBelow],
      ['./dbmedic.sqlite', [], 0.6],
    )
    assert.equal(config.runtime.runApproved, true)
  })

  test('gives a target TLS unless it says otherwise', () =>
    assert.equal(parseConfig(TARGET, 'f').targets[0]?.tls, 'require'))

  test('makes a repository a target that is written only where the file says so', () => {
    const text = 'repositories:\n  - { name: a, path: ./a }\n  - { name: b, path: /srv/b, write: true }\n'
    const { targets } = parseConfig(`${TARGET}${text}`, 'f')
    assert.deepEqual(
      targets.map((t) => [t.name, t.engine, t.dataPath, t.executor !== null]),
      [
        ['shop', 'mysql', null, false],
        ['a', 'source', './a', false],
        ['b', 'source', '/srv/b', true],
      ],
    )
    for (const name of ['SHOP', 'b'])
      assert.match(problem(`${TARGET}${text.replace('name: a', `name: ${name}`)}`), /“\w+” is named twice/)
    assert.match(problem('repositories: [{ name: a }]'), /path/)
    assert.match(problem(`${TARGET}`.replace('engine: mysql', 'engine: source')), /engine/)
  })

  test('makes a database file a target that is changed only where the file says so, and never the store', () => {
    const entry = (more: string): string =>
      `targets:\n  - name: app\n    engine: sqlite\n    path: data/app.db\n${more}`
    const of = (more: string) =>
      parseConfig(entry(more), 'f').targets.map((t) => [t.engine, t.dataPath, t.executor !== null])
    assert.deepEqual(of(''), [['sqlite', 'data/app.db', false]])
    assert.deepEqual(of('    write: true\n'), [['sqlite', 'data/app.db', true]])
    assert.match(problem(entry('    wirte: true\n')), /:5:5: unknown key “wirte” .*“write”/)
    assert.match(
      problem(entry('    host: db1\n')),
      /:5:5: unknown key “host” .*known keys: name, engine, path/,
    )
    assert.match(problem(entry('').replace('sqlite', 'sqlit')), /:3:5: targets\.0\.engine: .*“sqlite”/)
    for (const path of [':memory:', 'file:app.db?mode=rwc', 'https://db/app', '""'])
      assert.match(
        problem(entry('').replace('data/app.db', `'${path}'`.replace(`'""'`, '""'))),
        /:4:5: targets\.0\.path: /,
      )
    for (const path of ['dbmedic.sqlite', './x/../dbmedic.sqlite'])
      assert.match(
        problem(entry('').replace('data/app.db', path)),
        /:4:5: this file is the store of dbmedic itself/,
      )
  })

  test('takes values of the environment, several in one text too', () => {
    const config = parseConfig(`${TARGET}    host: \${HOST}.\${ZONE}\n`, 'f', { HOST: 'db1', ZONE: 'eu' })
    assert.equal(config.targets[0]?.host, 'db1.eu')
  })

  test('takes numbers and flags of the environment where they are not quoted', () => {
    const text = `${TARGET}    port: \${PORT}\n    enabled: \${ON}\n`
    const config = parseConfig(text, 'f', { PORT: '3307', ON: 'false' })
    assert.deepEqual([config.targets[0]?.port, config.targets[0]?.enabled], [3307, false])
    assert.match(problem(text.replace(/(\$.PORT.)/, '"$1"'), { PORT: '3307', ON: 'true' }), /expected number/)
  })

  test('never reads what a value of the environment holds as YAML or as another reference', () => {
    const config = parseConfig(`${TARGET}    host: \${HOST}\n`, 'f', {
      HOST: `{a: 1} # \${PW}`,
      PW: 'secret',
    })
    assert.equal(config.targets[0]?.host, `{a: 1} # \${PW}`)
  })
})

describe('what is wrong is said with line, column and what was probably meant', () => {
  for (const [what, text, expected] of [
    ['a misspelt key', 'stroe: x\n', /^dbmedic\.yaml:1:1: unknown key “stroe” \| .*did you mean “store”/],
    [
      'a misspelt key of a target',
      TARGET.replace('engine', 'egnine'),
      /^dbmedic\.yaml:3:5: unknown key “egnine” \| .*did you mean “engine”/,
    ],
    [
      'a misspelt key deep inside',
      'detection:\n  opening:\n    braeches: 2\n',
      /:3:5: unknown key “braeches” .*“breaches”/,
    ],
    ['a key like no other', 'zzzzzzzz: 1\n', /:1:1: unknown key “zzzzzzzz” \| .*known keys: store, /],
    ['a number out of bounds', `${TARGET}    port: 70000\n`, /:5:5: targets\.0\.port: /],
    [
      'a number that is text',
      'analysis:\n  abstainBelow: high\n',
      /:2:3: analysis\.abstainBelow: .*expected number/,
    ],
    [
      'a password in clear',
      TARGET.replace('env:PW', 'hunter2'),
      /:4:\d+: targets\.0\.monitor\.password: must be env:NAME/,
    ],
    ['a missing engine', 'targets:\n  - name: shop\n', /:2:5: targets\.0\.engine: /],
    ['an unknown engine', TARGET.replace('mysql', 'oracle'), /:3:5: targets\.0\.engine: /],
    [
      'a replica of a target that is not there',
      `${TARGET}    replicaOf: main\n`,
      /:5:5: target “shop” cannot be a replica of “main”/,
    ],
    ['a replica of itself', `${TARGET}    replicaOf: SHOP\n`, /:5:5: target “shop” cannot be a replica of/],
    [
      'a target named twice, whatever its case',
      TARGET + TARGET.split('\n').slice(1).join('\n').replace('shop', 'SHOP'),
      /:5:5: target “SHOP” is named twice/,
    ],
    [
      'an unknown value, with the nearest one there is',
      `${TARGET}    tls: requre\n`,
      /:5:5: targets\.0\.tls: .* \| .*did you mean “require”/,
    ],
    [
      'a role that does not exist',
      'storeAccounts:\n  obsrve: { user: a, password: none }\n',
      /:2:3: unknown key “obsrve” \| .*did you mean “observe”/,
    ],
    [
      'a misspelt key of a role’s account',
      'storeAccounts:\n  observe: { usr: a, password: none }\n',
      /:2:14: unknown key “usr” \| .*did you mean “user”/,
    ],
    [
      'a detector that does not exist',
      'detection:\n  thresholds:\n    mysql/lock-wiat: { x: 1 }\n',
      /:3:5: there is no detector “mysql\/lock-wiat” \| .*“mysql\/lock-wait”/,
    ],
    [
      'a threshold its detector does not have',
      'detection:\n  thresholds:\n    mysql/lock-wait:\n      nothing-like-it: 1\n',
      /:4:7: detector mysql\/lock-wait has no threshold “nothing-like-it” \| .*known are: /,
    ],
    [
      'an account and a password in the store’s address',
      'store: mysql://root:hunter2@db/dbmedic\n',
      /:1:1: store: an account or a password does not belong in the address \| .*storeAccounts.*env:NAME/,
    ],
    ['a user alone in it', 'store: mysql://root@db/dbmedic\n', /:1:1: store: an account .*storeAccounts/],
    ['an address without a database', 'store: mysql://db:3306\n', /:1:1: store: .*names no database/],
    ['an address with options', 'store: mysql://db/dbmedic?ssl=no\n', /:1:1: store: .*no options/],
    ['another kind of store', 'store: postgres://db/dbmedic\n', /:1:1: store: postgres:\/\/ is no store/],
    ['an address that is none', 'store: "mysql://["\n', /:1:1: store: .*not a URL/],
    [
      'more breaches than windows, with which no issue would open',
      'detection:\n  opening:\n    breaches: 6\n',
      /:3:5: detection\.opening\.breaches: .*at most ofWindows/,
    ],
    ['a second document', 'store: a\n---\nstore: b\n', /:2:1: a second document begins here/],
    ['a key written twice', 'store: a\nstore: b\n', /:2:1: .*unique/],
    ['broken YAML', 'targets: [\n', /^dbmedic\.yaml:\d+:\d+: /],
    ['a list instead of a map', '- store\n', /^dbmedic\.yaml:1:1: the file: .*expected object/],
    ['a word instead of a map', 'hello\n', /^dbmedic\.yaml:1:1: the file: /],
    ['an alias without an anchor', 'store: *nothing\n', /^dbmedic\.yaml:1:8: /],
    ['a control character', 'keyring: k\nstore: a\u0000b\n', /:2:9: a control character/],
    ['bytes that were no UTF-8', 'store: caf\ufffd\n', /:1:11: bytes that are no UTF-8/],
    ['a NUL in the escapes of YAML', 'store: "a\\0b"\n', /:1:8: a NUL character/],
    ['a tag nobody knows', 'store: !!js/function x\n', /:1:8: Unresolved tag/],
    ['a misspelt key after a byte order mark', '\ufeffstroe: x\n', /:1:1: unknown key “stroe”/],
  ] as const) {
    test(what, () => assert.match(problem(text), expected))
  }

  test('an environment variable that is not set, never taken as empty', () =>
    assert.match(problem(`store: \${STORE_PATH}\n`), /:1:8: environment variable STORE_PATH is not set/))

  test('aliases that would grow without bound', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`)
    assert.match(problem(`a0: &a0 [x]\n${levels.join('\n')}\n`), /alias/i)
  })

  for (const text of [
    TARGET.replace('env:PW', 'hunter2'),
    'store: mysql://root:hunter2@db/dbmedic\n',
    'store: "mysql://root:hunter2@"\n',
    'model: { kind: ollama, model: m, apiKey: hunter2 }\n',
    'model: { kind: ollama, model: m, baseUrl: "https://a:hunter2@h/" }\n',
  ])
    test(`and never repeats a value that may be a secret: ${text.trim().split('\n').at(-1)}`, () =>
      assert.doesNotMatch(problem(text), /hunter2/))

  test('an address of a store without an account is taken', () =>
    assert.equal(parseConfig('store: mysql://db:3307/dbmedic\n', 'f').store, 'mysql://db:3307/dbmedic'))

  test('whatever the text is: never a crash', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((s) => `targets:\n  - ${s}`),
        ),
        (text) => {
          try {
            parseConfig(text, 'f')
          } catch (error) {
            assert.ok(error instanceof DbmedicError, String(error))
          }
        },
      ),
      { numRuns: 300 },
    ))
})

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-config-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('that is not there or no file is said to be so', () => {
    for (const [file, reason] of [
      [join(folder, 'none.yaml'), /ENOENT/],
      [folder, /EISDIR/],
    ] as const)
      assert.throws(
        () => loadConfig(file),
        (e: DbmedicError) => e.code === 'DBM_CONFIG_UNREADABLE' && reason.test(e.message),
      )
  })

  test('is read', () => {
    const file = join(folder, 'dbmedic.yaml')
    writeFileSync(file, TARGET)
    assert.equal(loadConfig(file).targets.length, 1)
  })
})

describe('the nearest word', () => {
  const known = ['store', 'targets', 'detection', 'runtime']

  test('is what was meant, and none is guessed from afar', () => {
    assert.equal(nearestWord('tragets', known), 'targets')
    assert.equal(nearestWord('STORE', known), 'store')
    assert.equal(nearestWord('keyring', known), null)
    assert.equal(nearestWord('x', []), null)
  })

  test('of a known word is the word itself', () =>
    fc.assert(fc.property(fc.constantFrom(...known), (word) => assert.equal(nearestWord(word, known), word))))
})
