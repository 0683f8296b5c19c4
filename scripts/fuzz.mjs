/** `npm run fuzz -- [--requests N] [--seed S]`: requests made up from the description of the API; see test/server/fuzz.test.ts. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { finishWith, ROOT, stop, underRightNode } from './bootstrap.mjs'
import { requireAnyServer } from './servers.mjs'

await underRightNode()
const { values } = parseArgs({
  options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string', default: '20261121' } },
})
for (const [name, value] of Object.entries(values))
  if (!/^[1-9]\d{0,8}$/.test(value)) stop(`--${name} is a whole number, 1 or more`)
await requireAnyServer()
await finishWith(process.execPath, ['--test', join(ROOT, 'test/server/fuzz.test.ts')], {
  ...process.env,
  DBMEDIC_FUZZ: values.requests,
  DBMEDIC_SEED: values.seed,
})
