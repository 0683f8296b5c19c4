/** `npm run chaos -- --minutes N --seed S …`: chaos on private servers, and a judge of what held. See docs/chaos.md. */
import { join } from 'node:path'
import { finishWith, ROOT, underRightNode } from './bootstrap.mjs'

await underRightNode()
await finishWith(process.execPath, [join(ROOT, 'test/chaos/run.ts'), ...process.argv.slice(2)], process.env)
