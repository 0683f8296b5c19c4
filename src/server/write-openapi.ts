/** `node src/server/write-openapi.ts` writes docs/openapi.json from the schemas of the routes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configSchema, createLog, openInstallation } from '../app/index.ts'
import { buildServer } from './build-server.ts'

/** The description as it is committed. Nothing listens; the store it is made over is empty and goes. */
export async function openapiText(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-openapi-'))
  const config = configSchema.parse({ store: join(folder, 'store.db'), panel: {} })
  const installation = await openInstallation(config, createLog({ level: 'silent' }), ['serve'])
  try {
    if (config.panel === null) throw new RangeError('the panel is configured above')
    const app = await buildServer(installation, config.panel)
    const text = `${JSON.stringify(app.swagger(), null, 2)}\n`
    await app.close()
    return text
  } finally {
    await installation.store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL('../../docs/openapi.json', import.meta.url)), await openapiText())
}
