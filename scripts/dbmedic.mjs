/** What `./dbmedic ARGS` runs: makes Node and the packages ready, then runs the CLI with ARGS. */
import { join } from 'node:path'
import { bootstrap, finishWith, ROOT } from './bootstrap.mjs'

const { node, env } = bootstrap()
await finishWith(node, [join(ROOT, 'src/cli/main.ts'), ...process.argv.slice(2)], env)
