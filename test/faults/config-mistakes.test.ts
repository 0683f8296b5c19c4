/** A configuration with a mistake: `start` says where it is and what was meant, and starts nothing at all. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { errorOf, stated, troubleFolder } from '../support/trouble.ts'

const TARGET = 'targets:\n  - { name: shop, engine: mysql, monitor: { user: m, password: env:PW } }\n'

describe('start with a configuration that is wrong', { concurrency: 3 }, () => {
  const places: ReturnType<typeof troubleFolder>[] = []
  after(async () => {
    for (const place of places) await place.remove()
  })

  for (const [what, text, says, next] of [
    [
      'a misspelt key',
      `tragets: []\n`,
      /^dbmedic\.yaml:1:1: unknown key “tragets”/,
      /did you mean “targets”/,
    ],
    [
      'a misspelt threshold of a detector',
      `${TARGET}detection:\n  thresholds:\n    mysql/lock-wait: { nothing: 1 }\n`,
      /^dbmedic\.yaml:5:24: detector mysql\/lock-wait has no threshold “nothing”/,
      /known are: /,
    ],
    [
      'a password in the address of the store',
      'store: mysql://root:Hunter2@127.0.0.1/dbm\n',
      /^dbmedic\.yaml:1:1: store: an account or a password does not belong in the address/,
      /storeAccounts:.*env:NAME/,
    ],
    [
      'a password in clear',
      TARGET.replace('env:PW', 'Hunter2'),
      /^dbmedic\.yaml:2:\d+: targets\.0\.monitor\.password: must be env:NAME/,
      /file of mode 600/,
    ],
    [
      'a secret that is not in the environment',
      `keyring: \${DBM_NO_SUCH}\n`,
      /:1:10: .*DBM_NO_SUCH is not set/,
      /set it/,
    ],
    ['broken YAML', 'targets: [\n', /^dbmedic\.yaml:\d+:\d+: /, /yaml\.org/],
  ] as const) {
    test(what, async () => {
      const place = troubleFolder()
      places.push(place)
      writeFileSync(place.path('dbmedic.yaml'), text)
      const ran = await place.run(['start', '--json', '--for', '1'])
      assert.equal(ran.code, 2, ran.said)
      const { code, message, hint } = errorOf(ran)
      assert.equal(code, 'DBM_CONFIG_INVALID')
      stated({ message, next: hint }, code)
      assert.match(message, says)
      assert.match(hint, next)
      assert.ok(!ran.said.includes('Hunter2'))
      assert.ok(!existsSync(place.path('dbmedic.sqlite')), 'a store was made')
    })
  }
})
