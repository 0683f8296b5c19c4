/** `npm run fuzz -- [--requests N] [--seed S]`: requests made up from the description of the API; see test/server/fuzz.test.ts. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { finishWith, ROOT, say, stop, underRightNode } from './bootstrap.mjs'
import { requireAnyServer } from './servers.mjs'

await underRightNode()
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '20261121' },
    help: { type: 'boolean', default: false },
  },
})
const { help, ...numbers } = values
if (help) {
  say(`npm run fuzz -- [--requests N] [--seed S]

Requests made up from the description of the API, right and spoiled, from everybody, against a store on SQLite (and a
tenth of them on MariaDB): none may be a fault, leak, or change what its sender may not. Minutes for 20,000.

  --requests N   how many (20000)
  --seed S       which: the same seed makes the same requests (20261121)`)
  process.exit(0)
}
for (const [name, value] of Object.entries(numbers))
  if (!/^[1-9]\d{0,8}$/.test(value)) stop(`--${name} is a whole number, 1 or more`)
await requireAnyServer()
await finishWith(process.execPath, ['--test', join(ROOT, 'test/server/fuzz.test.ts')], {
  ...process.env,
  DBMEDIC_FUZZ: values.requests,
  DBMEDIC_SEED: values.seed,
})
