/** `npm run demo -- ARGS`: makes everything ready, then runs `dbmedic demo ARGS`. */
import { join } from 'node:path'
import { finishWith, ROOT, underRightNode } from './bootstrap.mjs'

await underRightNode()
const { requireAnyServer } = await import('./servers.mjs')
await requireAnyServer()
const main = join(ROOT, 'src/cli/main.ts')
await finishWith(process.execPath, [main, 'demo', ...process.argv.slice(2)], process.env)
