/** `npm run example`: an application with errors, and what becomes of them; see examples/shop/README.md. */
import { join } from 'node:path'
import { finishWith, ROOT, underRightNode } from './bootstrap.mjs'

await underRightNode()
const { requireAnyServer } = await import('./servers.mjs')
await requireAnyServer()
await finishWith(process.execPath, [join(ROOT, 'examples/shop/run.ts')], process.env)
